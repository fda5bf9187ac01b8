"""Leads as the owner reads them: lines of a list, and one lead in full.

Owns the queries, quick with many thousand leads, and the word for how far a lead has come:
`delivered` to the spa's system, still `pending`, `undelivered` (a dead letter), or `kept here`
where no route was set up. It changes nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    func,
    or_,
    select,
    true,
)

from assistant.leads.notice import Notice, read_notice
from assistant.leads.outbox import SPA_ROUTES
from assistant.leads.tables import State, leads, notes, outbox, requests

Reach = Literal["delivered", "pending", "undelivered", "kept here"]
Ids = list[int] | Select[Any]


@dataclass(frozen=True, slots=True)
class LeadRow:
    """One line of the list. `requests` counts how often this person asked."""

    reference: str
    state: State
    reach: Reach
    created_at: datetime
    last_at: datetime
    requests: int
    name: str
    email: str
    phone: str
    wish: str
    suspicions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one delivery stands; a `dead` one can be replayed by its message id."""

    reference: str
    message_id: str
    route: str
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    due_at: datetime
    last_error: str


@dataclass(frozen=True, slots=True)
class StaffNote:
    """What staff wrote down, or that they changed the state."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class LeadDetail:
    """All of one lead: its requests, its notes and its deliveries, oldest first."""

    row: LeadRow
    requests: tuple[Notice, ...]
    notes: tuple[StaffNote, ...]
    deliveries: tuple[Delivery, ...]


def matching(search: str, state: State | None, *, undelivered: bool) -> ColumnElement[bool]:
    """The condition for a list: words searched for, a state, something not delivered."""
    which = [_holds(word) for word in search.split()]
    if state is not None:
        which.append(leads.c.state == state)
    if undelivered:
        stuck = select(requests.c.lead_id).join(outbox, outbox.c.request_id == requests.c.id)
        stuck = stuck.where(outbox.c.state.in_(("pending", "dead")), outbox.c.route.in_(SPA_ROUTES))
        which.append(leads.c.id.in_(stuck))
    return and_(true(), *which)


def count_leads(conn: Connection, which: ColumnElement[bool]) -> int:
    """How many leads match."""
    return conn.execute(select(func.count()).select_from(leads).where(which)).scalar_one()


def read_rows(
    conn: Connection, which: ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> Iterator[LeadRow]:
    """The leads that match, newest request first."""
    own = select(func.count()).where(requests.c.lead_id == leads.c.id)
    query = select(leads, own.scalar_subquery().label("asked")).where(which)
    query = query.order_by(leads.c.last_at.desc(), leads.c.id.desc()).limit(limit).offset(offset)
    rows = conn.execute(query).all()
    # The search is not made once more for the few of a page; for all, their ids would be too many.
    ids = [row.id for row in rows] if limit else query.with_only_columns(leads.c.id)
    signs, states = _suspicions(conn, ids), _spa_states(conn, ids)
    for row in rows:
        yield LeadRow(
            row.reference, row.state, _reach(states[row.id]), row.created_at, row.last_at,
            row.asked, row.name, row.email, row.phone, row.wish, tuple(signs[row.id]),
        )  # fmt: skip


def read_detail(conn: Connection, lead_id: int) -> LeadDetail:
    """All of the lead with this id."""
    asked = select(requests.c.id).where(requests.c.lead_id == lead_id).order_by(requests.c.id)
    told = [read_notice(conn, each) for each in conn.execute(asked).scalars().all()]
    written = select(notes.c.at, notes.c.text).where(notes.c.lead_id == lead_id)
    return LeadDetail(
        next(read_rows(conn, leads.c.id == lead_id)),
        tuple(notice for notice in told if notice is not None),
        tuple(StaffNote(at, text) for at, text in conn.execute(written.order_by(notes.c.id))),
        tuple(read_deliveries(conn, leads.c.id == lead_id)),
    )


def read_deliveries(conn: Connection, which: ColumnElement[bool]) -> Iterator[Delivery]:
    """The deliveries that match, oldest first."""
    query = select(leads.c.reference, outbox).select_from(outbox)
    query = query.join(requests, requests.c.id == outbox.c.request_id)
    query = query.join(leads, leads.c.id == requests.c.lead_id).where(which)
    for row in conn.execute(query.order_by(outbox.c.id)):
        yield Delivery(
            row.reference, row.message_id, row.route, row.state, row.attempts, row.due_at,
            row.last_error,
        )  # fmt: skip


def _holds(word: str) -> ColumnElement[bool]:
    """Whether a lead has this word; a number is also found however it is spaced."""
    columns = (leads.c.reference, leads.c.name, leads.c.email, leads.c.phone, leads.c.wish)
    found = [column.icontains(word, autoescape=True) for column in columns]
    digits = re.sub(r"\D", "", word)
    if len(digits) >= 4:
        dialled = select(requests.c.lead_id).where(requests.c.phone_key.contains(digits))
        found.append(leads.c.id.in_(dialled))
    return or_(*found)


def _suspicions(conn: Connection, ids: Ids) -> dict[int, dict[str, None]]:
    """The signs of spam by lead, each once; most leads have none and cost nothing."""
    query = select(requests.c.lead_id, requests.c.suspicions).where(
        requests.c.lead_id.in_(ids), cast(requests.c.suspicions, Text) != "[]"
    )
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for lead_id, signs in conn.execute(query.order_by(requests.c.id)):
        found[lead_id].update(dict.fromkeys(signs))
    return found


def _spa_states(conn: Connection, ids: Ids) -> dict[int, set[str]]:
    query = select(requests.c.lead_id, outbox.c.state).distinct()
    query = query.join(outbox, outbox.c.request_id == requests.c.id)
    query = query.where(requests.c.lead_id.in_(ids), outbox.c.route.in_(SPA_ROUTES))
    found: dict[int, set[str]] = defaultdict(set)
    for lead_id, state in conn.execute(query):
        found[lead_id].add(state)
    return found


def _reach(states: set[str]) -> Reach:
    if "dead" in states:
        return "undelivered"
    if "pending" in states:
        return "pending"
    return "delivered" if states else "kept here"
