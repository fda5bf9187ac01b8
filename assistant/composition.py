"""Which sentences make the answer, and in what order.

Owns the choice among the sentences that the reading weighed: the fewest that answer fully, all
steps of a technique when it is asked for, in the guide's order. It writes no sentence itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from assistant import phrases
from assistant.reply import CitedSentence
from corpus.facts import Caution
from corpus.guide import Sentence
from index.encoder import Matrix

MOST = 12
_DECIDES = re.compile(
    r"^\W*(?:so |but |and |ok |hi |hello )*"
    r"(?:is|are|am|can|could|do|does|did|should|shall|will|would|may|must|has|have|"
    r"isn't|don't|doesn't|how long|how many|how much time)\b",
    re.IGNORECASE,
)


def choose(weighed: Matrix, sentences: Sequence[Sentence], fact_from: float) -> list[Sentence]:
    """The sentences whose weight (probability, float32 [f]) says that a full answer needs them.

    At least the likeliest.
    """
    order = np.argsort(-weighed)
    chosen = [int(i) for i in order[:MOST] if weighed[i] >= fact_from] or [int(order[0])]
    return with_all_steps([sentences[i] for i in chosen], sentences)


def with_all_steps(chosen: Sequence[Sentence], sentences: Sequence[Sentence]) -> list[Sentence]:
    """`chosen` of `sentences`, in their order, with a whole list where most of its steps are in it.

    So no list is shown, and counted, that lacks a step in between.
    """
    places = {(sentence.guide, sentence.start) for sentence in chosen}  # quicker to compare
    found = {i for i, s in enumerate(sentences) if (s.guide, s.start) in places}
    lists: dict[tuple[str, str], list[int]] = {}
    for i, sentence in enumerate(sentences):
        if sentence.kind == "steps":
            lists.setdefault((sentence.guide, sentence.section), []).append(i)
    for steps in lists.values():
        if 2 * len(found.intersection(steps)) > len(steps):
            found.update(steps)
    return [sentences[i] for i in sorted(found)]


def with_cautions(chosen: Sequence[Sentence], cautions: Sequence[Caution]) -> list[Sentence]:
    """`chosen`, each caution among `cautions` added that belongs to what is chosen."""
    found = list(chosen)
    found += [c.sentence for c in cautions if c.others <= set(found) and c.sentence not in found]
    return sorted(found, key=lambda sentence: (sentence.guide, sentence.index))


def arrange(chosen: Sequence[Sentence], weighed: Sequence[float], question: str) -> list[Sentence]:
    """Guide order; where the question wants a yes, a no or a figure, what decides comes first."""
    order = sorted(range(len(chosen)), key=lambda i: (chosen[i].guide, chosen[i].index))
    if len(chosen) > 1 and chosen[0].kind != "steps" and _DECIDES.search(question):
        first = max(range(len(chosen)), key=lambda i: weighed[i])
        if chosen[first].kind != "steps":
            order = [first, *(i for i in order if i != first)]
    return [chosen[i] for i in order]


def write(cited: Sequence[CitedSentence], origins: Sequence[Sentence]) -> str:
    """The answer's text: each sentence with its citation, steps as a numbered list.

    One or two steps out of a list are sentences like others: their numbers would not be its own.
    """
    lines: list[str] = []
    pairs = zip(cited, origins, strict=True)
    for (kind, _, _), run in groupby(pairs, key=lambda p: (p[1].kind, p[1].guide, p[1].section)):
        shown = [f"{s.text} {''.join(f'[{n}]' for n in s.citations)}" for s, _ in run]
        if kind == "steps" and len(shown) > 2:
            lines.append(phrases.STEPS)
            shown = [f"{number}. {step}" for number, step in enumerate(shown, 1)]
        lines += shown
    return "\n".join(lines)
