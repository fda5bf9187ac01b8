"""The weights of the signals: how sure we are of each fact, and of each kind of question.

Owns the fitted numbers and their file; `make fit` writes it. Serving only multiplies, so a
decision can be read off: signal times weight, summed.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.reading.evidence import FACT_SIGNALS, SIGNALS, Evidence, with_facts
from index.encoder import Matrix

DECISIONS = ("answer", "gap", "booking", "small_talk", "safety")


class UnreadableCalibration(Exception):
    """The fitted weights cannot be used; the owner sees why and what to do."""


class Calibration(BaseModel):
    """Fitted on the ways of asking that the trained layers had not seen.

    `layers` is the key of the shipped layers that it goes with, empty until those are made.
    `fact_weights` go with FACT_SIGNALS; `weights` [DECISIONS][SIGNALS] and `biases` with signals
    that have `mean` taken off and are divided by `spread`. `answer_from` is the share of answer
    against answer and gap from which a question counts as answered, `fact_from` the probability
    from which a fact belongs in the answer, `several_from` that from which a message is taken to
    ask several things.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    layers: str = ""
    fact_weights: tuple[float, ...]
    fact_bias: float
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]
    answer_from: float
    fact_from: float
    several_from: float

    @cached_property
    def _fact_weights(self) -> Matrix:
        return np.array(self.fact_weights, np.float32)

    @cached_property
    def _decision(self) -> tuple[Matrix, Matrix]:
        """Slopes [SIGNALS, DECISIONS] and starting points, with mean and spread taken in."""
        slopes = np.array(self.weights).T / np.array(self.spread)[:, np.newaxis]
        start = np.array(self.biases) - np.array(self.mean) @ slopes
        return slopes.astype(np.float32), start.astype(np.float32)

    def weigh_facts(self, evidence: Evidence) -> Matrix:
        """The probability that a full answer needs each fact, float32 [n, f]."""
        return _sigmoid(evidence.facts @ self._fact_weights + self.fact_bias)

    def decide(self, evidence: Evidence, weighed: Matrix) -> Matrix:
        """The probability of each of DECISIONS, float32 [n, 5]."""
        signals = with_facts(evidence.signals, weighed)
        slopes, start = self._decision
        raw = signals @ slopes + start
        raised = np.exp(raw - raw.max(1, keepdims=True))
        found: Matrix = raised / raised.sum(1, keepdims=True)
        return found


def load_calibration(path: Path, key: str) -> Calibration:
    """Read the fitted weights that go with layers of that key. Raises `UnreadableCalibration`."""
    try:
        held = Calibration.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise UnreadableCalibration(f"{path}: cannot be read ({error}): run `make fit`") from error
    sizes = (len(held.fact_weights), len(held.mean), len(held.spread), *map(len, held.weights))
    wanted = (len(FACT_SIGNALS), *[len(SIGNALS)] * (2 + len(DECISIONS)))
    if sizes != wanted:
        raise UnreadableCalibration(
            f"{path}: holds {sizes} weights where {wanted} are wanted: run `make fit`"
        )
    if held.layers != key:
        raise UnreadableCalibration(f"{path}: goes with other trained layers: run `make fit`")
    return held


def _sigmoid(values: Matrix) -> Matrix:
    found: Matrix = np.reciprocal(1 + np.exp(-values))
    return found
