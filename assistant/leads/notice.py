"""A request as it leaves for the spa: its fields, and nothing beside them.

Owns the list of what goes out by webhook and e-mail; the README repeats it. The conversation
and the condition that came up in it are part of it only if the visitor ticked the box. It does
not promise anything about words that visitors write into the form themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from assistant.leads.tables import leads, requests, transcripts


@dataclass(frozen=True, slots=True)
class Attached:
    """What the visitor chose to attach: their messages, and the condition named in the chat."""

    turns: tuple[str, ...]
    condition: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One request as told to the spa. `again` marks a further request on an open lead.

    `contacts` are the keys of the person, for comparison only; they are not sent.
    """

    reference: str
    at: datetime
    again: bool
    name: str
    email: str
    phone: str
    wish: str
    message: str
    locale: str
    consent_text: str
    consent_version: str
    consent_at: datetime
    suspicions: tuple[str, ...] = ()
    conversation: Attached | None = None
    contacts: tuple[str, ...] = field(default=(), repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The notice as plain JSON types: the `data` of the webhook."""
        talk = self.conversation
        return {
            "reference": self.reference,
            "requested_at": self.at.isoformat(),
            "again": self.again,
            "name": self.name,
            "email": self.email,
            "phone": self.phone,
            "wish": self.wish,
            "message": self.message,
            "locale": self.locale,
            "consent": {
                "text": self.consent_text,
                "version": self.consent_version,
                "at": self.consent_at.isoformat(),
            },
            "suspicions": list(self.suspicions),
            "conversation": talk and {"turns": list(talk.turns), "condition": talk.condition},
        }


def read_notice(conn: Connection, request_id: int) -> Notice | None:
    """The notice of a request, or None if it was erased."""
    query = (
        select(requests, leads.c.reference, transcripts.c.turns, transcripts.c.condition)
        .join(leads, leads.c.id == requests.c.lead_id)
        .outerjoin(transcripts, transcripts.c.request_id == requests.c.id)
        .where(requests.c.id == request_id)
    )
    row = conn.execute(query).one_or_none()
    if row is None:
        return None
    talk = None if row.turns is None else Attached(tuple(row.turns), row.condition)
    return Notice(
        row.reference, row.at, row.again, row.name, row.email, row.phone, row.wish, row.message,
        row.locale, row.consent_text, row.consent_version, row.consent_at,
        tuple(row.suspicions), talk, (row.email_key, row.phone_key),
    )  # fmt: skip
