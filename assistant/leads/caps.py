"""How many requests are taken in an hour, from one session, one contact, and in all.

Owns the counting, on what was kept. It does not promise to tell a person from a machine, and a
form that fails validation costs nobody anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select, true

from assistant.leads.register import Person
from assistant.leads.tables import requests

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Caps:
    """Requests an hour."""

    per_session: int = 5
    per_contact: int = 5
    in_all: int = 100

    def next_free(
        self, conn: Connection, session_key: str, person: Person, now: datetime
    ) -> datetime | None:
        """None if one more may come in now, else when it may."""
        counted: list[tuple[ColumnElement[bool], int]] = [
            (true(), self.in_all),
            (requests.c.session_key == session_key, self.per_session),
        ]
        if person.email_key:
            counted.append((requests.c.email_key == person.email_key, self.per_contact))
        if person.phone_key:
            counted.append((requests.c.phone_key == person.phone_key, self.per_contact))
        waits = [_wait(conn, which, cap, now) for which, cap in counted]
        return max((wait for wait in waits if wait is not None), default=None)


def _wait(conn: Connection, which: ColumnElement[bool], cap: int, now: datetime) -> datetime | None:
    """When the oldest of the last `cap` requests is an hour old, if that is to come."""
    recent = select(requests.c.at).where(which, requests.c.at > now - HOUR)
    at = conn.execute(recent.order_by(requests.c.at.desc()).offset(cap - 1).limit(1)).scalar()
    return None if at is None else at + HOUR
