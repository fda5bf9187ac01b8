"""What a message asks: its kind, and its parts where it asks several things.

Owns the decision from readings to kinds, and which of the ways to take a message apart is the
right one. It reads through the reader it is given and composes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.conversation import anchors, leans_back
from assistant.parts import cuts, is_question, sentences, split_parts
from assistant.reading.reader import Reader, Reading
from assistant.small_talk import is_foreign
from corpus.asking import JOINT

SHORT = 8  # words up to which a message may lean on one before, whatever its words
CLEARER = 0.02  # by more than this, of 1, so that a new topic does not drag the old one along
CLEARLY = 3.0  # so many times likelier than a question a wish for the spa has to be
SURE_OF_GAP = 0.5  # so sure of "not covered" a part has to be before it is told apart
ASKED = 0.5  # from here on the trained layers are taken to have seen a question of that kind
# How surely a sentence alone, or the whole, has to ask a further thing beside an answer; chosen on
# messages that the layers had not been taught on, where one or two of a hundred are seen falsely.
FURTHER: dict[Kind, float] = {"booking": 0.8, "not_covered": 0.7}
BESIDE_NO_ANSWER = 0.85  # what is not covered may be a price or an hour of somebody else's
BARELY = 0.3  # an answer that is less sure than this is left out beside a wish for the spa
Kind = Literal["answer", "not_covered", "booking", "small_talk"]
_SIDES: tuple[tuple[str, Kind], ...] = (
    ("answer", "answer"), ("gap", "not_covered"), ("booking", "booking"),
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One thing that is asked: the words that ask it, their reading, and what it is."""

    kind: Kind
    reading: Reading

    @property
    def text(self) -> str:
        """The words, without those that they lean on."""
        return self.reading.text.split(JOINT)[-1]


class Decider:
    """Decides by the calibrated readings of one reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, text: str) -> Reading:
        """The reading of one text."""
        return self._reader.read([text])[0]

    def kind(self, reading: Reading) -> Kind:
        """The likeliest route; answer against gap at the calibrated point."""
        decision = reading.decision
        asked = decision["answer"] + decision["gap"] + decision["safety"]
        if decision["booking"] > CLEARLY * max(asked, decision["small_talk"]):
            return "booking"
        if decision["small_talk"] > decision["answer"] + decision["gap"]:  # triage saw no danger
            return "small_talk"
        answered = reading.answered >= self._reader.calibration.answer_from
        return "answer" if answered else "not_covered"

    def standalone(self, questions: Sequence[str]) -> str:
        """The last question as one of its own, with the earlier one that it leans on.

        That is the latest question that stands alone, or what was said since, whichever makes it
        clearest. A short message leans even where its words do not say so, if it is the clearer for
        it.
        """
        last = questions[-1]
        earlier = [q for q in questions[:-1] if not self._says_nothing(q)]
        leans = leans_back(last)
        if not earlier or not (leans or len(last.split()) <= SHORT):
            return last
        joined = [anchor + JOINT + last for anchor in anchors(earlier)]
        alone, *readings = self._reader.read([last, *joined])
        behind, reading = max(
            zip(joined, readings, strict=True), key=lambda each: self._clearness(each[1])
        )
        if not leans:
            gain = self._clearness(reading) - self._clearness(alone)
            return behind if gain > CLEARER else last
        if not leans_back(split_parts(last)[0]):
            # "what is kneading and who invented it": only the second part leans, on the first.
            return last if self.parts(last, alone) else behind
        return behind

    def _says_nothing(self, question: str) -> bool:
        """Whether nothing can lean on it: small talk, or another language."""
        return is_foreign(question) or self.kind(self.read(question)) == "small_talk"

    def _clearness(self, reading: Reading) -> float:
        """How surely the guide answers, or the spa is meant; 0 for anything else."""
        kind = self.kind(reading)
        if kind == "booking":
            return reading.decision["booking"]
        return reading.answered * float(reading.facts.max()) if kind == "answer" else 0.0

    def parts(self, question: str, whole: Reading) -> list[Part]:
        """The parts of a message that asks several things; none where it asks one."""
        found = self._taken_apart(question, whole)
        first = found or [Part(self.kind(whole), whole)]
        told = {part.kind for part in first}
        further = self._further(question, whole, answered="answer" in told, apart=bool(found))
        more = [part for part in further if part.kind not in told]
        if not more:
            return found
        parts = [*first, *more]
        wish = any(part.kind == "booking" for part in parts)
        # "My back is tired, so Tuesday at six, please" wants a massage, and no lesson on backs.
        return [
            part for part in parts
            if not (wish and part.kind == "answer" and _sureness(part) < BARELY)
        ]  # fmt: skip

    def _taken_apart(self, question: str, whole: Reading) -> list[Part]:
        """The parts in order, where the message can be taken apart and is seen to ask several."""
        several = whole.asks["several"] >= self._reader.calibration.several_from
        told = self._apart(split_parts(question))
        if told and (several or any(part.kind == "answer" for part in told)):
            return told
        if not several:
            return []
        return self._best_cut(question) or self._by_the_whole(whole)

    def _further(self, question: str, whole: Reading, *, answered: bool, apart: bool) -> list[Part]:
        """What a sentence of the message surely asks by itself, beside what is `answered` or not.

        Of a message that could not be taken `apart`, also what the whole is seen to ask.
        """
        texts = sentences(question)
        texts = texts if len(texts) > 1 else []
        found: dict[Kind, tuple[float, Part]] = {}
        readings = self._reader.read(texts)  # as triage has had them read already
        for text, reading in zip(texts, readings, strict=True):
            part = Part(self.kind(reading), reading)
            if part.kind not in FURTHER or (part.kind == "not_covered" and not is_question(text)):
                continue  # a story between the questions is no question
            sure = _sureness(part)
            least = FURTHER[part.kind] if answered else BESIDE_NO_ANSWER
            if sure >= least and sure > found.get(part.kind, (0.0, part))[0]:
                found[part.kind] = sure, part
        for side, kind in _SIDES[1:]:
            if answered and not apart and whole.asks[side] >= FURTHER[kind]:
                found.setdefault(kind, (0.0, Part(kind, whole)))
        return [part for _, part in found.values()]

    def _apart(self, texts: Sequence[str]) -> list[Part]:
        """`texts` as parts that each ask something of their own; none if they do not."""
        if len(texts) < 2:
            return []
        first, *later = texts
        behind = {text: JOINT.join((first, text)) for text in later if leans_back(text)}
        self._reader.read([*texts, *behind.values()])  # all in one pass
        parts = [self._part(first)]
        parts += [self._later_part(text, behind.get(text), parts[0]) for text in later]
        told = [part for part in parts if _tells_itself(part)]
        return told if len({_asks(part) for part in told}) > 1 else []

    def _part(self, text: str) -> Part:
        reading = self.read(text)
        return Part(self.kind(reading), reading)

    def _later_part(self, text: str, behind: str | None, first: Part) -> Part:
        """`text` alone, or `behind` the first part: "which oil do I get, and what is it for".

        It leans only where that tells something new: else the first question would be read twice.
        """
        alone = self._part(text)
        if behind is None:
            return alone
        joined = self._part(behind)
        return joined if joined.kind == "answer" and _asks(joined) != _asks(first) else alone

    def _best_cut(self, question: str) -> list[Part]:
        """The cut whose two parts are surest; none if no cut leaves two things asked."""
        pairs = cuts(question)
        self._reader.read([text for pair in pairs for text in pair])  # all in one pass
        found = [parts for parts in map(self._apart, pairs) if len(parts) > 1]
        return max(found, key=lambda parts: min(map(_sureness, parts)), default=[])

    def _by_the_whole(self, whole: Reading) -> list[Part]:
        """What the whole message is seen to ask, where it cannot be taken apart."""
        seen = [Part(kind, whole) for side, kind in _SIDES if whole.asks[side] >= ASKED]
        return seen if len(seen) > 1 else []


def _tells_itself(part: Part) -> bool:
    if part.kind == "not_covered":
        return 1 - part.reading.answered >= SURE_OF_GAP
    return part.kind != "small_talk"


def _asks(part: Part) -> object:
    return (part.kind, int(part.reading.facts.argmax())) if part.kind == "answer" else part.kind


def _sureness(part: Part) -> float:
    decision = part.reading.decision
    if part.kind == "answer":
        return decision["answer"] * float(part.reading.facts.max())
    if part.kind == "not_covered":
        return decision["gap"] * (1 - part.reading.answered)
    return decision["booking"]
