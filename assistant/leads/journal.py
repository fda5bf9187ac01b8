"""What happened in the chat, for the owner and without personal data.

Owns the funnel's counts, the questions that the guide did not cover, and feedback. Recording
costs a chat turn nothing: a thread writes in batches, and `close` writes what is left. It does
not promise to survive a killed process (at most the last moments' counts are lost) nor to find
every personal word in a question; see `redaction`.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from assistant.leads.database import Clock, Database, DatabaseUnavailable, utc_now
from assistant.leads.redaction import redact
from assistant.leads.tables import Step, add_count, count_step, feedback, questions

log = logging.getLogger(__name__)

Entry = Callable[[Connection], object]
LONGEST = 300  # characters of a question, and of what groups it
FULL = 20_000  # entries kept while the database does not answer


@dataclass(slots=True)
class Thumb:
    """A thumb that was recorded, to add a word to it later; its row is known once it is written."""

    row: int | None = None


class Journal:
    """Records what happened; close it in the end."""

    def __init__(self, db: Database, clock: Clock = utc_now, *, pause: float = 0.2) -> None:
        self._db = db
        self._clock = clock
        self._pause = pause
        self._waiting: list[Entry] = []
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def answered(self, section: str) -> None:
        """A question was answered from this section of the guide."""
        self._count("answered", section)

    def offered(self, section: str) -> None:
        """A booking was offered."""
        self._count("offered", section)

    def form_shown(self, section: str) -> None:
        """The form was opened."""
        self._count("form_shown", section)

    def not_covered(self, question: str, nearest: str = "") -> None:
        """The guide had no answer; `nearest` is the section closest to the question."""
        text, at = redact(question), self._clock()
        key = {"key": _grouping(text), "nearest": nearest[:200]}
        self._put(lambda conn: add_count(conn, questions, key, 1, text=text, last_at=at))
        self._count("not_covered", nearest)

    def feedback(
        self, helpful: bool, word: str = "", section: str = "", sentences: Sequence[str] = ()
    ) -> Thumb:
        """A thumb up or down, with an optional word; `sentences` are the guide's, as shown."""
        thumb = Thumb()
        row = {
            "at": self._clock(), "helpful": helpful, "word": redact(word, 500),
            "section": section[:200], "sentences": [each[:500] for each in sentences[:40]],
        }  # fmt: skip

        def enter(conn: Connection) -> None:
            made = conn.execute(feedback.insert().values(row).returning(feedback.c.id))
            thumb.row = made.scalar_one()

        self._put(enter)
        return thumb

    def add_word(self, thumb: Thumb, word: str) -> None:
        """What the visitor says about a thumb of before; the row that is there takes it in."""
        text = redact(word, 500)

        def enter(conn: Connection) -> None:  # entries keep their order, so the row is there
            conn.execute(feedback.update().where(feedback.c.id == thumb.row).values(word=text))

        self._put(enter)

    def flush(self) -> None:
        """Write all that was recorded so far. Raises `DatabaseUnavailable` and keeps it then."""
        with self._writing:
            with self._changed:
                batch, self._waiting = self._waiting, []
            if not batch:
                return
            try:
                with self._db.write() as conn:
                    for entry in batch:
                        entry(conn)
            except BaseException:
                with self._changed:
                    self._waiting[:0] = batch
                raise

    def close(self) -> None:
        """Write what is left and end the thread."""
        self._closed.set()
        with self._changed:
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _count(self, step: Step, section: str) -> None:
        at = self._clock()
        self._put(lambda conn: count_step(conn, step, section, at))

    def _put(self, entry: Entry) -> None:
        with self._changed:
            if len(self._waiting) >= FULL:
                log.error("the journal is full at %d entries; one is dropped", FULL)
                return
            self._waiting.append(entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while not self._closed.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed.is_set())
            self._closed.wait(self._pause)  # let a batch gather
            try:
                self.flush()
            except DatabaseUnavailable as error:
                log.warning("the journal waits: %s", error)
                self._closed.wait(2.0)
            except Exception as error:  # noqa: BLE001, a dead thread would let entries pile up
                log.error("the journal waits after %s", type(error).__name__)  # noqa: TRY400, no words
                self._closed.wait(2.0)


def _grouping(text: str) -> str:
    """The question without case, marks and politeness, so that the same ones fall together."""
    words = re.findall(r"[\w\[\]]+", text.casefold())
    kept = (word for word in words if word not in {"please", "pls", "thanks", "hi", "hello"})
    return " ".join(kept)[:LONGEST]  # again: "ß" in lower case is two letters
