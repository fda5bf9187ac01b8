"""How people ask: the rows that say what a question of a visitor means.

Owns `*.jsonl` in the folder `asking` and their validation. The rows belong to the guide whose
facts they name, and are left alone where another guide is served.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from corpus.facts import FactId
from corpus.folder import read_text
from corpus.guide import CorpusError
from corpus.rows import parse_rows

JOINT = " | "
SHIPPED = Path(__file__).resolve().parent
Route = Literal["answer", "gap", "booking", "small_talk", "safety"]
Level = Literal["emergency", "urgent", "ask_first"]


class Part(BaseModel):
    """One of the questions in a message that asks two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    route: Route
    facts: tuple[FactId, ...] = ()
    also: tuple[FactId, ...] = ()


class Asked(BaseModel):
    """One way of asking, and what it asks for.

    `facts` are those that a full and minimal answer needs, `also` those that would not be wrong in
    it. `level` and `condition` belong to route safety, `onward` to a gap: who can help there. A
    message that asks two things lists them in `parts`; a follow-up has the messages before it in
    `turns`, oldest first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(min_length=1)
    route: Route
    facts: tuple[FactId, ...] = ()
    also: tuple[FactId, ...] = ()
    level: Level | None = None
    topic: str = ""
    onward: Literal["spa", "clinician", "nobody"] | None = None
    condition: str | None = None
    lang: str | None = None
    parts: tuple[Part, ...] = ()
    turns: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is embedded: a follow-up stands behind the message that it leans on."""
        return JOINT.join(without_end_marks(turn) for turn in (*self.turns[-1:], self.q))

    @model_validator(mode="after")
    def _belongs_together(self) -> Asked:
        if self.route == "answer" and not self.facts:
            raise ValueError("route 'answer' needs at least one fact in 'facts'")
        if (self.route == "safety") != (self.level is not None):
            raise ValueError("'level' is for route 'safety', which needs it")
        return self


def without_end_marks(message: str) -> str:
    """`message` without the punctuation at its end, which changes nothing of what is asked."""
    return message.rstrip(" .,;:!?…") or message


def asking_folder(corpus: Path) -> Path | None:
    """The folder of ways of asking that belongs to the guides in `corpus`, if there is one.

    It is `asking` beside the folder of guides; a copy of the shipped guide with its facts file
    uses the shipped one. A folder without a facts file has none.
    """
    facts = sorted(path.name for path in corpus.rglob("*.facts.jsonl"))
    if not facts:
        return None
    beside = corpus.resolve().parent / "asking"
    if beside.is_dir():
        return beside
    shipped = {path.name for path in (SHIPPED / "guides").glob("*.facts.jsonl")}
    return SHIPPED / "asking" if shipped & set(facts) else None


def read_asking(folder: Path) -> dict[Path, str]:
    """The text of every file of rows, in the order of their names. Raises `CorpusError`."""
    return {path: read_text(path) for path in sorted(folder.glob("*.jsonl"))}


def parse_asked(
    texts: Mapping[Path, str], facts: Collection[str] | None = None
) -> tuple[Asked, ...]:
    """All rows of `texts`, a repeated question once.

    Raises `CorpusError` if a row is broken, names a fact that is not in `facts` (where given), or
    repeats a question with another meaning.
    """
    seen: dict[str, Asked] = {}
    for path, text in texts.items():
        for line, row in parse_rows(text.split("\n"), Asked, str(path)):
            unknown = [f for f in (*row.facts, *row.also) if facts is not None and f not in facts]
            if unknown:
                raise CorpusError(
                    f"{path}:{line}: key 'facts': no sentence of the guide carries {unknown[0]!r}"
                )
            if _meaning(seen.setdefault(row.text, row)) != _meaning(row):
                raise CorpusError(
                    f"{path}:{line}: key 'q': {row.q!r} stands here with another meaning than "
                    "before: keep one"
                )
    return tuple(seen.values())


def _meaning(row: Asked) -> tuple[str, frozenset[str], str | None]:
    return row.route, frozenset(row.facts), row.level
