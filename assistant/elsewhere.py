"""Answers from any folder of Markdown, with nothing known but the text.

Owns the choice of sentences by hybrid search alone, and the refusal by a generic calibration that
says how sure it is. Less sharp than a guide with ways of asking; as bound to the guide's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from assistant import phrases
from assistant.answering import NO_OPINION, Found, opinion
from assistant.citations import cite, stands_in_guide
from assistant.cleaning import clean
from assistant.composition import write
from assistant.conversation import anchors, leans_back
from assistant.reading.evidence import layers_say
from assistant.reading.labels import ROUTES
from assistant.small_talk import is_foreign
from assistant.triage import Opinion
from corpus.asking import JOINT
from corpus.guide import Guide, Sentence
from index.confidence import Confidence, judge, load_weights
from index.encoder import Encoder
from index.search import Index

SURE_FROM = 0.5
PLAIN_ROUTE_FROM = 0.8  # so sure the trained layers have to be of small talk or a booking here
MOST = 3
CLOSE = 0.88  # a further sentence has to come this near to the best


class PlainAnswers:
    """Answers from guides of which only the text is known."""

    def __init__(self, index: Index, trained: Encoder) -> None:
        self.guides: tuple[Guide, ...] = index.guides
        self._index = index
        self._weights = load_weights()
        self._by_name = {guide.name: guide for guide in index.guides}
        self._routes = lru_cache(maxsize=1024)(
            lambda text: layers_say(trained.encode([text]))[0].tolist()
        )

    def opinions(self, texts: Sequence[str]) -> list[Opinion]:
        """How each of `texts` sounds to the trained layers."""
        questions = [clean(text).question for text in texts]
        return [NO_OPINION if is_foreign(q) else opinion(self._routes(q)) for q in questions]

    def answer(self, questions: Sequence[str]) -> Found:
        """What the guides say of the last of `questions`."""
        last = questions[-1]
        text = last
        if len(questions) > 1 and leans_back(last):
            text = anchors(questions[:-1])[0] + JOINT + last
        encoded = self._index.encoder.encode([text])
        routes = dict(zip(ROUTES, self._routes(text), strict=True))
        for found in (Found("booking"), Found("small_talk")):
            if routes[found.kind] >= PLAIN_ROUTE_FROM:
                return found
        sure = judge(self._index, text, self._weights, asked=encoded)
        trace: dict[str, Any] = {
            "question": text, "sure": round(sure.probability, 3), "sure_from": SURE_FROM,
            "signals": {name: round(value, 3) for name, value in sure.signals.items()},
        }  # fmt: skip
        told = self._told(sure, trace) if sure.probability >= SURE_FROM else None
        return told or self._silent(sure, last, trace)

    def _told(self, sure: Confidence, trace: dict[str, Any]) -> Found | None:
        """The nearest sentences as an answer, in the guide's order."""
        chosen = sorted(_nearest(sure), key=lambda s: (s.guide, s.index))
        shown = tuple(s for s in chosen if stands_in_guide(s, self._by_name))
        cited, citations = cite(shown, self._by_name)
        if not shown:
            return None
        return Found("answer", write(cited, shown), shown, cited, citations, trace=trace)

    def _silent(self, sure: Confidence, last: str, trace: dict[str, Any]) -> Found:
        """The plain no, with the nearest heading as such."""
        lines = [phrases.NOT_COVERED]
        if sure.sentences and sure.sentences[0].sentence.heading:
            lines.append(phrases.NEAREST.format(heading=sure.sentences[0].sentence.heading))
        lines.append(phrases.ONWARD["spa"])
        return Found("not_covered", " ".join(lines), not_covered=(last,), onward="spa", trace=trace)


def _nearest(sure: Confidence) -> list[Sentence]:
    if not sure.sentences:
        return []
    best = sure.sentences[0].cosine
    return [near.sentence for near in sure.sentences[:MOST] if near.cosine >= CLOSE * best]
