"""From a standalone question to what the guide says of it, or a plain no.

Owns the decision per question and per part, the composition, and the check of citations. Two ways
of answering share one shape: `GuideAnswers` for a guide with ways of asking, and
`assistant.elsewhere` for any other folder of Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from assistant import phrases
from assistant.citations import cite, stands_in_guide
from assistant.cleaning import clean
from assistant.composition import arrange, choose, write
from assistant.conversation import leaning, leans_back, standalone
from assistant.parts import split_parts
from assistant.reading.labels import ROUTES
from assistant.reading.reader import Reader, Reading
from assistant.reply import Citation, CitedSentence
from assistant.small_talk import is_foreign
from assistant.triage import Opinion
from corpus.asking import JOINT
from corpus.guide import Guide, Sentence

SHORT = 8  # words up to which a question that finds nothing alone may lean on the one before
SURE_OF_GAP = 0.5  # so sure of "not covered" a part has to be before it is told apart
Kind = Literal["answer", "not_covered", "booking", "small_talk"]


@dataclass(frozen=True)
class Found:
    """What came of a question; `shown` are the sentences whose citations passed the check."""

    kind: Kind
    text: str = ""
    shown: tuple[Sentence, ...] = ()
    cited: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    not_covered: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    onward: str = ""
    wants_spa: bool = False
    trace: dict[str, Any] = field(default_factory=dict)


# The layers have learnt English only; other languages are the rules' alone.
BENIGN = Opinion(0.0, 0.0, 0.0, 1.0)


def opinion(routes: Sequence[float]) -> Opinion:
    """Probabilities of ROUTES, as triage reads them."""
    said = dict(zip(ROUTES, routes, strict=True))
    emergency, urgent, ask_first = said["emergency"], said["urgent"], said["ask_first"]
    return Opinion(emergency, urgent, ask_first, benign=1 - emergency - urgent - ask_first)


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
        self._reader = reader
        self._suggestions = suggestions

    def _read_one(self, text: str) -> Reading:
        return self._reader.read([text])[0]

    def opinions(self, texts: Sequence[str]) -> list[Opinion]:
        """How each of `texts` sounds; the readings are shared with the answer."""
        questions = [clean(text).question for text in texts]
        readings = self._reader.read(questions)
        return [
            BENIGN if is_foreign(text) else opinion(list(reading.routes.values()))
            for text, reading in zip(questions, readings, strict=True)
        ]

    def answer(self, questions: Sequence[str]) -> Found:
        """What the guide says of the last of `questions`."""
        text = self._standalone(questions)
        whole = self._read_one(text)
        parts = self._parts(questions[-1]) if text == questions[-1] else []
        trace = self._trace(whole, parts)
        kinds = [self._kind(part) for part in parts] or [self._kind(whole)]
        if "answer" not in kinds:
            return self._without_answer(kinds, whole, parts, questions, trace)
        readings = [p for p, kind in zip(parts or [whole], kinds, strict=True) if kind == "answer"]
        sentences = self._sentences(readings, questions[-1])
        missing = tuple(
            part.text.split(JOINT)[-1]
            for part, kind in zip(parts, kinds, strict=False)
            if kind == "not_covered"
        )
        told = self._told(
            sentences, questions, trace, missing=missing, wants_spa="booking" in kinds
        )
        return told or self._silent(whole, (questions[-1],), trace)

    def with_pick(
        self, found: Found, questions: Sequence[str], picked: Sequence[Sentence]
    ) -> Found:
        """`found` with other sentences in its place, or as a plain no where none was picked."""
        trace = {**found.trace, "picked": [sentence.index for sentence in picked]}
        missing, wants = found.not_covered if found.kind == "answer" else (), found.wants_spa
        told = (
            self._told(picked, questions, trace, missing=missing, wants_spa=wants)
            if picked
            else None
        )
        reading = self._read_one(self._standalone(questions))
        return told or self._silent(reading, (questions[-1],), trace)

    def _told(
        self, sentences: Sequence[Sentence], questions: Sequence[str], trace: dict[str, Any], *,
        missing: tuple[str, ...] = (), wants_spa: bool,
    ) -> Found | None:  # fmt: skip
        """The answer that `sentences` make, without those that fail the check; None if all do."""
        cited, citations = cite(sentences, self._by_name)
        shown = tuple(s for s in sentences if stands_in_guide(s, self._by_name))
        if not shown:
            return None
        body = write(cited, shown)
        text = f"{body}\n\n{phrases.PARTLY}" if missing else body
        following = self._next(shown[0].section, questions)
        return Found(
            "answer", text, shown, cited, citations, missing, following, "", wants_spa, trace
        )

    def _standalone(self, questions: Sequence[str]) -> str:
        """The last question as one of its own, with the earlier one that it leans on."""
        last = questions[-1]
        if len(questions) < 2:
            return last
        says_nothing = [self._kind(self._read_one(q)) == "small_talk" for q in questions[:-1]]
        text = standalone(questions, [*says_nothing, False])
        if text == last and len(last.split()) <= SHORT and not all(says_nothing):
            behind = leaning(questions, [*says_nothing, False])
            alone, joined = self._read_one(last), self._read_one(behind)
            if self._kind(alone) == "not_covered" and self._kind(joined) == "answer":
                return behind
        return text

    def _parts(self, question: str) -> list[Reading]:
        """The readings of the questions in one message, if each asks something of its own."""
        texts = split_parts(question)
        if len(texts) < 2:
            return []
        # A later part may lean on the first: "which oil should I get, and what is it for".
        leaning_texts = [JOINT.join((texts[0], t)) if leans_back(t) else t for t in texts[1:]]
        read = self._reader.read([texts[0], *leaning_texts])
        parts = [part for part in read if self._kind(part) != "small_talk"]
        told = [part for part in parts if self._tells_itself(part)]
        if len(told) < 2 or len({self._asks(part) for part in told}) < 2:
            return []
        if not any(self._kind(part) == "answer" for part in told):
            return []
        return told

    def _tells_itself(self, part: Reading) -> bool:
        kind = self._kind(part)
        if kind == "not_covered":
            return 1 - part.answered >= SURE_OF_GAP
        return True

    def _asks(self, part: Reading) -> object:
        kind = self._kind(part)
        return (kind, int(part.facts.argmax())) if kind == "answer" else kind

    def _kind(self, reading: Reading) -> Kind:
        """The decision: the likeliest route, answer against gap at the calibrated point."""
        decision = reading.decision
        asked = decision["answer"] + decision["gap"] + decision["safety"]
        if decision["booking"] > max(asked, decision["small_talk"]):
            return "booking"
        if decision["small_talk"] > asked:
            return "small_talk"
        return (
            "answer" if reading.answered >= self._reader.calibration.answer_from else "not_covered"
        )

    def _sentences(self, readings: Sequence[Reading], question: str) -> list[Sentence]:
        """The answer's sentences: part by part, each part in the guide's order."""
        found: list[Sentence] = []
        places = {id(sentence): i for i, sentence in enumerate(self._reader.sentences)}
        for reading in readings:
            chosen = choose(
                reading.facts, self._reader.sentences, self._reader.calibration.fact_from
            )
            weights = [float(reading.facts[places[id(s)]]) for s in chosen]
            asked = reading.text if len(readings) > 1 else question
            found += [s for s in arrange(chosen, weights, asked) if s not in found]
        return found

    def _without_answer(
        self, kinds: Sequence[Kind], whole: Reading, parts: Sequence[Reading],
        questions: Sequence[str], trace: dict[str, Any],
    ) -> Found:  # fmt: skip
        if "booking" in kinds:
            return Found("booking", trace=trace)
        if kinds == ["small_talk"]:
            return Found("small_talk", trace=trace)
        asked = tuple(part.text.split(JOINT)[-1] for part in parts) or (questions[-1],)
        return self._silent(whole, asked, trace)

    def _silent(self, reading: Reading, asked: tuple[str, ...], trace: dict[str, Any]) -> Found:
        """The plain no, the nearest topic as such, and the way onward."""
        nearest = self._reader.sentences[int(reading.facts.argmax())]
        lines = [phrases.NOT_COVERED]
        if reading.onward != "nobody":
            lines.append(phrases.NEAREST.format(heading=nearest.heading))
        lines.append(phrases.ONWARD[reading.onward])
        section = nearest.section if reading.onward != "nobody" else "starters"
        trace = {**trace, "nearest": nearest.section, "onward": reading.onward}
        return Found(
            "not_covered", " ".join(lines), not_covered=asked, onward=reading.onward,
            suggestions=self._next(section, asked), trace=trace,
        )  # fmt: skip

    def _next(self, section: str, asked: Sequence[str]) -> tuple[str, ...]:
        """What to ask next, without what was asked already."""
        told = {question.lower().rstrip("?") for question in asked}
        found = self._suggestions.get(section, ())
        return tuple(q for q in found if q.lower().rstrip("?") not in told)[:3]

    def _trace(self, whole: Reading, parts: Sequence[Reading]) -> dict[str, Any]:
        top = whole.facts.argsort()[::-1][:4]
        return {
            "question": whole.text,
            "parts": [part.text for part in parts],
            "decision": {name: round(value, 3) for name, value in whole.decision.items()},
            "answered": round(whole.answered, 3),
            "answer_from": self._reader.calibration.answer_from,
            "facts": {self._reader.fact_ids[i]: round(float(whole.facts[i]), 3) for i in top},
            "nearest_asked": [list(pair) for pair in whole.neighbours],
        }
