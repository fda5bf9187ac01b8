"""One visitor's conversation: what was asked, what came back, and whether it has stopped.

Owns the order of the turns and what holds over them. It lives in the visitor's session and is
written nowhere. It does not decide anything: each reply comes from the assistant.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from assistant.reply import Level, Reply


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of the visitor and the reply to it."""

    question: str
    reply: Reply


@dataclass(slots=True)
class Conversation:
    """The exchanges so far. `id` names the session for the caps on requests, and nothing else."""

    exchanges: list[Exchange] = field(default_factory=list)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def turns(self) -> tuple[str, ...]:
        """The visitor's messages, oldest first."""
        return tuple(exchange.question for exchange in self.exchanges)

    @property
    def latest(self) -> Reply | None:
        """The last reply; it alone says whether a stop still holds."""
        return self.exchanges[-1].reply if self.exchanges else None

    @property
    def stopped(self) -> bool:
        """Whether a safety stop holds: no booking, no form, no suggestions."""
        return self.latest is not None and self.latest.is_stop

    @property
    def level(self) -> Level | None:
        """The stop that holds, or `ask_first` if that came up at any time."""
        if self.latest is not None and self.latest.is_stop:
            return self.latest.level
        return "ask_first" if self.caution is not None else None

    @property
    def caution(self) -> Reply | None:
        """The reply that asked for advice first, while that stands; it goes with a booking.

        It stands until triage says in a later reply's trace that it does no more.
        """
        for exchange in reversed(self.exchanges):
            if exchange.reply.level == "ask_first":
                return exchange.reply
            triage = exchange.reply.trace.get("triage")
            if triage is not None and triage.get("standing") != "ask_first":
                return None
        return None

    @property
    def section(self) -> str:
        """The section of the guide that was talked about last; empty if none was."""
        for exchange in reversed(self.exchanges):
            if exchange.reply.citations:
                return exchange.reply.citations[0].section
        return ""

    def add(self, question: str, reply: Reply) -> None:
        """Take in the reply to a message."""
        self.exchanges.append(Exchange(question, reply))

    def start_over(self) -> None:
        """Forget what was said; the session stays the same for the caps."""
        self.exchanges.clear()
