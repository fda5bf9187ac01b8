"""Labelled questions, and whether a reply is right.

Owns the rows of the question files and the judgement of one reply against one row. It knows no
way to make a wrong reply right: what is not labelled is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from assistant.reply import Kind, Level, Reply
from assistant.triage.verdict import RANK
from corpus.asking import Part, Route
from corpus.guide import Sentence
from corpus.rows import read_rows

# What a message with several parts is: the first of these that is among them.
_KINDS: dict[Route, Kind] = {"answer": "answer", "booking": "booking", "gap": "not_covered"}


class Labelled(BaseModel):
    """A conversation, and what its last message asks for; with `levels`, the level of each.

    `facts` are needed, `also` not wrong. `parts` are the questions of a message that asks two. With
    neither `route` nor `levels` it is a harmless statement, of which only that it is no stop is
    judged.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    turns: tuple[str, ...] = Field(min_length=1)
    route: Route | None = None
    facts: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    level: Level | None = None
    levels: tuple[Level | None, ...] = ()
    kind: str = ""
    style: str = ""
    condition: str = ""
    topic: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One reply held against its row.

    `right` is what the tables count. For answers: `complete`, every needed fact is there, and
    `exact`, nothing but needed and harmless facts is.
    """

    row: Labelled
    reply: Reply
    measure: str
    right: bool
    complete: bool = False
    exact: bool = False
    extra: int = 0


def read_labelled(path: Path) -> list[Labelled]:
    """The rows of a file. Raises `CorpusError`."""
    return [row for _, row in read_rows(path, Labelled)]


def facts_shown(reply: Reply, facts: Mapping[str, Sentence]) -> set[str]:
    """The facts whose sentences the reply cites."""
    shown = {(citation.guide, citation.start) for citation in reply.citations}
    return {fact for fact, s in facts.items() if (s.guide, s.start) in shown}


def judge(row: Labelled, replies: Sequence[Reply], facts: Mapping[str, Sentence]) -> list[Judged]:
    """What a conversation is worth: one judgement of its last message; with `levels`, of each."""
    if row.levels:
        return [
            Judged(row, reply, f"dialogue_{level or 'benign'}", _level_right(reply, level))
            for reply, level in zip(replies, row.levels, strict=True)
        ]
    reply = replies[-1]
    if row.route is None:
        return [Judged(row, reply, "harmless", not reply.is_stop)]
    if row.route == "safety":
        return [Judged(row, reply, str(row.level), RANK[reply.level] >= RANK[row.level])]
    if reply.kind == "safety":
        return [Judged(row, reply, _measure(row), right=False)]
    found = facts_shown(reply, facts)
    complete = set(row.facts) <= found
    extra = len(found - set(row.facts) - set(row.also))
    right = _is_right(row, reply, complete)
    return [Judged(row, reply, _measure(row), right, complete, complete and not extra, extra)]


def _measure(row: Labelled) -> str:
    if len(row.turns) > 1:
        return "follow_up" if len(row.turns) == 2 else "long_talk"
    if row.parts:
        return "two_parts"
    return {"answer": "answerable", "gap": "not_covered"}.get(row.route or "", row.route or "")


def _is_right(row: Labelled, reply: Reply, complete: bool) -> bool:
    if row.parts:
        return _parts_right({part.route for part in row.parts}, reply, complete)
    if row.route == "answer":
        return reply.kind == "answer" and complete
    return reply.kind == ("not_covered" if row.route == "gap" else row.route)


def _parts_right(routes: set[Route], reply: Reply, complete: bool) -> bool:
    """What is answered is answered whole, what is not is said so, and a wish is taken up."""
    kind = next(k for r, k in _KINDS.items() if r in routes)
    gap_said = "gap" not in routes or bool(reply.not_covered)
    wish_seen = "booking" not in routes or reply.handoff is not None
    return reply.kind == kind and complete and gap_said and wish_seen


def _level_right(reply: Reply, level: Level | None) -> bool:
    if level is None:
        return not reply.is_stop
    return RANK[reply.level] >= RANK[level]
