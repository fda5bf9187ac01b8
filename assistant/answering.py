"""From a standalone question to what the guide says of it, or a plain no.

Owns the decision per question and per part, the composition, and the check of citations. Two ways
of answering share one shape: `GuideAnswers` for a guide with ways of asking, and
`assistant.elsewhere` for any other folder of Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from assistant import phrases
from assistant.citations import cite, stands_in_guide
from assistant.cleaning import clean
from assistant.composition import arrange, choose, with_all_steps, with_cautions, write
from assistant.deciding import Decider, Kind, Part
from assistant.reading.labels import ROUTES
from assistant.reading.reader import Reader, Reading
from assistant.reply import Citation, CitedSentence
from assistant.small_talk import is_foreign
from assistant.triage import Opinion
from corpus.guide import Guide, Sentence


@dataclass(frozen=True)
class Found:
    """What came of a question; `shown` are the sentences whose citations passed the check.

    `of_spa` is the part of the message that wants something of the spa itself.
    """

    kind: Kind
    text: str = ""
    shown: tuple[Sentence, ...] = ()
    cited: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    not_covered: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    onward: str = ""
    of_spa: str = ""
    trace: dict[str, Any] = field(default_factory=dict)


# The layers have learnt English only; other languages are the rules' alone, and nothing is vetoed.
NO_OPINION = Opinion(0.0, 0.0, 0.0, 0.0)


def opinion(routes: Sequence[float], danger: float = 1.0) -> Opinion:
    """Probabilities of ROUTES, and that of danger at all, as triage reads them."""
    said = dict(zip(ROUTES, routes, strict=True))
    emergency, urgent, ask_first = said["emergency"], said["urgent"], said["ask_first"]
    benign = 1 - emergency - urgent - ask_first
    return Opinion(emergency, urgent, ask_first, benign, danger)


def step_alone(step: Sentence, guides: Sequence[Guide]) -> Found | None:
    """What a message gets that asks for this one step; None if the guides hold it no more."""
    cited, citations = cite([step], {guide.name: guide for guide in guides})
    if not cited:
        return None
    trace = {"step": step.index}
    return Found("answer", write(cited, [step]), (step,), cited, citations, trace=trace)


class Answerer(Protocol):
    """Answers the last of a conversation's questions."""

    @property
    def guides(self) -> tuple[Guide, ...]:
        """The guides as they are served now."""

    def answer(self, questions: Sequence[str]) -> Found:
        """What the guides say of the last of `questions`; the earlier ones are its context."""

    def opinions(self, texts: Sequence[str]) -> list[Opinion]:
        """Triage's second reader: how each of `texts` sounds to the trained layers."""


class GuideAnswers:
    """Answers from a guide whose ways of asking are known."""

    def __init__(
        self, reader: Reader, guides: Sequence[Guide], suggestions: Mapping[str, Sequence[str]]
    ) -> None:
        self.guides = tuple(guides)
        self._by_name = {guide.name: guide for guide in guides}
        self._every = [sentence for guide in guides for sentence in guide.sentences]
        self._reader = reader
        self._decider = Decider(reader)
        self._suggestions = suggestions

    def opinions(self, texts: Sequence[str]) -> list[Opinion]:
        """How each of `texts` sounds; the readings are shared with the answer."""
        questions = [clean(text).question for text in texts]
        english = [question for question in questions if not is_foreign(question)]
        said = {
            reading.text: opinion(list(reading.routes.values()), reading.decision["safety"])
            for reading in self._reader.read(english)
        }
        return [said.get(question, NO_OPINION) for question in questions]

    def answer(self, questions: Sequence[str]) -> Found:
        """What the guide says of the last of `questions`."""
        text = self._decider.standalone(questions)
        whole = self._decider.read(text)
        found = self._decider.parts(text, whole) if text == questions[-1] else []
        parts = found or [Part(self._decider.kind(whole), whole)]
        trace = self._trace(whole, found)
        if not any(part.kind == "answer" for part in parts):
            return self._without_answer(parts, whole, trace)
        sentences = self._sentences(parts, whole, questions[-1])
        told = self._told(
            sentences, questions, trace, missing=_texts(parts, "not_covered"),
            of_spa=" ".join(_texts(parts, "booking")),
        )  # fmt: skip
        return told or self._silent(whole, (questions[-1],), trace)

    def with_pick(
        self, found: Found, questions: Sequence[str], picked: Sequence[Sentence]
    ) -> Found:
        """`found` with other sentences in its place, or as a plain no where none was picked."""
        trace = {**found.trace, "picked": [sentence.index for sentence in picked]}
        missing = found.not_covered if found.kind == "answer" else ()
        picked = with_cautions(with_all_steps(picked, self._every), self._reader.cautions)
        told = (
            self._told(picked, questions, trace, missing=missing, of_spa=found.of_spa)
            if picked
            else None
        )
        reading = self._decider.read(self._decider.standalone(questions))
        return told or replace(self._silent(reading, (questions[-1],), trace), of_spa=found.of_spa)

    def _told(
        self, sentences: Sequence[Sentence], questions: Sequence[str], trace: dict[str, Any], *,
        missing: tuple[str, ...] = (), of_spa: str = "",
    ) -> Found | None:  # fmt: skip
        """The answer that `sentences` make, without those that fail the check; None if all do."""
        cited, citations = cite(sentences, self._by_name)
        shown = tuple(s for s in sentences if stands_in_guide(s, self._by_name))
        if not shown:
            return None
        body = write(cited, shown)
        text = f"{body}\n\n{phrases.PARTLY}" if missing else body
        following = self._next(shown[0].section, questions)
        return Found("answer", text, shown, cited, citations, missing, following, "", of_spa, trace)

    def _sentences(self, parts: Sequence[Part], whole: Reading, question: str) -> list[Sentence]:
        """The answer's sentences: part by part, each part in the guide's order.

        What the whole message is read to need belongs to it too, where it asks several things.
        """
        found: list[Sentence] = []
        readings = [part.reading for part in parts if part.kind == "answer"]
        if len(parts) > 1 and all(reading is not whole for reading in readings):
            readings.append(whole)
        places = {id(sentence): i for i, sentence in enumerate(self._reader.sentences)}
        for reading in readings:
            chosen = choose(
                reading.facts, self._reader.sentences, self._reader.calibration.fact_from
            )
            chosen = with_cautions(chosen, self._reader.cautions)
            weights = [float(reading.facts[places[id(s)]]) for s in chosen]
            asked = reading.text if len(readings) > 1 else question
            found += arrange(chosen, weights, asked)
        return list(dict.fromkeys(found))

    def _without_answer(
        self, parts: Sequence[Part], whole: Reading, trace: dict[str, Any]
    ) -> Found:
        missing = _texts(parts, "not_covered")
        if any(part.kind == "booking" for part in parts):
            return Found("booking", not_covered=missing, trace=trace)
        if not missing:
            return Found("small_talk", trace=trace)
        return self._silent(whole, missing, trace)

    def _silent(self, reading: Reading, asked: tuple[str, ...], trace: dict[str, Any]) -> Found:
        """The plain no, the nearest topic as such, and the way onward."""
        onward = self._reader.onward(reading)
        nearest = self._reader.nearest_topic(reading) if onward != "nobody" else None
        lines = [phrases.NOT_COVERED]
        if nearest:
            lines.append(phrases.NEAREST.format(heading=nearest.heading))
        lines.append(phrases.ONWARD[onward])
        section = nearest.section if nearest else "starters"
        trace = {**trace, "nearest": nearest and nearest.section, "onward": onward}
        return Found(
            "not_covered", " ".join(lines), not_covered=asked, onward=onward,
            suggestions=self._next(section, asked), trace=trace,
        )  # fmt: skip

    def _next(self, section: str, asked: Sequence[str]) -> tuple[str, ...]:
        """What to ask next, without what was asked already."""
        told = {question.lower().rstrip("?") for question in asked}
        found = self._suggestions.get(section, ())
        return tuple(q for q in found if q.lower().rstrip("?") not in told)[:3]

    def _trace(self, whole: Reading, parts: Sequence[Part]) -> dict[str, Any]:
        top = whole.facts.argsort()[::-1][:4]
        return {
            "question": whole.text,
            "parts": [part.text for part in parts],
            "decision": {name: round(value, 3) for name, value in whole.decision.items()},
            "asks": {name: round(value, 3) for name, value in whole.asks.items()},
            "answered": round(whole.answered, 3),
            "answer_from": self._reader.calibration.answer_from,
            "facts": {self._reader.fact_ids[i]: round(float(whole.facts[i]), 3) for i in top},
            "nearest_asked": [list(pair) for pair in whole.neighbours],
        }


def _texts(parts: Sequence[Part], kind: Kind) -> tuple[str, ...]:
    return tuple(part.text for part in parts if part.kind == kind)
