"""What the owner's monitoring reads: counts and times in Prometheus' text form.

Owns names and labels. Every label is one of a few fixed words, so that no question, address or
other trace of a person can get in.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from assistant.reply import Reply

CONTENT_TYPE = CONTENT_TYPE_LATEST
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The counters of one running assistant."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._replies = Counter(
            "serenity_replies", "Replies given, by door, kind and safety level.",
            ("door", "kind", "level"), registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "serenity_reply_seconds", "Time from question to reply, waiting included.",
            ("door",), buckets=BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._refused = Counter(
            "serenity_refused", "Questions not answered, by door and reason.",
            ("door", "reason"), registry=self._registry,
        )  # fmt: skip

    def replied(self, door: str, reply: Reply, seconds: float) -> None:
        """A reply was given through a door ("page" or "http")."""
        self._replies.labels(door, reply.kind, reply.level or "").inc()
        self._seconds.labels(door).observe(seconds)

    def refused(self, door: str, reason: str) -> None:
        """A question was turned away: "busy", "slow", "error", or the code of a refused request."""
        self._refused.labels(door, reason).inc()

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Show a figure that is read whenever the metrics are."""
        Gauge(f"serenity_{name}", meaning, registry=self._registry).set_function(read)

    def as_text(self) -> bytes:
        """All of it in Prometheus' text form."""
        return generate_latest(self._registry)
