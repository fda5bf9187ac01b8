"""The owner's own questions, and which of them are answered differently than last time.

Owns the file of the last run, one for each file of questions, under the data folder. What a
change means is for the owner to judge: nothing here is right or wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from assistant.reply import Reply
from corpus.folder import read_text
from corpus.guide import CorpusError
from corpus.rows import read_rows


class OwnQuestion(BaseModel):
    """One conversation to ask again and again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | int
    turns: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose reply is not that of the last run; `before` is empty for a new one."""

    question: str
    before: tuple[str, ...]
    now: tuple[str, ...]


def read_questions(path: Path) -> list[OwnQuestion]:
    """JSON Lines of `{"id", "turns"}`, or plain text with one question a line.

    Raises `CorpusError` if there is none.
    """
    if path.suffix == ".jsonl":
        found = [row for _, row in read_rows(path, OwnQuestion)]
    else:
        lines = [line.strip() for line in read_text(path).splitlines()]
        found = [OwnQuestion(id=line, turns=(line,)) for line in lines if line]
    if not found:
        raise CorpusError(f"{path}: holds no question: write one a line")
    return found


def outline(reply: Reply) -> tuple[str, ...]:
    """What has to stay the same: the kind, the level, and the sentences that are shown."""
    head = reply.kind if reply.level is None else f"{reply.kind} ({reply.level})"
    return (head, *(citation.quote for citation in reply.citations))


class LastRun:
    """The outlines of the last run over one file of questions, asked of one corpus."""

    def __init__(self, data_dir: Path, questions: Path, corpus: Path) -> None:
        asked = f"{questions.resolve()}\n{corpus.resolve()}"
        name = hashlib.sha256(asked.encode()).hexdigest()[:12]
        self._path = data_dir / "checks" / f"{name}.json"

    def read(self) -> dict[str, tuple[str, ...]]:
        """Outlines by question id; empty on the first run or where the file cannot be read."""
        try:
            held = json.loads(self._path.read_text("utf-8"))
            return {key: tuple(value) for key, value in held.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def keep(self, outlines: Mapping[str, Sequence[str]]) -> None:
        """Remember this run, whole or not at all. Raises `OSError`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(outlines, ensure_ascii=False, indent=1), "utf-8")
        draft.replace(self._path)


def changes(before: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> list[Change]:
    """What is new or different, in the order of the questions."""
    return [
        Change(key, tuple(before.get(key, ())), tuple(outline_now))
        for key, outline_now in now.items()
        if tuple(before.get(key, ())) != tuple(outline_now)
    ]
