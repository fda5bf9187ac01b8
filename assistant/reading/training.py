"""Teaches the trained layers on the ways of asking.

Owns the training itself: misspelt variants, batches of questions of like length, and the loss
(facts, route, what is asked side by side, and nearness of questions that ask the same). Its runs
are repeatable on one machine; another machine's rounding may give slightly other weights.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm
from transformers import AutoModel

from assistant.reading.labels import OUTPUTS, asks_of, route_of
from assistant.reading.layers import SCALE, TrainedLayers
from corpus.asking import Asked
from index.encoder import Encoded, Matrix
from index.weights import published

EPOCHS = 6
BATCH = 32
RATE_LAYERS, RATE_HEADS = 2e-4, 3e-3
NEEDED = 3.0  # a missing fact costs as much as three wrong ones
NEARNESS, WARMTH = 0.3, 0.07  # weight and temperature of the contrastive part
VARIANTS = 2  # misspelt copies of each question
_SLIP = 0.18  # share of the longer words that a misspelt copy gets wrong

Pieces = Sequence[Sequence[int]]  # of each text the token ids, with the marks at both ends


def misspell(text: str, chance: random.Random) -> str:
    """`text` as typed in a hurry: letters dropped, swapped, doubled; punctuation left out."""
    words = [_slip(word, chance) for word in text.split(" ")]
    typed = " ".join(words)
    habit = chance.random()
    if habit < 0.3:
        return typed.translate(str.maketrans("", "", "?,'"))
    return typed.rstrip("?.!") if habit < 0.4 else typed


def _slip(word: str, chance: random.Random) -> str:
    if len(word) < 4 or not word.isalpha() or chance.random() > _SLIP:
        return word
    at = chance.randrange(1, len(word) - 1)
    kind = chance.random()
    if kind < 0.4:
        return word[:at] + word[at + 1 :]
    if kind < 0.8:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at] + word[at:]


@dataclass(frozen=True)
class Lesson:
    """Questions, plain and misspelt, and what they ask for.

    `sentences` float32 [f, 384] are the published vectors of the facts' sentences, from which the
    head of facts starts, and `told` their pieces.
    """

    rows: Sequence[Asked]
    variants: Sequence[Pieces]
    facts: tuple[str, ...]
    sentences: Matrix
    told: Pieces


def train(lesson: Lesson, rows: Sequence[int], *, epochs: int = EPOCHS) -> TrainedLayers:
    """Layers taught on the rows of the lesson that `rows` names."""
    torch.manual_seed(1)
    chance = random.Random(1)  # noqa: S311 the same each time
    model = TrainedLayers(len(lesson.facts))
    with torch.no_grad():
        model.facts.weight.copy_(torch.from_numpy(lesson.sentences) * (5 / SCALE))
        model.facts.bias.fill_(-5)
    target, read = _Target(lesson), Words()
    heads = [p for name, p in model.named_parameters() if not name.startswith("layers.")]
    optimiser = torch.optim.AdamW(
        [{"params": model.layers.parameters()}, {"params": heads}],
        lr=RATE_LAYERS,
        weight_decay=0.01,
    )
    batches = [_batches(lesson, rows, epoch, chance) for epoch in range(epochs)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [RATE_LAYERS, RATE_HEADS], total_steps=sum(map(len, batches)) + 1, pct_start=0.1
    )
    model.train()
    for epoch, round_ in enumerate(batches):
        texts = lesson.variants[epoch % len(lesson.variants)]
        for chosen in tqdm(round_, desc=f"epoch {epoch + 1} of {epochs}"):
            with torch.autocast("cpu", torch.bfloat16):  # half the time, and as good
                said = model(*read(texts, chosen))
            loss = target.loss(tuple(each.float() for each in said), chosen)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    model.eval()
    return model


class Words:
    """The published vectors of words at their places, on which the layers stand."""

    def __init__(self) -> None:
        trunk = AutoModel.from_pretrained(published().folder, local_files_only=True)
        self._embeddings = trunk.embeddings.eval()

    def __call__(self, texts: Pieces, chosen: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Of the `chosen` texts the vectors [n, len, 384] and the mask [n, len]."""
        rows = [torch.tensor(texts[i]) for i in chosen]
        table = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        with torch.no_grad():
            return self._embeddings(table), (table != 0).float()


class _Target:
    """What the layers should say of each row."""

    def __init__(self, lesson: Lesson) -> None:
        places = {fact: place for place, fact in enumerate(lesson.facts)}
        shape = (len(lesson.rows), len(places))
        self.facts, self.weights = torch.zeros(shape), torch.ones(shape)
        for i, row in enumerate(lesson.rows):
            for fact in row.facts:
                self.facts[i, places[fact]] = 1
                self.weights[i, places[fact]] = NEEDED
            for fact in row.also:
                self.weights[i, places[fact]] = 0
        self.routes = torch.tensor([route_of(row) for row in lesson.rows])
        self.asks = torch.tensor([asks_of(row) for row in lesson.rows]).float()
        self.told = torch.tensor([row.route != "safety" for row in lesson.rows]).float()
        names: dict[object, int] = {}
        self.same = torch.tensor([names.setdefault(same(row), len(names)) for row in lesson.rows])

    def loss(self, said: tuple[Tensor, ...], rows: list[int]) -> Tensor:
        asked, facts, routes, asks = said
        missed = functional.binary_cross_entropy_with_logits(
            facts, self.facts[rows], weight=self.weights[rows], reduction="sum"
        ) / len(rows)
        strayed = functional.cross_entropy(routes, self.routes[rows], label_smoothing=0.02)
        sides = functional.binary_cross_entropy_with_logits(
            asks, self.asks[rows], weight=self.told[rows, None]
        )
        return missed + strayed + sides + NEARNESS * self._distance(asked, rows)

    def _distance(self, asked: Tensor, rows: list[int]) -> Tensor:
        """How far questions that ask the same lie apart, against the others of the batch."""
        named = self.same[rows]
        twins = (named[:, None] == named[None]).fill_diagonal_(False)
        if not twins.any():
            return torch.zeros(())
        near = asked @ asked.T / WARMTH - 1e4 * torch.eye(len(rows))
        said = functional.log_softmax(near, 1)
        paired = twins.any(1)
        return (-(said * twins).sum(1)[paired] / twins.sum(1)[paired]).mean()


def same(row: Asked) -> object:
    """Rows for which this is equal ask the same."""
    return tuple(sorted(row.facts)) if row.facts else (row.route, row.level, row.topic)


def _batches(
    lesson: Lesson, rows: Sequence[int], epoch: int, chance: random.Random
) -> list[list[int]]:
    """One epoch: pairs that ask the same stay together, and a batch holds like lengths."""
    texts = lesson.variants[epoch % len(lesson.variants)]
    groups: dict[object, list[int]] = {}
    for i in rows:
        groups.setdefault(same(lesson.rows[i]), []).append(i)
    pairs = []
    for group in groups.values():
        mixed = chance.sample(group, len(group))
        pairs += [mixed[at : at + 2] for at in range(0, len(mixed), 2)]
    chance.shuffle(pairs)
    found = []
    for first in range(0, len(pairs), BATCH * 6):
        alike = sorted(
            pairs[first : first + BATCH * 6], key=lambda p: max(len(texts[i]) for i in p)
        )
        flat = [i for pair in alike for i in pair]
        found += [flat[at : at + BATCH] for at in range(0, len(flat), BATCH)]
    chance.shuffle(found)
    return found


def say(model: TrainedLayers, texts: Pieces) -> Encoded:
    """What the layers say of `texts`."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    read = Words()
    with torch.inference_mode():
        parts = [
            model(*read(texts, order[first : first + BATCH]))
            for first in range(0, len(order), BATCH)
        ]
    back = np.argsort(order)
    vectors, *heads = (torch.cat(each)[back].numpy() for each in zip(*parts, strict=True))
    return Encoded(vectors, [], [], dict(zip(OUTPUTS, heads, strict=True)))
