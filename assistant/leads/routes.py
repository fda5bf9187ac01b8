"""The ways by which a request leaves: what each must do, and how an attempt can end.

Owns the contract between the relay and a route. A route takes one attempt within its own
time-out and says how it went; it does not retry, and it does not promise that a person reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from assistant.leads.notice import Notice


class RouteMisconfigured(ValueError):
    """A route's settings cannot work; the owner sees it at start-up."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `reason` names no person; `after` is what the receiver asked for."""

    kind: Literal["delivered", "retry", "refused"]
    reason: str = ""
    after: timedelta | None = None


DELIVERED = Outcome("delivered")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})  # where plain talk leaves no machine


class Route(Protocol):
    """One way out, by the name under which the outbox keeps its deliveries."""

    @property
    def name(self) -> str:
        """One of webhook, email and confirmation."""

    def deliver(self, notice: Notice, message_id: str, at: datetime) -> Outcome:
        """Try once; the same `message_id` on each try. `at` is the time of this attempt."""
