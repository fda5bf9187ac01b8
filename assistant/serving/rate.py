"""How often one address may ask: a bucket of questions for each, refilled evenly.

Owns the counting in this process. Several processes behind a proxy count each for itself, and
many visitors behind one address share its bucket; the cap is set with that in mind.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 10_000  # addresses; past that the one longest unseen is forgotten


class RateLimit:
    """A token bucket for each key: `per_minute` at once, and as many a minute after that.

    So a minute sees at most twice as many. Safe for concurrent use.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._full = float(per_minute)
        self._each = 60.0 / per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str, cost: float = 1.0) -> float:
        """0 if one more may come in now (and counts `cost`), else the seconds until it may.

        What costs more than a full bucket needs a full one.
        """
        cost = min(cost, self._full)
        with self._lock:
            now = self._clock()
            left, since = self._buckets.pop(key, (self._full, now))
            left = min(self._full, left + (now - since) / self._each)
            allowed = left >= cost
            self._buckets[key] = (left - cost if allowed else left, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
            return 0.0 if allowed else (cost - left) * self._each
