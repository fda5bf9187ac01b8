"""The tables of leads: what is kept, and under which names.

Owns the schema as SQLAlchemy sees it. The migrations build it in a real database; a test
compares the two. It does not promise that a column may be shown or sent: `notice` decides what
leaves with a lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql, sqlite  # fmt: skip

Step = Literal["answered", "not_covered", "offered", "form_shown", "sent"]
State = Literal["new", "contacted", "booked", "closed"]
STATES: tuple[State, ...] = ("new", "contacted", "booked", "closed")
OPEN_STATES: tuple[State, ...] = ("new", "contacted")


class Moment(TypeDecorator[datetime]):
    """An instant: stored as UTC without a zone, read back as aware UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a time without a zone: it could be any instant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"time {value} has no zone; pass an aware datetime")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

leads = Table(
    "leads",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", String(20), nullable=False, unique=True),
    Column("state", String(12), nullable=False),
    Column("name", String(100), nullable=False),
    Column("email", String(254), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("wish", String(300), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Index("leads_by_last_at", "last_at"),
    Index("leads_by_state", "state", "last_at"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("lead_id", ForeignKey("leads.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Moment, nullable=False, index=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("idempotency_key", String(64), nullable=False, index=True),
    Column("session_key", String(64), nullable=False),
    Column("again", Boolean, nullable=False),
    Column("name", String(100), nullable=False),
    Column("email", String(254), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("email_key", String(254), nullable=False, index=True),
    Column("phone_key", String(40), nullable=False, index=True),
    Column("wish", String(300), nullable=False),
    Column("message", Text, nullable=False),
    Column("suspicions", JSON, nullable=False),
    Column("locale", String(35), nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("consent_version", String(40), nullable=False),
    Column("consent_at", Moment, nullable=False),
    Index("requests_by_session", "session_key", "at"),
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("request_id", ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True),
    Column("condition", Text, nullable=False),
    Column("turns", JSON, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("lead_id", ForeignKey("leads.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("request_id", ForeignKey("requests.id", ondelete="CASCADE"), nullable=False),
    Column("route", String(20), nullable=False),
    Column("message_id", String(40), nullable=False, unique=True),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lease", String(40), nullable=True),
    Column("last_error", String(200), nullable=False),
    Column("done_at", Moment, nullable=True),
    Index("outbox_once", "request_id", "route", unique=True),
    Index("outbox_by_due", "state", "due_at"),
)

funnel = Table(
    "funnel",
    metadata,
    Column("week", String(8), primary_key=True),
    Column("section", String(200), primary_key=True),
    Column("step", String(12), primary_key=True),
    Column("count", Integer, nullable=False),
)

questions = Table(
    "questions",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("nearest", String(200), primary_key=True),
    Column("text", String(300), nullable=False),
    Column("last_at", Moment, nullable=False, index=True),
    Column("count", Integer, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("helpful", Boolean, nullable=False),
    Column("word", String(500), nullable=False),
    Column("section", String(200), nullable=False),
    Column("sentences", JSON, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(64), nullable=False),
)


def add_count(
    conn: Connection, table: Table, key: Mapping[str, Any], count: int, **newest: Any
) -> None:
    """Add `count` to the row of `key`, making it if need be; the other columns take `newest`."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = insert(table).values(**key, **newest, count=count)
    changes: dict[str, Any] = {name: row.excluded[name] for name in newest}
    changes["count"] = table.c["count"] + row.excluded["count"]
    conn.execute(row.on_conflict_do_update(index_elements=list(key), set_=changes))


def week_of(at: datetime) -> str:
    """The ISO week of an instant, such as "2026-W07"."""
    year, week, _ = at.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02d}"


def count_step(conn: Connection, step: Step, section: str, at: datetime) -> None:
    """Count a step of the funnel for a section of the guide: no person, no session, no time."""
    add_count(conn, funnel, {"week": week_of(at), "section": section[:200], "step": step}, 1)
