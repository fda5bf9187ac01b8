"""Weighs the signals: which weights tell best what held-out ways of asking mean.

Owns the logistic regressions and the points at which a probability becomes a decision, and tells
what each group of signals brings. Serving only multiplies with what is found here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from assistant.reading.calibration import DECISIONS, Calibration
from assistant.reading.evidence import FACT_SIGNALS, SIGNALS, Evidence, with_facts
from assistant.reading.labels import ASKS, route_of
from corpus.asking import Asked
from index.encoder import Matrix

ONE_THING = 0.98  # share of the messages that ask one thing which have to be seen so
GROUPS = {
    "all signals": (),
    "without the trained layers' say": ("layers", "behind_best_layers"),
    "without the nearest ways of asking": ("asked", "nearest", "lead"),
    "without the sentences' vectors": ("sentence", "behind_best_sentence", "best_sentence"),
    "without lexical evidence": ("lexical", "rare"),
}


def calibrate(evidence: Evidence, rows: list[Asked], facts: tuple[str, ...]) -> Calibration:
    """Weights of facts, then of decisions, by logistic regression."""
    routes = np.array([route_of(row) for row in rows])
    answers = np.flatnonzero(routes == 0)
    needed = np.array([[fact in row.facts for fact in facts] for row in rows])
    spared = np.array([[fact in row.also for fact in facts] for row in rows])
    use = ~spared[answers]
    weigh = LogisticRegression(C=1.0, max_iter=1000)
    weigh.fit(evidence.facts[answers][use], needed[answers][use])
    draft = Calibration(
        fact_weights=tuple(map(float, weigh.coef_[0])), fact_bias=float(weigh.intercept_[0]),
        mean=(), spread=(), weights=(), biases=(), answer_from=0.5, fact_from=0.25,
        several_from=0.5,
    )  # fmt: skip
    assert len(draft.fact_weights) == len(FACT_SIGNALS)
    signals = with_facts(evidence.signals, draft.weigh_facts(evidence))
    mean, spread = signals.mean(0), np.maximum(signals.std(0), 1e-3)
    decide = LogisticRegression(C=0.3, max_iter=3000)
    decide.fit((signals - mean) / spread, np.minimum(routes, len(DECISIONS) - 1))
    whole = draft.model_copy(
        update={
            "mean": _row(mean),
            "spread": _row(spread),
            "weights": tuple(map(_row, decide.coef_)),
            "biases": _row(decide.intercept_),
        }
    )
    said = whole.decide(evidence, whole.weigh_facts(evidence))
    share = said[:, 0] / (said[:, 0] + said[:, 1])
    single = np.array([row.route != "safety" and not row.parts for row in rows])
    update = {
        "several_from": round(
            float(np.quantile(evidence.asks[single, ASKS.index("several")], ONE_THING)), 3
        ),
        "answer_from": _even_point(share[routes == 0], share[routes == 1]),
        "fact_from": _fact_point(
            whole.weigh_facts(evidence)[answers], needed[answers], spared[answers]
        ),
    }
    return whole.model_copy(update=update)


def ablation(evidence: Evidence, rows: list[Asked], facts: tuple[str, ...]) -> str:
    """A Markdown table: what is lost without a group of signals, on every second held-out row.

    The weights are fitted on the other rows. Answers and gaps at the point of even errors.
    """
    first = np.arange(len(rows)) % 2 == 0
    lines = [
        "| signals | complete answers | further sentences | decided right |",
        "|---|---|---|---|",
    ]
    for name, left_out in GROUPS.items():
        seen = _without(evidence, left_out)
        fitted = calibrate(
            _rows(seen, first), [r for r, f in zip(rows, first, strict=True) if f], facts
        )
        rest = [r for r, f in zip(rows, first, strict=True) if not f]
        complete, further, decided = _worth(fitted, _rows(seen, ~first), rest, facts)
        lines.append(f"| {name} | {100 * complete:.1f} % | {further:.2f} | {100 * decided:.1f} % |")
    return "\n".join(lines)


def _without(evidence: Evidence, starts: tuple[str, ...]) -> Evidence:
    """The evidence with every signal whose name begins so held at zero."""
    fact_signals, signals = evidence.facts.copy(), evidence.signals.copy()
    for place, name in enumerate(FACT_SIGNALS):
        if name.startswith(starts or ("-",)):
            fact_signals[..., place] = 0
    for place, name in enumerate(SIGNALS):
        if name.startswith(starts or ("-",)):
            signals[:, place] = 0
    return replace(evidence, facts=fact_signals, signals=signals)


def _rows(evidence: Evidence, chosen: NDArray[np.bool_]) -> Evidence:
    return replace(
        evidence, facts=evidence.facts[chosen], signals=evidence.signals[chosen],
        asks=evidence.asks[chosen],
    )  # fmt: skip


def _worth(
    fitted: Calibration, evidence: Evidence, rows: list[Asked], facts: tuple[str, ...]
) -> tuple[float, float, float]:
    """The share of complete answers, the unneeded sentences of one, and the share decided right.

    Decided right is the mean over answers and gaps.
    """
    weighed = fitted.weigh_facts(evidence)
    needed = np.array([[fact in row.facts for fact in facts] for row in rows])
    routes = np.array([route_of(row) for row in rows])
    said = fitted.decide(evidence, weighed)
    share = said[:, 0] / (said[:, 0] + said[:, 1])
    answers, gaps = routes == 0, routes == 1
    shown = weighed >= fitted.fact_from
    complete = (shown | ~needed)[answers].all(1).mean()
    spared = np.array([[fact in row.also for fact in facts] for row in rows])
    further = (shown & ~needed & ~spared)[answers].sum(1).mean()
    right = (
        (share >= fitted.answer_from)[answers].mean() + (share < fitted.answer_from)[gaps].mean()
    ) / 2
    return float(complete), float(further), float(right)


def _even_point(answers: Matrix, gaps: Matrix) -> float:
    """Where as large a share of answers is refused as of gaps is let through."""
    points = np.linspace(0.02, 0.98, 97)
    wrong = [abs((answers < p).mean() - (gaps >= p).mean()) for p in points]
    return float(points[int(np.argmin(wrong))])


def _fact_point(weighed: Matrix, needed: NDArray[np.bool_], spared: NDArray[np.bool_]) -> float:
    """Where most answers are complete, an unneeded sentence costing a fifth of a missing one."""
    points = np.linspace(0.05, 0.5, 46)
    worth = []
    for point in points:
        shown = weighed >= point
        complete = (shown | ~needed).all(1)
        worth.append(float(complete.mean() - (shown & ~needed & ~spared).sum(1).mean() / 5))
    return round(float(points[int(np.argmax(worth))]), 3)


def _row(values: Matrix) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)
