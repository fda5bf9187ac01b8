"""A person's data: all of it handed over, or all of it erased; old data erased by age.

Owns what belongs to a contact: every lead in which it was left, with requests, transcripts,
notes and deliveries, and any kept question or feedback that repeats it. On SQLite an erasure
rewrites the file, so that it cannot be recovered from there. It does not reach backups,
PostgreSQL's own files, or what was delivered to the spa's systems before.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select

from assistant.leads.contact import Contact, read_contact
from assistant.leads.database import Clock, Database, utc_now
from assistant.leads.tables import (
    feedback,
    leads,
    notes,
    outbox,
    questions,
    requests,
    tombstones,
    transcripts,
)
from assistant.leads.tombstones import bury

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Erasure:
    """How much was erased."""

    leads: int
    requests: int
    questions: int
    feedback: int


class PersonalData:
    """The data of persons; `region` reads telephone numbers without a country code."""

    def __init__(self, db: Database, *, region: str = "US", clock: Clock = utc_now) -> None:
        self._db = db
        self._region = region
        self._clock = clock

    def export(self, contact: str) -> dict[str, Any]:
        """Everything kept about a contact, as plain JSON types. Raises `ContactUnreadable`."""
        person = read_contact(contact, self._region)
        with self._db.read() as conn:
            found = [_lead_as_dict(conn, lead_id) for lead_id in _lead_ids(conn, person)]
            return {
                "contact": person.shown,
                "exported_at": self._clock().isoformat(),
                "leads": found,
                "questions": _as_dicts(conn, questions, _mentions(questions.c.text, person)),
                "feedback": _as_dicts(conn, feedback, _mentions(feedback.c.word, person)),
            }

    def erase(self, contact: str) -> Erasure:
        """Erase everything about a contact; a new request of the same person stays welcome.

        Raises `ContactUnreadable`, and `ErasureIncomplete` if old pages of the file are in use.
        """
        person = read_contact(contact, self._region)
        with self._db.alone() as conn:
            erased = _erase_leads(conn, _lead_ids(conn, person), self._clock(), [person.key])
            words = _erase_words(
                conn, _mentions(questions.c.text, person), _mentions(feedback.c.word, person)
            )
        return self._finish(Erasure(*erased, *words))

    def apply_retention(self, days: int) -> Erasure:
        """Erase leads whose last request, and words whose last use, is older than `days`."""
        before = self._clock() - timedelta(days=days)
        with self._db.alone() as conn:
            old = conn.execute(select(leads.c.id).where(leads.c.last_at < before)).scalars().all()
            erased = _erase_leads(conn, old, self._clock(), [])
            words = _erase_words(conn, questions.c.last_at < before, feedback.c.at < before)
            conn.execute(delete(tombstones).where(tombstones.c.at < before))
        return self._finish(Erasure(*erased, *words))

    def _finish(self, erasure: Erasure) -> Erasure:
        """Always rewritten: the run before may have been stopped between the two steps."""
        self._db.forget_deleted()
        log.info("erased %d leads with %d requests", erasure.leads, erasure.requests)
        return erasure


def _lead_ids(conn: Connection, person: Contact) -> Sequence[int]:
    left = or_(requests.c.email_key == person.key, requests.c.phone_key == person.key)
    return conn.execute(select(requests.c.lead_id).where(left).distinct()).scalars().all()


def _lead_as_dict(conn: Connection, lead_id: int) -> dict[str, Any]:
    """Every column of every row that belongs to the lead, so that nothing is left out."""
    own = select(requests.c.id).where(requests.c.lead_id == lead_id)
    return {
        **_as_dicts(conn, leads, leads.c.id == lead_id)[0],
        "requests": _as_dicts(conn, requests, requests.c.lead_id == lead_id),
        "transcripts": _as_dicts(conn, transcripts, transcripts.c.request_id.in_(own)),
        "notes": _as_dicts(conn, notes, notes.c.lead_id == lead_id),
        "deliveries": _as_dicts(conn, outbox, outbox.c.request_id.in_(own)),
    }


def _as_dicts(conn: Connection, table: Table, which: ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = conn.execute(select(table).where(which)).mappings()
    return [{key: _plain(value) for key, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _erase_leads(
    conn: Connection, lead_ids: Sequence[int], at: datetime, contacts: list[str]
) -> tuple[int, int]:
    """Delete the leads with all that hangs on them, and remember them as tombstones."""
    own = requests.c.lead_id.in_(lead_ids)
    known = select(requests.c.email_key, requests.c.phone_key, requests.c.idempotency_key)
    rows = conn.execute(known.where(own)).all()
    keys = [*contacts, *(row.email_key for row in rows), *(row.phone_key for row in rows)]
    bury(conn, keys, [row.idempotency_key for row in rows], at)
    conn.execute(delete(leads).where(leads.c.id.in_(lead_ids)))  # the rest goes by cascade
    return len(lead_ids), len(rows)


def _erase_words(
    conn: Connection, which_questions: ColumnElement[bool], which_feedback: ColumnElement[bool]
) -> tuple[int, int]:
    asked = conn.execute(delete(questions).where(which_questions)).rowcount
    said = conn.execute(delete(feedback).where(which_feedback)).rowcount
    return asked, said


def _mentions(column: ColumnElement[str], person: Contact) -> ColumnElement[bool]:
    """Redaction takes contacts out before they are kept; this finds one that it missed."""
    return or_(
        column.icontains(person.key, autoescape=True),
        column.icontains(person.shown, autoescape=True),
    )
