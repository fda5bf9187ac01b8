"""Messages made of the ways of asking: two in one, one among chatter, one played down.

Owns how visitors join what they ask and wrap it, so that the trained layers meet far more such
messages than anybody would write. What is made teaches the layers; it is never searched, and no
figure is measured on it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from corpus.asking import SHIPPED, Asked, Part, Route
from corpus.folder import read_text

CHATTER = SHIPPED / "asking" / "chatter.txt"
PLAYED_DOWN = SHIPPED / "asking" / "played-down.txt"
PAIRS, WRAPPED, SOFTENED = 4_000, 3_000, 6_000
_LONGEST = 14  # words of a question that is joined with another
_BESIDE = ("answer", "answer", "answer", "gap", "gap", "booking")  # what an answer is joined with
_JOINTS = (
    " and ", " and also ", " also ", ", and ", ". ", "? ", "? Also ", "; ", " plus ", "? And ",
    " oh and ", "\n", " & ", " n ", ", ", " btw ", " ",
)  # fmt: skip
_RAISED = ("safety", "booking")  # what must be seen among chatter above all
_BREAKS = (". ", "\n", " - ", ", ", "; ", "... ", " but ", " ")


def made_messages(
    rows: Sequence[Asked], chatter: Sequence[str], played_down: Sequence[str]
) -> list[Asked]:
    """Joined, wrapped and softened messages from `rows`; the same from the same rows."""
    chance = random.Random(5)  # noqa: S311 the same each time
    alone = [row for row in rows if not (row.turns or row.lang)]
    single = [row for row in alone if not row.parts]
    made = [
        *_joined(single, chance),
        *_wrapped(alone, chatter, chance),
        *_softened(alone, played_down, chance),
    ]
    taken = {row.text for row in rows}
    return list({row.text: row for row in made if row.text not in taken}.values())


def read_lines(path: Path) -> list[str]:
    """What visitors say beside their question, a line each. Raises `CorpusError`."""
    return [line.strip() for line in read_text(path).splitlines() if line.strip()]


def _joined(rows: Sequence[Asked], chance: random.Random) -> list[Asked]:
    """Two questions in one message; mostly one of them at least is answered."""
    short = [row for row in rows if len(row.q.split()) <= _LONGEST]
    by_route = {route: [row for row in short if row.route == route] for route in set(_BESIDE)}
    found = []
    for _ in range(PAIRS):
        one = chance.choice(by_route["answer" if chance.random() < 0.9 else "gap"])
        other = chance.choice(by_route[chance.choice(_BESIDE)])
        if set(one.facts) & set(other.facts) or one is other:
            continue
        first, second = (one, other) if chance.random() < 0.6 else (other, one)
        facts = tuple(dict.fromkeys(first.facts + second.facts))
        found.append(
            Asked(
                q=first.q.rstrip(" .?!") + chance.choice(_JOINTS) + second.q,
                route=_route({one.route, other.route}),
                facts=facts,
                also=tuple(dict.fromkeys(f for f in one.also + other.also if f not in facts)),
                topic="joined",
                parts=tuple(
                    Part(route=r.route, facts=r.facts, also=r.also) for r in (first, second)
                ),
            )
        )
    return found


def _route(routes: set[Route]) -> Route:
    """What a message with these parts is, on the whole."""
    return next(route for route in ("answer", "booking", "gap") if route in routes)


def _wrapped(rows: Sequence[Asked], chatter: Sequence[str], chance: random.Random) -> list[Asked]:
    """A question with chatter before it, after it, or on both sides."""
    raised = [row for row in rows if row.route in _RAISED]
    found = []
    for number in range(WRAPPED):
        row = chance.choice(raised if number % 4 == 0 else rows)
        before, after = chance.choice(chatter), chance.choice(chatter)
        side = chance.random()
        if side < 0.55:
            pieces = [before, row.q]
        elif side < 0.75:
            pieces = [row.q, after]
        else:
            pieces = [before, row.q, after]
        end = "" if chance.random() < 0.3 else "."
        text = f"{end} ".join(piece.rstrip(" .") for piece in pieces)
        found.append(row.model_copy(update={"q": text}))
    return found


def _softened(
    rows: Sequence[Asked], played_down: Sequence[str], chance: random.Random
) -> list[Asked]:
    """A danger played down, or beside a wish to book: it is a danger still.

    Every other is no danger, so that the layers do not take reassurance itself for a sign of one.
    """
    dangers = [row for row in rows if row.route == "safety"]
    others = [row for row in rows if row.route != "safety"]
    wishes = [row.q for row in rows if row.route == "booking" and len(row.q.split()) <= _LONGEST]
    found = []
    for number in range(SOFTENED if dangers and others else 0):
        row = chance.choice(dangers if number % 2 else others)
        wish = wishes and row.route == "safety" and chance.random() < 0.25
        beside = chance.choice(wishes if wish else played_down)
        pieces = [row.q, beside] if chance.random() < 0.5 else [beside, row.q]
        if chance.random() < 0.2:
            pieces.append(chance.choice(played_down))
        text = chance.choice(_BREAKS).join(piece.rstrip(" .") for piece in pieces)
        found.append(row.model_copy(update={"q": text}))
    return found
