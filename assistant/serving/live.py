"""The live assistant of this process: what pages and routes share.

Owns the one set of parts (assistant, pool, office, metrics) and their start and end. It opens
nothing before it is asked, and it does not promise that the leads' database answers; see
`reception`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from assistant import phrases
from assistant.reply import Level, Reply
from assistant.serving.metrics import Metrics
from assistant.serving.pool import AnswerPool, Busy, TookTooLong
from assistant.serving.reception import Reception
from assistant.serving.settings import ServingSettings
from assistant.settings import Settings
from corpus.guide import Guide

log = logging.getLogger(__name__)

RULED_WAITING, RULED_SECONDS = 16, 3.0  # of dangers looked for where nobody is free to answer
WARMING = ("How long should a session be?",)


class Answers(Protocol):
    """What serving and pages need of `assistant.assembly.Assistant`."""

    @property
    def guides(self) -> tuple[Guide, ...]:
        """The guides as served now; citations point into these very texts."""

    def invoke(self, talk: dict[str, Any], /) -> Reply:
        """The reply to the last of `{"turns": [...]}`; thread-safe."""

    def stop_by_rules(self, turns: Sequence[str], /) -> Reply | None:
        """The stop that the rules alone find in the newest turns, at next to no cost."""

    def level_of(self, turns: Sequence[str], /) -> Level | None:
        """The safety level that holds after these turns."""


class Live:
    """The parts of one running app. Make one a process; `start` it, and `close` it in the end.

    `build` makes the assistant from settings: it opens model and index, and may raise.
    """

    def __init__(
        self, settings: Settings, serving: ServingSettings, build: Callable[[Settings], Answers]
    ) -> None:
        self.settings = settings
        self.serving = serving
        self.metrics = Metrics()
        self.reception = Reception(settings, self._level_of, public_url=serving.public_url)
        self._build = build
        self._building = threading.Lock()
        self._assistant: Answers | None = None
        self._pool = AnswerPool(
            workers=serving.answer_workers,
            queue=serving.answer_queue,
            seconds=serving.answer_seconds,
        )
        self._stops = AnswerPool(workers=1, queue=RULED_WAITING, seconds=RULED_SECONDS)
        self.metrics.watch("pool_inside", "Questions that run or wait.", lambda: self._pool.inside)

    @property
    def is_warm(self) -> bool:
        """Whether the assistant is built and has answered once."""
        return self._assistant is not None

    def start(self) -> None:
        """Build and warm the assistant, open the office; blocks for as long as that takes."""
        self.reception.start()
        self.assistant()
        for warning in self.reception.warnings:
            log.warning("%s", warning)

    def close(self) -> None:
        """Let running answers end, then close the office."""
        self._pool.close()
        self._stops.close()
        self.reception.close()

    def assistant(self) -> Answers:
        """The assistant, built now if it is not. Raises what its assembly raises."""
        with self._building:
            if self._assistant is None:
                assistant = self._build(self.settings)
                assistant.invoke({"turns": list(WARMING)})
                self._assistant = assistant
            return self._assistant

    def ask(self, turns: Sequence[str], *, door: str = "page") -> Reply:
        """The reply to the last turn, from the bounded pool.

        For threads, such as a page's. Raises `Busy` at once when the queue is full and
        `TookTooLong` after the setting's seconds; show the visitor `BUSY_TEXT` for either. A danger
        that triage's rules see in the newest messages gets its stop even then.
        """
        began = time.perf_counter()
        try:
            reply = self._pool.run(lambda: self._answer(turns))
        except (Busy, TookTooLong) as error:
            with suppress(Busy, TookTooLong):
                if stop := self._stops.run(lambda: self._stop(turns)):
                    return stop
            self.metrics.refused(door, _reason(error))
            raise
        self.metrics.replied(door, reply, time.perf_counter() - began)
        return reply

    async def ask_async(self, turns: Sequence[str], *, door: str) -> Reply:
        """Like `ask`, without holding the event loop."""
        began = time.perf_counter()
        try:
            reply = await self._pool.run_async(lambda: self._answer(turns))
        except (Busy, TookTooLong) as error:
            with suppress(Busy, TookTooLong):
                if stop := await self._stops.run_async(lambda: self._stop(turns)):
                    return stop
            self.metrics.refused(door, _reason(error))
            raise
        self.metrics.replied(door, reply, time.perf_counter() - began)
        return reply

    def _stop(self, turns: Sequence[str]) -> Reply | None:
        """The stop that needs no place among the answers."""
        return self._assistant.stop_by_rules(turns) if self._assistant else None

    def _answer(self, turns: Sequence[str]) -> Reply:
        return self.assistant().invoke({"turns": list(turns)})

    def _level_of(self, turns: tuple[str, ...]) -> Level | None:
        """The safety level that holds after these turns, for the desk; without turns none."""
        return self.assistant().level_of(turns) if turns else None


BUSY_TEXT = (
    "Many people are asking just now. Please send your question again in a few seconds. "
    f"{phrases.UNWELL}"
)


def _reason(error: Exception) -> str:
    return "busy" if isinstance(error, Busy) else "slow"
