"""A bounded pool: a few questions at a time, a short queue, and no more.

Owns who may wait. Work that ran out of time goes on in its thread, since a thread cannot be
stopped, and holds its place until it ends; so the pool never runs more than it has workers for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Busy(Exception):
    """Every worker and every place in the queue is taken; the visitor may try again shortly."""


class TookTooLong(Exception):
    """The work did not end within its time; the visitor may try again."""


class AnswerPool:
    """Runs calls on `workers` threads, with at most `queue` calls waiting.

    `run` blocks and is for threads, `run_async` is for the event loop; both raise `Busy` at once,
    and `TookTooLong` after `seconds`. Safe for concurrent use. `close` waits for what runs.
    """

    def __init__(self, *, workers: int, queue: int, seconds: float) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="answer")
        self._places = threading.BoundedSemaphore(workers + queue)
        self._seconds = seconds
        self._counting = threading.Lock()
        self._inside = 0

    @property
    def inside(self) -> int:
        """How many calls run or wait now."""
        return self._inside

    def run(self, call: Callable[[], T]) -> T:
        """The call's result; its own exception passes through."""
        future = self._submit(call)
        try:
            return future.result(self._seconds)
        except TimeoutError:
            future.cancel()
            raise TookTooLong(f"no reply within {self._seconds:g} s") from None

    async def run_async(self, call: Callable[[], T]) -> T:
        """Like `run`, without holding the event loop."""
        future = self._submit(call)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError:
            raise TookTooLong(f"no reply within {self._seconds:g} s") from None

    def close(self) -> None:
        """Take nothing new, drop what waits, and wait for what runs."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        if not self._places.acquire(blocking=False):
            raise Busy("every place in the queue is taken")
        self._count(1)
        try:
            future = self._executor.submit(call)
        except RuntimeError:  # shutting down
            self._leave(None)
            raise Busy("the assistant is closing") from None
        future.add_done_callback(self._leave)
        return future

    def _leave(self, _future: Future[Any] | None) -> None:
        self._count(-1)
        self._places.release()

    def _count(self, change: int) -> None:
        with self._counting:
            self._inside += change
