"""What takes a finding back (healed history, curiosity, other beings), and what ends a stop.

Owns how far each of these reaches, which is never further than its own sentence and those beside
it. So nothing said elsewhere can lower a level. Negation is read in `denial`, and idioms are
blanked in `matching`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from assistant.reply import STOP_LEVELS
from assistant.triage.matching import Spans
from assistant.triage.reading import Reading
from corpus.safety import Condition

Found = dict[str, Spans]

_NEAR_WORDS = 8  # words between a finding and what places it long ago
_LONGEST = 100  # words of what places it long ago, at the very most
_OPENING = 3  # words in which a sentence says that it goes on from the one before
_SHORT_TURN = 8  # words of a message that says no more than "start over"
_RULED_OUT = 4  # words before a bad result in which a "no" takes it back
_NOT_SO = frozenset(
    "no not nothing never isnt wasnt arent werent without ruled out any dont".split()
)
_SOMEBODY_ELSE = frozenset("he him his she her hers they them".split())
_FAR_CAUSES = frozenset(
    "by off from with of into over walking on in at under after during like".split()
)

# After one of these a sentence may be of something else: "my dog is fine, but I can't pee".
_TURNING = frozenset("but yet however while whereas now".split())
# Between "my cat" and a finding these show that it is somebody's: "fed the cat and says she ...".
_SOMEBODY = frozenset("me i my him her says said".split())


@dataclass(slots=True)
class Excuses:
    """Where in the talk a finding does not count, worked out once a conversation."""

    reading: Reading
    found: Found
    healed: set[int] = field(init=False)  # sentences
    person: set[int] = field(init=False)  # sentences
    particular: set[int] = field(init=False)  # sentences
    asked: dict[int, int] = field(init=False)  # clause -> first word of the asking
    general: dict[int, int] = field(init=False)  # the same, where nobody in particular is meant
    studied: set[int] = field(init=False)  # clauses
    sentence_of: dict[int, int] = field(init=False)  # clause -> sentence
    past: list[tuple[int, int]] = field(init=False)  # words of long ago, by their start

    def __post_init__(self) -> None:
        self.healed = self._sentences("past") & self._sentences("healed")
        self.person = self._sentences("person")
        self.particular = self._sentences("particular")
        self.asked, self.general = (
            self._first_in_clause("asking"),
            self._first_in_clause("generally"),
        )
        self.studied = set()
        self.sentence_of = dict(zip(self.reading.clause, self.reading.sentence, strict=True))
        past = self.found.get("past", {})
        self.past = sorted((at, max(ends)) for at, ends in past.items())
        sufferer = self._sentences("sufferer")
        for at in self.found.get("coursework", ()):
            if self.reading.sentence[at] not in sufferer:
                self.studied |= self._clauses_beside(at)
        self.studied |= {self.reading.clause[at] for at in self.found.get("curious", ())}

    def count(self, condition: Condition, start: int) -> bool:
        """Whether a finding at word `start` counts for `condition`."""
        sentence = self.reading.sentence[start]
        if condition.heals and sentence in self.healed:
            return False
        if condition.past and self._near_past(start):
            return False
        if self._academic(start):
            return condition.group.startswith("crisis") and sentence in self.person
        # "The car was hit from behind" tells of an accident all the same.
        accident = condition.past and condition.level in STOP_LEVELS
        return accident or not self._nonhuman(start)

    def _academic(self, start: int) -> bool:
        """Whether the finding is only asked about ("what does sepsis mean") or studied."""
        clause = self.reading.clause[start]
        if self.reading.sentence[start] not in self.person and clause in self.asked:
            return self.asked[clause] <= start
        if self.reading.sentence[start] not in self.particular and clause in self.general:
            return self.general[clause] <= start
        return clause in self.studied

    def _near_past(self, start: int) -> bool:
        """Whether a word of long ago stands within eight words in the same clause."""
        first = bisect_left(self.past, (start - _NEAR_WORDS - _LONGEST, 0))
        last = bisect_right(self.past, (start + _NEAR_WORDS, len(self.reading.words)))
        return any(
            start - end <= _NEAR_WORDS
            and self.reading.clause[at] == self.reading.clause[start]
            and _TURNING.isdisjoint(self.reading.words[end:start])
            for at, end in self.past[first:last]
        )

    def _nonhuman(self, start: int) -> bool:
        """Whether the subject shortly before is an animal or a thing: "my cat is pregnant"."""
        spans = self.found.get("nonhuman", {})
        for at in range(max(0, start - 5), start + 1):
            if at in spans and self.reading.clause[at] == self.reading.clause[start]:
                before = self.reading.words[at - 1] if at else ""
                between = self.reading.words[max(spans[at]) : start]
                if before not in _FAR_CAUSES and (_SOMEBODY | _TURNING).isdisjoint(between):
                    return True
        return False

    def _clauses_beside(self, at: int) -> set[int]:
        """The clause of word `at` and those beside it in the same sentence."""
        clause, sentence = self.reading.clause[at], self.reading.sentence[at]
        beside = range(clause - 1, clause + 2)
        return {c for c in beside if self.sentence_of.get(c) == sentence}

    def _first_in_clause(self, name: str) -> dict[int, int]:
        clause = self.reading.clause
        return {clause[at]: at for at in sorted(self.found.get(name, ()), reverse=True)}

    def _sentences(self, name: str) -> set[int]:
        return {self.reading.sentence[at] for at in self.found.get(name, ())}


@dataclass(frozen=True, slots=True)
class Cleared:
    """Up to which word (exclusive) findings no longer count: stops, ask-first, and lumps alone."""

    stops: int = 0
    ask_first: int = 0
    lumps: int = 0


def cleared_up_to(reading: Reading, found: Found) -> Cleared:
    """How far a professional's check, told by the visitor, or a fresh start has cleared the talk.

    A check that came out well covers its own sentence too, up to a "but now ..."; one whose
    result is not told covers only what was said before it. A check of a lump tells of lumps alone.
    Ask-first ends only where a clinician agreed to massage as such: "fine as long as you avoid the
    scar" leaves it standing.
    """
    stops = ask_first = lumps = 0
    of_lumps = {reading.sentence[at] for at in found.get("checked_lump", ())}
    doubtful = _doubtful(reading, found)
    allowed = found.get("massage_ok", {})
    provisos = _provisos(reading, found)
    good_until = _ends_of_good_news(reading, found)
    for start, end, fine in _checks(found):
        if reading.sentence[start] not in doubtful:
            within = end < len(good_until) and reading.sentence[end] == reading.sentence[end - 1]
            reach = (good_until[end] if within else end) if fine else start
            lumps = max(lumps, reach)
            if reading.sentence[start] not in of_lumps:
                stops = max(stops, reach)
            agreed = any(at in allowed for at in range(max(0, start - 12), end + 9))
            if agreed and not provisos.limit(reading, start, end):
                ask_first = max(ask_first, reach)
    for start, ends in found.get("start_over", {}).items():
        first, after = _turn_bounds(reading, start)
        beside = {*range(first, start), *range(max(ends), after)}
        if after - first <= _SHORT_TURN and beside <= found.get("start_over_beside", {}).keys():
            stops, ask_first = max(stops, first), max(ask_first, first)
            lumps = max(lumps, first)
    return Cleared(stops, ask_first, lumps)


def _doubtful(reading: Reading, found: Found) -> set[int]:
    """The sentences whose check takes nothing back.

    It lies ahead, is refused, asked about or imagined; it comes from a friend or a screen; it came
    out badly; or it was somebody else who was looked at.
    """
    sentence = reading.sentence
    doubted = {sentence[at] for n in ("check_doubted", "friendly") for at in found.get(n, ())}
    for at in found.get("bad_result", ()):
        before = reading.words[max(0, at - _RULED_OUT) : at]
        if _NOT_SO.isdisjoint(before):
            doubted.add(sentence[at])
    spoken_of: set[str] = set()
    last = 0
    for at in sorted(found.get("relative", ())):
        spoken_of.update(reading.words[last:at])
        last = at
        if not spoken_of & ({reading.words[at]} | _SOMEBODY_ELSE):
            doubted.add(sentence[at])
    return doubted


@dataclass(frozen=True, slots=True)
class _Provisos:
    """The sentences with a proviso, and those that begin with one, with their message."""

    inside: set[int]
    opening: dict[int, int]

    def limit(self, reading: Reading, start: int, end: int) -> bool:
        """Whether words `start` to `end` have a proviso: beside them, or right after."""
        first, last = reading.sentence[start], reading.sentence[end - 1]
        beside = any(sentence in self.inside for sentence in range(first, last + 1))
        return beside or self.opening.get(last + 1) == reading.turn[start]


def _provisos(reading: Reading, found: Found) -> _Provisos:
    sentence, places = reading.sentence, found.get("proviso", {})
    opening = {
        sentence[at]: reading.turn[at]
        for at in places
        if sum(s == sentence[at] for s in sentence[max(0, at - _OPENING) : at]) < _OPENING
    }
    return _Provisos({sentence[at] for at in places}, opening)


def _turn_bounds(reading: Reading, at: int) -> tuple[int, int]:
    """First word of the message around word `at`, and the first word after it.

    Only a few words are looked at, for a longer message is no mere "start over".
    """
    first = after = at
    while first > 0 and reading.turn[first - 1] == reading.turn[at] and at - first <= _SHORT_TURN:
        first -= 1
    while after < len(reading.turn) and reading.turn[after] == reading.turn[at]:
        after += 1
        if after - first > _SHORT_TURN:
            break
    return first, after


def _checks(found: Found) -> list[tuple[int, int, bool]]:
    return [
        (start, max(ends), name == "professional_ok")
        for name in ("professional_ok", "professional_check")
        for start, ends in found.get(name, {}).items()
    ]


def _ends_of_good_news(reading: Reading, found: Found) -> list[int]:
    """From each word on: the end of its sentence, or the next "but", "however", "now" in it."""
    turning, sentence = found.get("turn_again", {}), reading.sentence
    ends = list(range(1, len(sentence) + 1))
    for at in reversed(range(len(sentence))):
        if at in turning:
            ends[at] = at
        elif at + 1 < len(sentence) and sentence[at + 1] == sentence[at]:
            ends[at] = ends[at + 1]
    return ends
