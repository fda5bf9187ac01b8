"""The signals by which a question is judged, for one question or many at once.

Owns turning what the encoder says, and the ways of asking nearby, into named numbers. It weighs
nothing: the calibration does. Training and serving compute the signals here, with the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.reading.labels import ROUTES
from index.encoder import Encoded, Matrix

NEIGHBOURS = 12
SHARPNESS = 20.0  # how fast a neighbour's say fades with its distance
UNMATCHED = 0.5  # a word below this cosine has no counterpart in the guide
FACT_SIGNALS = ("layers", "asked", "sentence", "behind_best_sentence")
SIGNALS = (
    *(f"layers_{route}" for route in ROUTES),
    *(f"asked_{route}" for route in ROUTES),
    "nearest_answer",
    "nearest_other",
    "lead_of_answer",
    "best_fact",
    "second_fact",
    "best_sentence",
    "asked_fact",
    "word_worst",
    "word_two_worst",
    "word_mean",
    "words_unmatched",
    "length",
)

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Bank:
    """What a question is held against.

    `asked` float32 [n, 384] are the vectors of the ways of asking, `facts` float32 [n, f] and
    `routes` int [n] what they ask for. `sentences` float32 [f, 384] are the vectors of the
    sentences that carry the facts, `words` float32 [w, 384] those of the guide's telling words
    (see `words_of`), `stop_ids` the word pieces that say nothing. All vectors are those of the
    trained layers.
    """

    asked: Matrix
    facts: Matrix
    routes: Places
    sentences: Matrix
    words: Matrix
    stop_ids: frozenset[int]

    @cached_property
    def answers(self) -> Places:
        """The places of the ways of asking that the guide answers."""
        return np.flatnonzero(self.routes == 0)

    @cached_property
    def others(self) -> Places:
        """The places of all other ways of asking."""
        return np.flatnonzero(self.routes != 0)


@dataclass(frozen=True)
class Evidence:
    """The signals on n questions.

    `facts` is [n, f, signals], `signals` [n, SIGNALS] without the two that need weighed facts
    (zero until `with_facts`), `route_share` [n, ROUTES] that of the neighbours, which are the
    nearest ways of asking, with their `closeness` (cosines); `near` [n, bank] has all cosines.
    """

    facts: Matrix
    signals: Matrix
    route_share: Matrix
    neighbours: Places
    closeness: Matrix
    near: Matrix


def gather(found: Encoded, bank: Bank, hidden: NDArray[np.bool_] | None = None) -> Evidence:
    """The evidence on encoded questions; `hidden` [n, bank] keeps ways of asking out of sight."""
    near = found.vectors @ bank.asked.T
    if hidden is not None:
        near = np.where(hidden, -1.0, near)
    places = np.argpartition(near, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
    close = np.take_along_axis(near, places, 1)
    order = np.argsort(-close, axis=1, kind="stable")
    places, close = np.take_along_axis(places, order, 1), np.take_along_axis(close, order, 1)
    say = _softmax(close * SHARPNESS)
    share = np.einsum("ik,ikf->if", say, bank.facts[places])
    route_share = np.einsum(
        "ik,ikr->ir", say, np.eye(len(ROUTES), dtype=np.float32)[bank.routes[places]]
    )
    sentence = found.vectors @ bank.sentences.T
    facts = np.stack(
        [
            found.more["facts"],
            _logit(share),
            sentence * 5,
            (sentence.max(1, keepdims=True) - sentence) * 5,
        ],
        axis=-1,
    )
    answer = near[:, bank.answers].max(1)
    other = near[:, bank.others].max(1)
    signals = np.zeros((len(near), len(SIGNALS)), np.float32)
    count = len(ROUTES)
    signals[:, :count] = np.log(layers_say(found) + 1e-4)
    signals[:, count : 2 * count] = np.log(route_share + 1e-2)
    rest: dict[str, Matrix] = {
        "nearest_answer": answer,
        "nearest_other": other,
        "lead_of_answer": answer - other,
        "best_sentence": sentence.max(1),
        "asked_fact": share.max(1),
        "length": np.log(np.array([max(len(ids) - 2, 1) for ids in found.ids], np.float32)),
    }
    for name, values in rest.items():
        signals[:, SIGNALS.index(name)] = values
    first = SIGNALS.index("word_worst")
    signals[:, first : first + 4] = _word_matches(found, bank)
    return Evidence(facts.astype(np.float32), signals, route_share, places, close, near)


def layers_say(found: Encoded) -> Matrix:
    """The probability of each of ROUTES by the trained layers alone, float32 [n, 7]."""
    return _softmax(found.more["routes"])


def with_facts(signals: Matrix, weighed: Matrix) -> Matrix:
    """`signals` with the two that tell how sure the weighed facts [n, f] (probabilities) are."""
    whole = signals.copy()
    top = np.sort(weighed, axis=1)[:, -2:]
    whole[:, SIGNALS.index("best_fact")] = _logit(top[:, 1])
    whole[:, SIGNALS.index("second_fact")] = _logit(top[:, 0])
    return whole


def words_of(told: Encoded, stop_ids: frozenset[int]) -> Matrix:
    """One unit vector for each telling word piece of sentences: the mean of where it stands."""
    places: dict[int, list[Matrix]] = {}
    for tokens, ids in zip(told.tokens, told.ids, strict=True):
        for token, piece in zip(tokens[1:-1], ids[1:-1], strict=True):
            if piece not in stop_ids:
                places.setdefault(piece, []).append(token / np.linalg.norm(token))
    means = np.stack([np.mean(found, axis=0) for found in places.values()])
    return np.asfortranarray(means / np.linalg.norm(means, axis=1, keepdims=True))


def _word_matches(found: Encoded, bank: Bank) -> Matrix:
    """How well the question's words are known to the guide: worst, two worst, mean, unmatched."""
    rows = [
        _matches(tokens, ids, bank) for tokens, ids in zip(found.tokens, found.ids, strict=True)
    ]
    return np.array(
        [(s[0], s[:2].mean(), s.mean(), (s < UNMATCHED).sum()) for s in rows], np.float32
    ).reshape(-1, 4)


def _matches(tokens: Matrix, ids: Sequence[int], bank: Bank) -> Matrix:
    """The cosine of each telling word piece with its best match in the guide, ascending."""
    inner = range(1, len(ids) - 1)
    told = [i for i in inner if ids[i] not in bank.stop_ids] or list(inner) or [0]
    chosen = tokens[told]
    chosen = chosen / np.linalg.norm(chosen, axis=1, keepdims=True)
    matches: Matrix = np.sort((chosen @ bank.words.T).max(1))
    return matches


def _softmax(values: Matrix) -> Matrix:
    raised = np.exp(values - values.max(1, keepdims=True))
    shares: Matrix = raised / raised.sum(1, keepdims=True)
    return shares


def _logit(share: Matrix) -> Matrix:
    held = np.clip(share, 1e-3, 1 - 1e-3)
    found: Matrix = np.log(held / (1 - held))
    return found
