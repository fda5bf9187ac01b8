"""`make fit`: trains the layers on the ways of asking, and has what they say calibrated.

Owns the order: teach the layers without a held-out fifth, weigh the signals on that fifth, then
teach them on everything, and keep what they make of it. The questions under tests/ are never read
here.
"""

from __future__ import annotations

import logging
import multiprocessing
import random
import zlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.reading.calibration import Calibration, load_calibration
from assistant.reading.condensing import needed, wanted
from assistant.reading.evidence import Bank, Evidence, gather
from assistant.reading.joining import CHATTER, PLAYED_DOWN, made_messages, read_lines
from assistant.reading.labels import route_of, weights_key
from assistant.reading.layers import LayersFile, TrainedLayers
from assistant.reading.reader import CALIBRATION, FITTED, LAYERS, VECTORS
from assistant.reading.training import VARIANTS, Lesson, misspell, say, train
from assistant.reading.vectors import VectorsFile
from assistant.reading.weighing import ablation, calibrate
from assistant.reading.wording import Wording
from assistant.settings import Settings
from corpus.asking import Asked
from index.content import Content, read_content
from index.encoder import Encoded, Encoder, open_encoder
from index.lexical import build_lexical
from index.records import asking_records

log = logging.getLogger(__name__)

HELD_OUT = 5  # one in five


@dataclass(frozen=True)
class Schooling:
    """The lesson and the guide's sentences.

    The first `asked` rows of the lesson are ways of asking; messages made of them come after, which
    only teach.
    """

    lesson: Lesson
    asked: int
    sentences: list[str]

    def bank(self, asked: Encoded, told: Encoded, seen: NDArray[np.int64]) -> Bank:
        """What questions are held against: of the rows at `seen` those that are needed.

        `asked` and `told` are what layers say of the lesson and of the guide's sentences.
        """
        wants = [wanted(self.lesson.rows[place]) for place in seen]
        seen = seen[needed(asked.vectors[seen], wants)]
        other = [bool(route_of(self.lesson.rows[place])) for place in seen]
        seen = seen[np.argsort(other, kind="stable")]
        rows, facts = [self.lesson.rows[place] for place in seen], self.lesson.facts
        table = np.zeros((len(rows), len(facts)), np.float32)
        for i, row in enumerate(rows):
            table[i, [facts.index(fact) for fact in row.facts]] = 1
        return Bank(
            asked.vectors[seen], table, np.array([route_of(row) for row in rows]),
            told.vectors, Wording(build_lexical(self.sentences)),
        )  # fmt: skip


def prepare(content: Content, encoder: Encoder) -> Schooling:
    """Everything that both trainings share."""
    asked = [row for row in content.asked if not row.lang]
    seen = [row for row in asked if not held_out(row)]  # calibration must not meet its own rows
    rows = [*asked, *made_messages(seen, read_lines(CHATTER), read_lines(PLAYED_DOWN))]
    texts = [row.text for row in rows]
    plain = encoder.pieces(texts)
    copies = [
        encoder.pieces([misspell(text, _chance(variant, text)) for text in texts])
        for variant in range(VARIANTS)
    ]
    sentences = [s.shown for s in content.facts.values()]
    lesson = Lesson(
        rows, [plain, *copies], tuple(content.facts),
        encoder.encode(sentences).vectors, encoder.pieces(sentences),
    )  # fmt: skip
    return Schooling(lesson, len(asked), sentences)


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
    """The evidence on the rows `apart`, of which the bank holds none."""
    plain = school.lesson.variants[0][: school.asked]
    said = say(model, plain)
    bank = school.bank(said, say(model, school.lesson.told), np.flatnonzero(~apart))
    chosen = np.flatnonzero(apart)
    found = Encoded(
        said.vectors[chosen], [], [[*plain[int(i)]] for i in chosen],
        {name: values[chosen] for name, values in said.more.items()},
    )  # fmt: skip
    texts = [school.lesson.rows[int(i)].text for i in chosen]
    return gather(texts, found, bank)


def make_calibration(school: Schooling, file: Path) -> None:
    """Teach layers without the held-out fifth, and weigh the signals on that fifth."""
    rows = school.lesson.rows[: school.asked]
    apart = np.array([held_out(row) for row in rows])
    made = range(school.asked, len(school.lesson.rows))
    model = train(school.lesson, [*np.flatnonzero(~apart).tolist(), *made])
    evidence = evidence_without_itself(school, model, apart)
    held = [row for row, out in zip(rows, apart, strict=True) if out]
    calibration = calibrate(evidence, held, school.lesson.facts)
    log.info("%s", ablation(evidence, held, school.lesson.facts))
    keep_calibration(calibration, file)
    log.info("calibrated on %d questions", len(held))


def keep_calibration(calibration: Calibration, file: Path) -> None:
    """Write the weights."""
    file.write_text(calibration.model_dump_json(indent=1) + "\n", "utf-8")


def make_layers(school: Schooling, file: Path) -> None:
    """Teach the layers on everything, and blend those in that were shipped until now.

    The mean of two trainings answers better than either: https://arxiv.org/abs/2203.05482 ("model
    soups"). Where other facts are taught than before, the new ones stand alone.
    """
    lesson = school.lesson
    model = train(lesson, range(len(lesson.rows)))
    blended = LayersFile(LAYERS).blend_into(model, lesson.facts)
    LayersFile(file).save(model, lesson.facts)
    log.info("taught on %d questions, blended: %s", len(lesson.rows), blended)


def make_vectors(content: Content, index: Path, layers: Path, file: Path) -> None:
    """Keep what these layers make of the ways of asking and of the guides' sentences."""
    key = weights_key(layers)
    encoder = open_encoder(index, load=LayersFile(layers).load, trained=key)
    texts = list(dict.fromkeys(record.text for record in asking_records(content)))
    VectorsFile(file).save(texts, encoder.encode(texts).vectors, key)
    log.info("kept the vectors of %d texts", len(texts))


def main() -> None:
    """Train and calibrate the shipped corpus, both trainings side by side on one core each.

    What is shipped is replaced at the very end, all of it.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = Settings()
    torch.set_num_threads(1)
    content = read_content(settings.corpus_dir)
    school = prepare(content, open_encoder(settings.index_path, threads=1))
    FITTED.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=FITTED) as work:
        layers, weights, vectors = (
            Path(work, file.name) for file in (LAYERS, CALIBRATION, VECTORS)
        )
        other = multiprocessing.get_context("fork").Process(
            target=make_calibration, args=(school, weights)
        )
        other.start()
        make_layers(school, layers)
        make_vectors(content, settings.index_path, layers, vectors)
        other.join()
        if other.exitcode:
            raise SystemExit(other.exitcode)
        made = load_calibration(weights, "").model_copy(update={"layers": weights_key(layers)})
        keep_calibration(made, weights)
        for draft, file in ((layers, LAYERS), (weights, CALIBRATION), (vectors, VECTORS)):
            draft.chmod(0o644)
            draft.replace(file)
            log.info("made %s", file)


if __name__ == "__main__":
    main()
