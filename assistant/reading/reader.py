"""Reads a question: which facts a full answer needs, and whether the guide answers at all.

Owns the bank of what questions are held against, the pass through encoder, evidence and
calibration, and the readings of late, which triage and answer share. It composes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np
from cachetools import LRUCache

from assistant.reading.calibration import DECISIONS, Calibration, load_calibration
from assistant.reading.condensing import ALIKE, needed, wanted
from assistant.reading.evidence import (
    NEIGHBOURS,
    SHARPNESS,
    Bank,
    Places,
    gather,
    layers_say,
)
from assistant.reading.keeping import kept
from assistant.reading.labels import ASKS, ROUTES, facts_taught, route_of
from assistant.reading.wording import Wording
from corpus.asking import JOINT, without_end_marks
from corpus.guide import CorpusError, Sentence
from index.encoder import Encoder, Matrix
from index.lexical import build_lexical
from index.records import Way
from index.search import Index

FITTED = Path(__file__).with_name("fitted")
LAYERS = FITTED / "layers.safetensors"
CALIBRATION = FITTED / "calibration.json"
VECTORS = FITTED / "vectors.safetensors"

IN_VIEW = 180  # words that the model reads, for it cuts at 256 pieces: the question stands last
TOLD = 3  # neighbours in the trace
KEPT = 4096  # readings of late
# Layers alone take a new figure of speech for danger; a row among the ways of asking mends that.
NEIGHBOURS_WEIGH = 0.6
NEAR = 0.6  # cosine from which a topic is near enough to be named where the guide is silent
Name = TypeVar("Name")
_SURE = 0.99  # of what is asked word for word as somebody has labelled it


@dataclass(frozen=True)
class Reading:
    """What one text asks for.

    `decision` gives the probability of each of DECISIONS, `routes` that of each of ROUTES (the
    trained layers and the neighbours), `asks` that of each of ASKS, `facts` float32 [f] how likely
    a full answer needs the sentence of that place in `Reader.sentences`. `neighbours` are the
    nearest ways of asking, with their cosines to `vector`, float32 [d].
    """

    text: str
    vector: Matrix
    decision: dict[str, float]
    routes: dict[str, float]
    asks: dict[str, float]
    facts: Matrix
    neighbours: tuple[tuple[str, float], ...]

    @property
    def answered(self) -> float:
        """The share of "answer" against "answer" and "gap", 0 to 1."""
        answer, gap = self.decision["answer"], self.decision["gap"]
        return answer / max(answer + gap, 1e-9)


class Reader:
    """The trained reading of one corpus that has ways of asking; safe to share between threads."""

    def __init__(self, index: Index, trained: Encoder, calibration: Calibration) -> None:
        self.calibration = calibration
        self.fact_ids = tuple(index.known.facts)
        self.sentences: tuple[Sentence, ...] = tuple(index.known.facts.values())
        self.cautions = index.known.cautions
        self._encoder = trained
        places = answered_first(kept_places(index, trained), index.asking.ways)
        ways = [index.asking.ways[place] for place in places]
        self._texts = [way.text for way in ways]
        self._bank = make_bank(index, places)
        helped = [i for i, way in enumerate(ways) if way.onward]
        self._helpers = tuple(ways[i].onward or "" for i in helped)
        self._helped = self._bank.asked[helped]
        openings = {sentence.section: sentence for sentence in reversed(self.sentences)}
        answered = [i for i, way in enumerate(ways) if way.route == "answer"]
        self._topics = tuple(
            openings[index.known.facts[ways[i].facts[0]].section] for i in answered
        )
        self._answered = self._bank.asked[answered]
        self._labelled = {way.text.casefold(): way for way in index.asking.ways}  # bare already
        self._held: LRUCache[str, Reading] = LRUCache(KEPT)
        self._lock = Lock()

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in order; what was not read lately goes through in one pass.

        Case and the marks at the end tell nothing, to the model either.
        """
        bare = [_bare(text) for text in texts]
        with self._lock:
            found = {text: self._held.get(text) for text in bare}
        new = [text for text, reading in found.items() if reading is None]
        made = dict(zip(new, self._read(new), strict=True)) if new else {}
        with self._lock:
            self._held.update(made)
        read = [found[text] or made[text] for text in bare]
        return [replace(one, text=text) for one, text in zip(read, texts, strict=True)]

    def _read(self, texts: Sequence[str]) -> list[Reading]:
        found = self._encoder.encode([" ".join(text.split()[-IN_VIEW:]) for text in texts])
        evidence = gather(texts, found, self._bank)
        facts = self.calibration.weigh_facts(evidence)
        decisions = self.calibration.decide(evidence, facts)
        layers, neighbours = layers_say(found), evidence.route_share
        routes = NEIGHBOURS_WEIGH * neighbours + (1 - NEIGHBOURS_WEIGH) * layers
        return [
            self._as_labelled(Reading(
                text, found.vectors[i],
                dict(zip(DECISIONS, map(float, decisions[i]), strict=True)),
                dict(zip(ROUTES, map(float, routes[i]), strict=True)),
                dict(zip(ASKS, map(float, evidence.asks[i]), strict=True)),
                facts[i],
                self._nearest(evidence.neighbours[i], evidence.closeness[i]),
            ))
            for i, text in enumerate(texts)
        ]  # fmt: skip

    def _as_labelled(self, reading: Reading) -> Reading:
        """What is asked word for word as in the ways of asking is read as it is labelled there.

        So whatever an owner adds counts at once. Messages that ask several things are taken apart.
        """
        way = self._labelled.get(reading.text)
        if way is None or reading.asks["several"] >= self.calibration.several_from:
            return reading
        facts = reading.facts
        if way.route == "answer":
            needed = [fact in way.facts for fact in self.fact_ids]
            facts = np.where(needed, _SURE, 1 - _SURE).astype(np.float32)
        return replace(
            reading, facts=facts,
            decision=_surely(way.route, DECISIONS), routes=_surely(way.level or way.route, ROUTES),
        )  # fmt: skip

    def _nearest(self, places: Places, closeness: Matrix) -> tuple[tuple[str, float], ...]:
        pairs = list(zip(places, closeness, strict=True))[:TOLD]
        return tuple((self._texts[place], round(float(close), 3)) for place, close in pairs)

    def onward(self, reading: Reading) -> str:
        """Who can help, by the nearest of the questions that the guide does not answer."""
        return _nearest_say(self._helpers, self._helped @ reading.vector) or "nobody"

    def nearest_topic(self, reading: Reading) -> Sentence | None:
        """The first sentence of the section that the nearest answered questions need.

        None if none of them is near: a topic from far away is worse than none.
        """
        return _nearest_say(self._topics, self._answered @ reading.vector, NEAR)


def _nearest_say(names: Sequence[Name], near: Matrix, least: float = -1.0) -> Name | None:
    """Which of `names` most of the nearest bear, the nearer the louder; None if none is `least`."""
    votes: dict[Name, float] = defaultdict(float)
    count = min(NEIGHBOURS, len(near))
    for place in np.argpartition(near, -count)[len(near) - count :] if count else ():
        if near[place] >= least:
            votes[names[place]] += float(np.exp(SHARPNESS * near[place]))
    return max(votes, key=votes.__getitem__, default=None)


def _surely(name: str, names: Sequence[str]) -> dict[str, float]:
    rest = (1 - _SURE) / (len(names) - 1)
    return {each: _SURE if each == name else rest for each in names}


def _bare(text: str) -> str:
    return JOINT.join(map(without_end_marks, text.casefold().split(JOINT)))


def open_reader(index: Index, trained: Encoder, key: str) -> Reader:
    """The reader with the shipped calibration, which goes with the layers of that `key`.

    Raises `UnreadableCalibration`, and `CorpusError` where the corpus has other facts than those
    that the layers were taught, or in another order.
    """
    taught, facts = facts_taught(LAYERS), tuple(index.known.facts)
    if facts != taught:
        apart = sorted(set(facts) ^ set(taught)) or ["their order"]
        raise CorpusError(
            f"{index.content.folder}: the facts are not those that the trained layers know "
            f"({', '.join(apart)}): run `make fit`"
        )
    return Reader(index, trained, load_calibration(CALIBRATION, key))


def kept_places(index: Index, trained: Encoder) -> Places:
    """The places of the ways of asking that are needed, which take two seconds to find once."""
    ways = index.asking.ways
    return kept(  # the folder is named by its content
        index.folder, "needed", f"{trained.key} {ALIKE}",
        lambda: needed(index.asking.vectors, [wanted(way) for way in ways]),
        lambda held: held.ndim == 1 and held.dtype == np.int64 and bool((held < len(ways)).all()),
    )  # fmt: skip


def answered_first(places: Places, ways: Sequence[Way]) -> Places:
    """`places` of `ways` in the order in which a bank has them."""
    other = [ways[place].route != "answer" for place in places]
    return places[np.argsort(other, kind="stable")]


def make_bank(index: Index, places: Places) -> Bank:
    """The bank of the ways of asking at `places` of an index that the trained layers embedded."""
    ways = [index.asking.ways[place] for place in places]
    column = {fact: place for place, fact in enumerate(index.known.facts)}
    facts = np.zeros((len(ways), len(column)), np.float32)
    for i, way in enumerate(ways):
        facts[i, [column[fact] for fact in way.facts]] = 1
    sentences = [sentence.shown for sentence in index.known.facts.values()]
    by_text = {s.shown: v for s, v in zip(index.known.sentences, index.known.vectors, strict=True)}
    return Bank(
        asked=np.asfortranarray(index.asking.vectors[places]),  # a quarter quicker to multiply
        facts=facts,
        routes=np.array([route_of(way) for way in ways]),
        sentences=np.stack([by_text[text] for text in sentences]),
        wording=Wording(build_lexical(sentences)),
    )
