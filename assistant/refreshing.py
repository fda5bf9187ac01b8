"""Picks up an edited guide while the assistant serves.

Owns looking whether the corpus has changed (at most once a second), and switching to the new
answers whole. While a new index is built the old one answers; an edit that breaks the guide is
said in the log, and the old one goes on answering.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from assistant.answering import Answerer, Found
from assistant.triage import Opinion
from corpus.guide import CorpusError, Guide
from index.search import Index
from index.weights import IndexFault

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds
LOOK_AGAIN = 10.0  # after an edit that could not be taken up, which costs a process


class Refreshing:
    """An answerer over the corpus as it is now."""

    def __init__(self, index: Index, make: Callable[[Index], Answerer]) -> None:
        self._index = index
        self._make = make
        self._answerer = make(index)
        self._look_from = time.monotonic() + LOOK_EVERY
        self._wanted = threading.Event()
        # One thread for good: each new one would open an index in memory of its own.
        self._looking: threading.Thread | None = None
        self._starting = threading.Lock()

    @property
    def index(self) -> Index:
        """The index of the corpus as it is served now."""
        return self._index

    @property
    def guides(self) -> tuple[Guide, ...]:
        """The guides as they are served now."""
        return self._answerer.guides

    def answer(self, questions: Sequence[str]) -> Found:
        """What the guides say of the last of `questions`."""
        self._look()
        return self._answerer.answer(questions)

    def opinions(self, texts: Sequence[str]) -> list[Opinion]:
        """Triage's second reader."""
        return self._answerer.opinions(texts)

    def _look(self) -> None:
        """Have the background look, at most once a second, whether the corpus changed."""
        if time.monotonic() < self._look_from:
            return
        self._look_from = time.monotonic() + LOOK_EVERY
        with self._starting:
            if self._looking is None or not self._looking.is_alive():
                self._looking = threading.Thread(target=self._run, name="refresh", daemon=True)
                self._looking.start()
        self._wanted.set()

    def _run(self) -> None:
        while self._wanted.wait():
            self._switch()
            self._wanted.clear()  # what was asked meanwhile is no new reason: `_look_from` tells

    def _switch(self) -> None:
        """Take up the corpus as it is now, if it can be read."""
        try:
            found = self._index.refresh()
            if found is not self._index:
                self._answerer = self._make(found)
                self._index = found
                log.info("the corpus has changed: answering from the new one")
        except (CorpusError, IndexFault) as error:
            self._look_from = time.monotonic() + LOOK_AGAIN
            log.warning("the edited corpus cannot be used, the former one goes on: %s", error)
        except Exception:
            self._look_from = time.monotonic() + LOOK_AGAIN
            log.exception("the edited corpus cannot be used, the former one goes on")
