"""The owner's work on leads: find them, move them on, write notes, replay what got stuck.

Owns the state and the notes of a lead. It does not ask who is calling: `access` has let them in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select, true

from assistant.leads.database import Clock, Database, utc_now
from assistant.leads.listing import (
    Delivery,
    LeadDetail,
    LeadRow,
    count_leads,
    matching,
    read_deliveries,
    read_detail,
    read_rows,
)
from assistant.leads.outbox import Outbox
from assistant.leads.spreadsheet import as_csv
from assistant.leads.tables import STATES, State, leads, notes, outbox

CSV_HEADER = (
    "reference", "state", "delivery", "first request", "last request", "requests", "name",
    "e-mail", "telephone", "wish", "may be spam",
)  # fmt: skip


class NoSuchLead(LookupError):
    """No lead has this reference; staff see it."""


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One page of the list, counted from 1, newest request first; `total` counts leads."""

    rows: tuple[LeadRow, ...]
    total: int
    page: int
    pages: int


class Staff:
    """The leads, for the people of the spa."""

    def __init__(self, db: Database, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock
        self._outbox = Outbox(db, clock)

    def leads(
        self, *, search: str = "", state: State | None = None, undelivered: bool = False,
        page: int = 1, per_page: int = 25,
    ) -> LeadPage:  # fmt: skip
        """A page of leads whose reference, name, contacts or wish hold all words of `search`."""
        which = matching(search, state, undelivered=undelivered)
        with self._db.read() as conn:
            total = count_leads(conn, which)
            pages = max(1, -(-total // per_page))
            page = min(max(1, page), pages)
            rows = tuple(read_rows(conn, which, per_page, (page - 1) * per_page))
        return LeadPage(rows, total, page, pages)

    def lead(self, reference: str) -> LeadDetail:
        """All of one lead. Raises `NoSuchLead`."""
        with self._db.read() as conn:
            return read_detail(conn, _lead_id(conn, reference))

    def dead_letters(self) -> list[Delivery]:
        """What could not be delivered and waits for a replay."""
        with self._db.read() as conn:
            return list(read_deliveries(conn, outbox.c.state == "dead"))

    def set_state(self, reference: str, state: State) -> None:
        """Move a lead on; the change is noted. Raises `NoSuchLead`."""
        if state not in STATES:
            raise ValueError(f"state {state!r} is none of {', '.join(STATES)}")
        with self._db.write() as conn:
            lead_id = _lead_id(conn, reference)
            conn.execute(leads.update().where(leads.c.id == lead_id).values(state=state))
            self._note(conn, lead_id, f"State: {state}")

    def add_note(self, reference: str, text: str) -> None:
        """Write something down about a lead. Raises `NoSuchLead`."""
        with self._db.write() as conn:
            self._note(conn, _lead_id(conn, reference), text.strip()[:2000])

    def replay(self, message_id: str) -> None:
        """Try a dead letter again, under the same id. Raises `NotReplayable`."""
        self._outbox.replay(message_id)

    def export_csv(self) -> str:
        """Every lead, newest first, as CSV that no spreadsheet executes."""
        with self._db.read() as conn:
            return as_csv(CSV_HEADER, _cells(read_rows(conn, true())))

    def _note(self, conn: Connection, lead_id: int, text: str) -> None:
        conn.execute(notes.insert().values(lead_id=lead_id, at=self._clock(), text=text))


def _lead_id(conn: Connection, reference: str) -> int:
    query = select(leads.c.id).where(leads.c.reference == reference)
    found: int | None = conn.execute(query).scalar()
    if found is None:
        raise NoSuchLead(f"No lead has the reference {reference!r}; it may have been erased.")
    return found


def _cells(rows: Iterator[LeadRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (
            row.reference, row.state, row.reach, f"{row.created_at:%Y-%m-%d %H:%M}",
            f"{row.last_at:%Y-%m-%d %H:%M}", row.requests, row.name, row.email, row.phone,
            row.wish, "; ".join(row.suspicions),
        )  # fmt: skip
