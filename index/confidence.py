"""How sure it is that a guide without data of its own answers a question.

Owns the signals, the weighing of them and the sentences nearest to the question. The weights lie
in `confidence.json`, fitted on a public collection by `python -m index.calibrate`; they know
nothing of any guide, so this is the cautious judge for a folder of plain Markdown, and weaker than
one that was fitted on a guide's own ways of asking.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.guide import Sentence
from index.encoder import Encoded, Matrix
from index.lexical import words
from index.search import Hit, Index

FITTED = Path(__file__).with_name("confidence.json")
_HITS = 3
_NO_WORDS = frozenset(
    "[CLS] [SEP] [UNK] a an and are as at be been by can could did do does for from had has have "
    "he her his how i if in is it its me my of on or she should so that the their them there they "
    "this to was we were what when where which who whom whose why will with would you your ' s t "
    '? . , ! " - : ; ( )'.split()
)

Encode = Callable[[Sequence[str]], Encoded]


@dataclass(frozen=True, slots=True)
class Near:
    """A sentence and its cosine to the question."""

    sentence: Sentence
    cosine: float


@dataclass(frozen=True, slots=True)
class Confidence:
    """`probability` that the guide answers, why, and the nearest sentences, best first."""

    probability: float
    signals: dict[str, float]
    sentences: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over named signals."""

    intercept: float
    coefficients: Mapping[str, float]

    def probability(self, signals: Mapping[str, float]) -> float:
        """Between 0 and 1. Raises `KeyError` where a signal is missing."""
        total = self.intercept + sum(w * signals[name] for name, w in self.coefficients.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def load_weights(path: Path = FITTED) -> Weights:
    """The fitted weights."""
    held = json.loads(path.read_text(encoding="utf-8"))
    return Weights(held["intercept"], held["coefficients"])


def judge(
    index: Index, query: str, weights: Weights, *, asked: Encoded | None = None,
    encode: Encode | None = None,
) -> Confidence:  # fmt: skip
    """Weigh whether the guides of `index` answer `query`.

    `asked` is the encoded query if the caller has it, `encode` another encoder for sentences.
    """
    asked = asked or index.encoder.encode([query])
    near, told = _sentences(index, query, asked.vectors[0], encode or index.encoder.encode)
    signals = gather(index, query, asked, near, told)
    return Confidence(weights.probability(signals), signals, near)


def _sentences(
    index: Index, query: str, vector: Matrix, encode: Encode
) -> tuple[tuple[Near, ...], Encoded]:
    """The sentences of the best hits, nearest first, and what the encoder says of them."""
    hits = index.search(query, _HITS, vector)
    found = [s for hit in hits for s in sentences_of(index, hit)]
    told = encode([sentence.shown for sentence in found])
    cosines = told.vectors @ vector
    order = np.argsort(-cosines, kind="stable")
    return tuple(Near(found[i], float(cosines[i])) for i in order), told


def sentences_of(index: Index, hit: Hit) -> list[Sentence]:
    """The guide's sentences that lie in the chunk, whole or in part."""
    guide = index.content.guide(hit.chunk.guide)
    return [s for s in guide.sentences if s.start < hit.chunk.end and s.end > hit.chunk.start]


def gather(
    index: Index, query: str, asked: Encoded, near: Sequence[Near], told: Encoded
) -> dict[str, float]:
    """The signals by name, each about 0 to 1, higher where an answer is likelier."""
    dense = np.sort(index.dense.nearest(asked.vectors[0], 2, np.empty(0, np.intp))[1])[::-1]
    cosine = float(dense[0]) if dense.size else 0.0
    matched = _matched(index, asked, told)
    best = words(near[0].sentence.shown) if near else []
    return {
        "chunk": cosine,
        "lead": cosine - float(dense[1]) if dense.size > 1 else 0.0,
        "sentence": near[0].cosine if near else 0.0,
        "word_mean": float(matched.mean()),
        "word_worst": float(matched.min()),
        "word_two_worst": float(np.sort(matched)[:2].mean()),
        **_by_word(index, query, best, [w for n in near for w in words(n.sentence.shown)]),
    }


def _by_word(
    index: Index, query: str, best: Sequence[str], around: Sequence[str]
) -> dict[str, float]:
    """How much of the question's weight in rare words is known, near, and in the best sentence."""
    asked = dict.fromkeys(words(query))
    weight = {word: index.lexical.weight(word) for word in asked}
    total = sum(weight.values()) or 1.0
    known = index.lexical.table.vocab_dict
    return {
        "known": sum(w for word, w in weight.items() if word in known) / total,
        "near_words": sum(w for word, w in weight.items() if word in set(around)) / total,
        "best_words": sum(w for word, w in weight.items() if word in set(best)) / total,
    }


def _matched(index: Index, asked: Encoded, told: Encoded) -> Matrix:
    """How well each content word piece of the question is matched by its best counterpart."""
    pieces = index.encoder.words(asked.ids[0])
    rows = [i for i, piece in enumerate(pieces) if piece not in _NO_WORDS]
    if not rows or not told.tokens:
        return np.zeros(1, np.float32)
    tokens = _unit(asked.tokens[0][rows])
    others = _unit(np.concatenate([rows[1:-1] for rows in told.tokens]))
    found: Matrix = (tokens @ others.T).max(1)
    return found


def _unit(rows: Matrix) -> Matrix:
    unit: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit
