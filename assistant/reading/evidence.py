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
from assistant.reading.wording import Wording
from index.encoder import Encoded, Matrix

NEIGHBOURS = 12
SHARPNESS = 20.0  # how fast a neighbour's say fades with its distance
FACT_SIGNALS = (
    "layers", "asked", "sentence", "lexical", "behind_best_layers", "behind_best_sentence",
)  # fmt: skip
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
    "rare_words_unknown",
    "length",
)

Places = NDArray[np.int64]
_EACH_ROUTE = np.eye(len(ROUTES), dtype=np.float32)


@dataclass(frozen=True)
class Bank:
    """What a question is held against.

    `asked` float32 [n, d] are the vectors of the ways of asking that are needed, those that the
    guide answers first; `facts` float32 [n, f] and `routes` int [n] what they ask for. `sentences`
    float32 [f, d] are the vectors of the sentences that carry the facts, `wording` has their words.
    All vectors are those of the trained layers.
    """

    asked: Matrix
    facts: Matrix
    routes: Places
    sentences: Matrix
    wording: Wording

    @cached_property
    def answered(self) -> int:
        """How many the guide answers."""
        return int((self.routes == 0).sum())


@dataclass(frozen=True)
class Evidence:
    """The signals on n questions.

    `facts` is [n, f, signals], `signals` [n, SIGNALS] without the two that need weighed facts
    (zero until `with_facts`), `asks` [n, ASKS] probabilities by the trained layers, `route_share`
    [n, ROUTES] that of the neighbours, which are the nearest ways of asking, with their
    `closeness` (cosines).
    """

    facts: Matrix
    signals: Matrix
    asks: Matrix
    route_share: Matrix
    neighbours: Places
    closeness: Matrix


def gather(texts: Sequence[str], found: Encoded, bank: Bank) -> Evidence:
    """The evidence on `texts`, as encoded."""
    near = found.vectors @ bank.asked.T
    places = np.argpartition(near, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
    each = np.arange(len(near))[:, np.newaxis]
    places = places[each, np.argsort(-near[each, places], axis=1, kind="stable")]
    close = near[each, places]
    say = _softmax(close * SHARPNESS)
    share = np.einsum("ik,ikf->if", say, bank.facts[places])
    route_share = np.einsum("ik,ikr->ir", say, _EACH_ROUTE[bank.routes[places]])
    sentence = found.vectors @ bank.sentences.T
    layers = found.more["facts"]
    lexical, unknown = bank.wording.by_word(texts)
    facts = np.stack(
        [layers, _logit(share), sentence * 5, lexical, _behind(layers), _behind(sentence) * 5],
        axis=-1,
    )
    answer, other = near[:, : bank.answered].max(1), near[:, bank.answered :].max(1)
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
        "rare_words_unknown": unknown,
        "length": np.log(np.array([max(len(ids) - 2, 1) for ids in found.ids], np.float32)),
    }
    for name, values in rest.items():
        signals[:, SIGNALS.index(name)] = values
    asks = np.reciprocal(1 + np.exp(-found.more["asks"]))
    return Evidence(facts.astype(np.float32), signals, asks, route_share, places, close)


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


def _behind(values: Matrix) -> Matrix:
    """How far each value of a row lies behind the row's best."""
    found: Matrix = values.max(1, keepdims=True) - values
    return found


def _softmax(values: Matrix) -> Matrix:
    raised = np.exp(values - values.max(1, keepdims=True))
    shares: Matrix = raised / raised.sum(1, keepdims=True)
    return shares


def _logit(share: Matrix) -> Matrix:
    held = np.clip(share, 1e-3, 1 - 1e-3)
    found: Matrix = np.log(held / (1 - held))
    return found
