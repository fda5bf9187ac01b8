"""What still has to reach the spa: one row a request and route, leased to one relay at a time.

Owns the state of each delivery (`pending`, `delivered`, `dead`), its stable message id, and who
may try it until when. A lease that its relay outlives or dies with ends by itself. It does not
promise exactly-once: a relay killed after sending sends again, under the same message id.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from assistant.leads.database import Clock, Database, utc_now
from assistant.leads.tables import leads, outbox, requests

SPA_ROUTES = ("webhook", "email")
ALL_ROUTES = (*SPA_ROUTES, "confirmation")
LEASE = timedelta(minutes=3)  # longer than any route may take


class NotReplayable(LookupError):
    """No dead letter has this message id; staff see it."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that this relay may try now; `attempt` counts from 1."""

    id: int
    request_id: int
    route: str
    message_id: str
    attempt: int
    lease: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the outbox stands, without personal data."""

    pending: int
    dead: int


class Outbox:
    """The deliveries of a database."""

    def __init__(self, db: Database, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    def enqueue(self, conn: Connection, request_id: int, routes: Iterable[str]) -> None:
        """Ask for a request to be delivered by these routes, in the caller's transaction."""
        now = self._clock()
        rows = [_new_row(request_id, route, now) for route in routes]
        if rows:
            conn.execute(outbox.insert(), rows)

    def enqueue_missed(self, routes: Iterable[str]) -> int:
        """Queue the requests that came in while no route to the spa was set up; how many."""
        spa = [route for route in routes if route in SPA_ROUTES]
        if not spa:
            return 0
        queued = select(outbox.c.request_id).where(outbox.c.route.in_(SPA_ROUTES))
        missed = (
            select(requests.c.id)
            .join(leads, leads.c.id == requests.c.lead_id)
            .where(leads.c.state == "new", requests.c.id.not_in(queued))
        )
        with self._db.alone() as conn:
            ids = conn.execute(missed).scalars().all()
            for request_id in ids:
                self.enqueue(conn, request_id, spa)
        return len(ids)

    def lease(self, routes: Collection[str]) -> Leased | None:
        """Take the next due delivery by one of these routes, fresh ones first."""
        now = self._clock()
        due = (
            select(outbox)
            .where(outbox.c.state == "pending", outbox.c.due_at <= now, outbox.c.route.in_(routes))
            .order_by(outbox.c.attempts, outbox.c.due_at, outbox.c.id)
            .limit(1)
        )
        with self._db.read() as conn:
            if conn.execute(due).first() is None:
                return None
        with self._db.write() as conn:
            row = conn.execute(due.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            lease, attempt = secrets.token_hex(8), row.attempts + 1
            change = outbox.update().where(outbox.c.id == row.id)
            conn.execute(change.values(lease=lease, due_at=now + LEASE, attempts=attempt))
        return Leased(row.id, row.request_id, row.route, row.message_id, attempt, lease)

    def settle(
        self, leased: Leased, state: str, *, error: str = "", due_at: datetime | None = None
    ) -> bool:
        """Write down how the attempt went; False if the lease had passed to another relay."""
        done_at = None if state == "pending" else self._clock()
        change = outbox.update().where(outbox.c.id == leased.id, outbox.c.lease == leased.lease)
        change = change.values(state=state, last_error=error[:200], lease=None, done_at=done_at)
        if due_at is not None:
            change = change.values(due_at=due_at)
        with self._db.write() as conn:
            return conn.execute(change).rowcount == 1

    def replay(self, message_id: str) -> None:
        """Try a dead letter again, at once and under the same id.

        Raises `NotReplayable` if there is no such dead letter.
        """
        change = outbox.update().where(outbox.c.message_id == message_id, outbox.c.state == "dead")
        change = change.values(state="pending", attempts=0, due_at=self._clock(), done_at=None)
        with self._db.write() as conn:
            if conn.execute(change).rowcount == 0:
                raise NotReplayable(
                    f"No undeliverable message has the id {message_id}; it was delivered, is "
                    "still being tried, or was erased. Reload the page."
                )

    def standing(self, routes: Collection[str] = ALL_ROUTES) -> Standing:
        """Counts of what is pending and dead."""
        query = select(outbox.c.state, func.count())
        query = query.where(outbox.c.state.in_(("pending", "dead")), outbox.c.route.in_(routes))
        with self._db.read() as conn:
            found: dict[str, int] = dict(conn.execute(query.group_by(outbox.c.state)).all())
        return Standing(found.get("pending", 0), found.get("dead", 0))


def _new_row(request_id: int, route: str, now: datetime) -> dict[str, object]:
    message_id = f"msg_{secrets.token_hex(12)}"
    return {
        "request_id": request_id, "route": route, "message_id": message_id, "state": "pending",
        "attempts": 0, "due_at": now, "lease": None, "last_error": "", "done_at": None,
    }  # fmt: skip
