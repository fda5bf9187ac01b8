"""The register of leads: which requests are the same form, and which the same person.

Owns the rows of a lead and of its requests. The same form with the same content is one request.
A changed form, or another form with an e-mail address or telephone number of an open lead, is a
further request on that lead. It does not promise to know a person who leaves a new contact.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from assistant.leads.contact import read_email, read_phone
from assistant.leads.form import LeadForm
from assistant.leads.tables import OPEN_STATES, leads, requests

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else


@dataclass(frozen=True, slots=True)
class Person:
    """The keys by which a person is known again; empty where nothing was left."""

    email_key: str
    phone_key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A lead in the register; `created` if it was made just now."""

    lead_id: int
    reference: str
    created: bool


def person_of(form: LeadForm, region: str) -> Person:
    """Who sent this form."""
    return Person(
        read_email(form.email).key if form.email else "",
        read_phone(form.phone, region).key if form.phone else "",
    )


def fingerprint(form: LeadForm) -> str:
    """One value for one form with one content: a correction after "back" is not lost."""
    return hashlib.sha256(form.model_dump_json().encode()).hexdigest()


def find_reference(conn: Connection, form: LeadForm) -> str | None:
    """The reference under which this very form was kept already."""
    query = select(leads.c.reference).join(requests, requests.c.lead_id == leads.c.id)
    return conn.execute(query.where(requests.c.fingerprint == fingerprint(form))).scalar()


def enter_lead(conn: Connection, form: LeadForm, person: Person, now: datetime) -> Entry:
    """The open lead of this form or person, brought up to date, or a new one."""
    given = {field: getattr(form, field) for field in ("name", "email", "phone", "wish")}
    found = _open_lead(conn, form, person)
    if found is not None:
        newest = {field: value for field, value in given.items() if value}
        conn.execute(
            leads.update().where(leads.c.id == found.lead_id).values(**newest, last_at=now)
        )
        return found
    reference = _mint_reference()
    row = {**given, "reference": reference, "state": "new", "created_at": now, "last_at": now}
    made = conn.execute(leads.insert().values(row).returning(leads.c.id))
    return Entry(made.scalar_one(), reference, created=True)


def _open_lead(conn: Connection, form: LeadForm, person: Person) -> Entry | None:
    """By the form first, then by e-mail, then by telephone; of several, the oldest."""
    ways: list[tuple[str, ColumnElement[bool]]] = [
        (form.idempotency_key, requests.c.idempotency_key == form.idempotency_key),
        (person.email_key, requests.c.email_key == person.email_key),
        (person.phone_key, requests.c.phone_key == person.phone_key),
    ]
    query = select(leads.c.id, leads.c.reference).join(requests, requests.c.lead_id == leads.c.id)
    query = query.where(leads.c.state.in_(OPEN_STATES)).order_by(leads.c.id).limit(1)
    for given, matches in ways:
        row = conn.execute(query.where(matches)).first() if given else None
        if row is not None:
            return Entry(row.id, row.reference, created=False)
    return None


def _mint_reference() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"SB-{letters[:4]}-{letters[4:]}"
