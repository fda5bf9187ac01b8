"""What every test of the leads needs: the time, forms, desks; servers come from beside."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from assistant.leads import LeadDesk, LeadForm, VisitContext, mint_key, validate_form
from tests.leads.databases import (
    db,
    migrated_file,
    postgres_server,
    postgres_url,
    small_db,
    sqlite_url,
    url,
)
from tests.leads.mailboxes import certificate, dripping_server, smtp
from tests.leads.receivers import receiver

__all__ = [
    "certificate", "db", "dripping_server", "migrated_file", "postgres_server", "postgres_url",
    "receiver", "small_db", "smtp", "sqlite_url", "url",
]  # fmt: skip

CONSENT = "The spa may use what I wrote to answer me."


class Clock:
    """The time, moved by hand."""

    def __init__(self):
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self):
        return self.now

    def advance(self, **parts):
        self.now += timedelta(**parts)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def filled():
    """Makes a valid form, with changes."""
    data = {
        "name": "Ada Example",
        "email": "ada@example.com",
        "phone": "",
        "wish": "A back massage on Friday",
        "message": "In the afternoon, please.",
        "consent": True,
    }

    def fill(**changes):
        form = validate_form({"idempotency_key": mint_key(), **data, **changes}, "US")
        assert isinstance(form, LeadForm), form
        return form

    return fill


@pytest.fixture(scope="session")
def visit():
    """Makes the context of a form, with changes; a session of its own each time."""

    def make(**changes):
        base = {"session_id": uuid.uuid4().hex, "consent_text": CONSENT, "consent_version": "1"}
        return VisitContext(**{**base, **changes})

    return make


@pytest.fixture
def desk(db, clock):
    """A desk where triage finds nothing and the spa has a webhook."""
    return LeadDesk(db, lambda _turns: None, routes=["webhook"], clock=clock)


@pytest.fixture
def small_desk(small_db, clock):
    """The same on SQLite alone, with every route."""
    routes = ["webhook", "email", "confirmation"]
    return LeadDesk(small_db, lambda _turns: None, routes=routes, clock=clock)


@pytest.fixture
def count():
    """Counts the rows of a table."""

    def rows(db, table):
        with db.read() as conn:
            return conn.execute(select(func.count()).select_from(table)).scalar_one()

    return rows
