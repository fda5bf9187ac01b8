"""The relay: tries each due delivery until it arrives or has no hope left.

Owns the schedule: exponential backoff with jitter, longer if the receiver asks, and an end
after `attempts` tries, when the delivery stays as a dead letter for staff. Any number of relays
may run; they share the work by leases. It does not promise order, nor exactly-once: see `outbox`.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from assistant.leads.database import Clock, Database, DatabaseUnavailable, utc_now
from assistant.leads.notice import Notice, read_notice
from assistant.leads.outbox import Leased, Outbox
from assistant.leads.routes import Outcome, Route
from assistant.leads.tombstones import contact_is_buried

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to try again: 15 s, 30 s, 1 min and so on up to `longest`; about three days in all."""

    first: timedelta = timedelta(seconds=15)
    longest: timedelta = timedelta(hours=6)
    asked_at_most: timedelta = timedelta(days=1)
    attempts: int = 20

    def wait(self, attempt: int, draw: float, asked: timedelta | None) -> timedelta:
        """How long to wait after this attempt; `draw` from 0 to 1 spreads relays apart."""
        backoff = min(self.longest, self.first * 2.0 ** min(attempt - 1, 40))
        spread = backoff * (0.5 + draw / 2)
        return max(spread, min(asked, self.asked_at_most)) if asked else spread


class Relay:
    """Delivers what the outbox holds by the given routes; `draw` gives numbers from 0 to 1."""

    def __init__(
        self, db: Database, routes: Sequence[Route], *, clock: Clock = utc_now,
        draw: Callable[[], float] = random.random, schedule: Schedule | None = None,
    ) -> None:  # fmt: skip
        self._db = db
        self._routes = {route.name: route for route in routes}
        self._clock = clock
        self._draw = draw
        self._schedule = schedule or Schedule()
        self._outbox = Outbox(db, clock)
        self._caught_up = False

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Try everything that is due now, each once, or until `stop` is set; how many were tried.

        The first time, requests of when the spa had no route are queued before.

        Raises `DatabaseUnavailable`. Call it from a thread that runs no event loop.
        """
        if not self._caught_up:
            self._outbox.enqueue_missed(list(self._routes))
            self._caught_up = True
        tried = 0
        while not (stop is not None and stop.is_set()):
            leased = self._outbox.lease(list(self._routes))
            if leased is None:
                break
            self._try(leased)
            tried += 1
        return tried

    def run_until(self, stop: threading.Event, *, pause: float = 2.0) -> None:
        """Deliver until `stop` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                self.run_once(stop)
            except DatabaseUnavailable as error:
                log.warning("the relay waits: %s", error)
            except Exception as error:  # noqa: BLE001, a dead relay would hold every lead back
                log.error("the relay goes on after %s", type(error).__name__)  # noqa: TRY400, no contacts
            stop.wait(pause)

    def _try(self, leased: Leased) -> None:
        notice = self._notice(leased)
        if notice is None:
            log.info("%s was erased; it is not sent", leased.message_id)
            self._outbox.settle(leased, "dead", error="erased")
            return
        try:
            outcome = self._routes[leased.route].deliver(notice, leased.message_id, self._clock())
        except Exception as error:  # noqa: BLE001, whatever a route does wrong can heal
            outcome = Outcome("retry", f"the route failed ({type(error).__name__})")
        self._settle(leased, outcome)

    def _notice(self, leased: Leased) -> Notice | None:
        """What to send, unless its person was erased after asking, as in a restored backup."""
        with self._db.read() as conn:
            found = read_notice(conn, leased.request_id)
            if found is None or contact_is_buried(conn, found.contacts, found.at):
                return None
            return found

    def _settle(self, leased: Leased, outcome: Outcome) -> None:
        now, error, due_at = self._clock(), outcome.reason, None
        state = {"delivered": "delivered", "retry": "pending", "refused": "dead"}[outcome.kind]
        if state == "pending" and leased.attempt >= self._schedule.attempts:
            state, error = "dead", f"{error}; given up after {leased.attempt} tries"
        if state == "pending":
            due_at = now + self._schedule.wait(leased.attempt, self._draw(), outcome.after)
        kept = self._outbox.settle(leased, state, error=error, due_at=due_at)
        level = logging.INFO if state == "delivered" else logging.WARNING
        log.log(level, "%s by %s: %s %s", leased.message_id, leased.route, state, error)
        if not kept:
            log.info("%s had passed to another relay", leased.message_id)
