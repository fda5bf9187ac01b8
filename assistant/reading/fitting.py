"""`make fit`: trains the layers on the ways of asking, and calibrates what they say.

Owns the order: teach the layers without a held-out fifth, weigh the signals on that fifth, then
teach them on everything, and keep what they make of it. The questions under tests/ are never read
here.
"""

from __future__ import annotations

import logging
import multiprocessing
import random
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from assistant.reading.calibration import DECISIONS, Calibration
from assistant.reading.evidence import (
    FACT_SIGNALS,
    SIGNALS,
    Bank,
    Evidence,
    gather,
    with_facts,
    words_of,
)
from assistant.reading.labels import ROUTES, weights_key
from assistant.reading.layers import LayersFile, TrainedLayers
from assistant.reading.reader import CALIBRATION, FITTED, LAYERS, SAYING_NOTHING, VECTORS
from assistant.reading.training import VARIANTS, Lesson, hidden_states, misspell, say, train
from assistant.reading.vectors import VectorsFile
from assistant.settings import Settings
from corpus.asking import Asked
from index.content import Content, read_content
from index.encoder import Encoded, Encoder, Matrix, open_encoder
from index.records import asking_records

log = logging.getLogger(__name__)

HELD_OUT = 5  # one in five


@dataclass(frozen=True)
class Schooling:
    """The lesson, and the token ids of its questions and of the guide's sentences."""

    lesson: Lesson
    ids: list[list[int]]
    told_ids: list[list[int]]
    stop_ids: frozenset[int]

    def bank(self, asked: Encoded, told: Encoded) -> Bank:
        """What questions are held against, from what layers say of the lesson and the guide."""
        rows, facts = self.lesson.rows, self.lesson.facts
        table = np.zeros((len(rows), len(facts)), np.float32)
        for i, row in enumerate(rows):
            table[i, [facts.index(fact) for fact in row.facts]] = 1
        return Bank(
            asked.vectors, table, np.array([ROUTES.index(r.level or r.route) for r in rows]),
            told.vectors, words_of(told, self.stop_ids), self.stop_ids,
        )  # fmt: skip


def prepare(content: Content, encoder: Encoder) -> Schooling:
    """Everything that both trainings share."""
    rows = [row for row in content.asked if not row.lang]
    texts = [row.text for row in rows]
    plain = hidden_states(texts, encoder)
    copies = [
        hidden_states([misspell(text, _chance(variant, text)) for text in texts], encoder)
        for variant in range(VARIANTS)
    ]
    sentences = [s.shown for s in content.facts.values()]
    lesson = Lesson(
        rows, [plain, *copies], tuple(content.facts),
        encoder.encode(sentences).vectors, hidden_states(sentences, encoder),
    )  # fmt: skip
    ids, told_ids = encoder.pieces(texts), encoder.pieces(sentences)
    return Schooling(lesson, ids, told_ids, encoder.ids_of(SAYING_NOTHING))


def _chance(variant: int, text: str) -> random.Random:
    return random.Random(f"{variant}{text}")  # noqa: S311 the same each time


def held_out(row: Asked) -> bool:
    """Whether calibration sees this row and the first training does not.

    A topic that the guide does not cover stays together, because visitors bring new ones.
    """
    key = row.text if row.facts else f"{row.route}{row.level}{row.topic}"
    return zlib.crc32(key.encode()) % HELD_OUT == 0


def evidence_without_itself(
    school: Schooling, model: TrainedLayers, apart: NDArray[np.bool_]
) -> Evidence:
    """The evidence on the rows `apart`, which do not see each other in the bank."""
    said = say(model, school.lesson.variants[0])
    told = replace(say(model, school.lesson.told), ids=school.told_ids)
    bank = school.bank(said, told)
    chosen = np.flatnonzero(apart)
    found = Encoded(
        said.vectors[chosen],
        [said.tokens[i] for i in chosen],
        [school.ids[i] for i in chosen],
        {name: values[chosen] for name, values in said.more.items()},
    )
    return gather(found, bank, np.broadcast_to(apart, (len(chosen), len(apart))))


def calibrate(evidence: Evidence, rows: list[Asked], facts: tuple[str, ...]) -> Calibration:
    """Weights of facts, then of decisions, by logistic regression."""
    routes = np.array([ROUTES.index(row.level or row.route) for row in rows])
    answers = np.flatnonzero(routes == 0)
    needed = np.array([[fact in row.facts for fact in facts] for row in rows])
    spared = np.array([[fact in row.also for fact in facts] for row in rows])
    use = ~spared[answers]
    weigh = LogisticRegression(C=1.0, max_iter=1000)
    weigh.fit(evidence.facts[answers][use], needed[answers][use])
    draft = Calibration(
        fact_weights=tuple(map(float, weigh.coef_[0])), fact_bias=float(weigh.intercept_[0]),
        mean=(), spread=(), weights=(), biases=(), answer_from=0.5, fact_from=0.25,
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
    update = {
        "answer_from": _even_point(share[routes == 0], share[routes == 1]),
        "fact_from": _fact_point(
            whole.weigh_facts(evidence)[answers], needed[answers], spared[answers]
        ),
    }
    return whole.model_copy(update=update)


GROUPS = {
    "all signals": (),
    "without the trained layers' say": ("layers",),
    "without the nearest ways of asking": ("asked", "nearest", "lead"),
    "without the sentences' vectors": ("sentence", "behind", "best_sentence"),
    "without the word matches": ("word", "words"),
}


def ablation(evidence: Evidence, rows: list[Asked], facts: tuple[str, ...]) -> str:
    """A Markdown table: what is lost without a group of signals, on every second held-out row.

    The weights are fitted on the other rows. Answers and gaps at the point of even errors.
    """
    first = np.arange(len(rows)) % 2 == 0
    lines = ["| signals | complete answers | decided right |", "|---|---|---|"]
    for name, left_out in GROUPS.items():
        seen = _without(evidence, left_out)
        fitted = calibrate(
            _rows(seen, first), [r for r, f in zip(rows, first, strict=True) if f], facts
        )
        rest = [r for r, f in zip(rows, first, strict=True) if not f]
        complete, decided = _worth(fitted, _rows(seen, ~first), rest, facts)
        lines.append(f"| {name} | {100 * complete:.1f} % | {100 * decided:.1f} % |")
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
    return replace(evidence, facts=evidence.facts[chosen], signals=evidence.signals[chosen])


def _worth(
    fitted: Calibration, evidence: Evidence, rows: list[Asked], facts: tuple[str, ...]
) -> tuple[float, float]:
    """The share of complete answers, and of answers and gaps that are told apart rightly."""
    weighed = fitted.weigh_facts(evidence)
    needed = np.array([[fact in row.facts for fact in facts] for row in rows])
    routes = np.array([ROUTES.index(row.level or row.route) for row in rows])
    said = fitted.decide(evidence, weighed)
    share = said[:, 0] / (said[:, 0] + said[:, 1])
    answers, gaps = routes == 0, routes == 1
    complete = ((weighed >= fitted.fact_from) | ~needed)[answers].all(1).mean()
    right = (
        (share >= fitted.answer_from)[answers].mean() + (share < fitted.answer_from)[gaps].mean()
    ) / 2
    return float(complete), float(right)


def _even_point(answers: Matrix, gaps: Matrix) -> float:
    """Where as large a share of answers is refused as of gaps is let through."""
    points = np.linspace(0.02, 0.98, 97)
    wrong = [abs((answers < p).mean() - (gaps >= p).mean()) for p in points]
    return float(points[int(np.argmin(wrong))])


def _fact_point(weighed: Matrix, needed: NDArray[np.bool_], spared: NDArray[np.bool_]) -> float:
    """Where most answers are complete, an unneeded sentence costing an eighth of a missing one."""
    points = np.linspace(0.05, 0.5, 46)
    worth = []
    for point in points:
        shown = weighed >= point
        complete = (shown | ~needed).all(1)
        worth.append(float(complete.mean() - (shown & ~needed & ~spared).sum(1).mean() / 8))
    return round(float(points[int(np.argmax(worth))]), 3)


def _row(values: Matrix) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)


def make_calibration(school: Schooling) -> None:
    """Teach layers without the held-out fifth, and weigh the signals on that fifth."""
    rows = school.lesson.rows
    apart = np.array([held_out(row) for row in rows])
    model = train(school.lesson, np.flatnonzero(~apart).tolist())
    evidence = evidence_without_itself(school, model, apart)
    held = [row for row, out in zip(rows, apart, strict=True) if out]
    calibration = calibrate(evidence, held, school.lesson.facts)
    log.info("%s", ablation(evidence, held, school.lesson.facts))
    CALIBRATION.write_text(calibration.model_dump_json(indent=1) + "\n", "utf-8")
    log.info("calibrated on %d questions: %s", len(held), CALIBRATION)


def make_layers(school: Schooling) -> None:
    """Teach the layers that are shipped on everything."""
    lesson = school.lesson
    LayersFile(LAYERS).save(train(lesson, range(len(lesson.rows))), lesson.facts)
    log.info("taught on %d questions: %s", len(lesson.rows), LAYERS)


def make_vectors(content: Content, index: Path) -> None:
    """Keep what the shipped layers make of the ways of asking and of the guides' sentences."""
    key = weights_key(LAYERS)
    encoder = open_encoder(index, top=LayersFile(LAYERS).load, trained=key)
    texts = list(dict.fromkeys(record.text for record in asking_records(content)))
    VectorsFile(VECTORS).save(texts, encoder.encode(texts).vectors, key)
    log.info("kept the vectors of %d texts: %s", len(texts), VECTORS)


def main() -> None:
    """Train and calibrate the shipped corpus, both trainings side by side on one core each."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = Settings()
    torch.set_num_threads(1)
    content = read_content(settings.corpus_dir)
    school = prepare(content, open_encoder(settings.index_path, threads=1))
    FITTED.mkdir(exist_ok=True)
    other = multiprocessing.get_context("fork").Process(target=make_calibration, args=(school,))
    other.start()
    make_layers(school)
    make_vectors(content, settings.index_path)
    other.join()
    raise SystemExit(other.exitcode)


if __name__ == "__main__":
    main()
