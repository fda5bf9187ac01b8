"""The triage desk: one conversation in, one Verdict out, before anything else runs.

Owns the order of things: read, match, excuse, clear, judge, consult, and to be careful when any
of them fails. It is deterministic, opens nothing, and promises no diagnosis.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from traceback import extract_tb

from assistant.reply import STOP_LEVELS, Level
from assistant.triage.denial import negation
from assistant.triage.exculpation import Cleared, Excuses, Found, cleared_up_to
from assistant.triage.judging import Hit, RuleBook
from assistant.triage.matching import Matcher
from assistant.triage.passages import Passage, passages
from assistant.triage.reading import Reading, read
from assistant.triage.verdict import RANK, Opinion, SecondReader, Verdict
from corpus.safety import Condition, SafetyData

log = logging.getLogger(__name__)


LUMP = "lump"  # the one condition of which a check of a lump tells
_IN_VIEW = 60  # words that the second reader surely takes in at once


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability a second opinion raises a level, or vetoes a weak rule.

    No level is raised below `decided` (the calibrated decision) or `danger` (all levels together);
    from `ask_first` on the lowest is. Which one it is, their shares of `danger` tell: `emergency`,
    and `urgent` with the one above. Where a rule has found a level already ("I am pregnant"), these
    two have to be `above_rule` to go beyond it. `alone` is for a sentence out of its context.
    Chosen on messages that the reader at hand had not been taught on.
    """

    decided: float = 0.5
    danger: float = 0.5
    emergency: float = 0.25
    urgent: float = 0.4
    ask_first: float = 0.5
    above_rule: float = 0.4
    alone: float = 0.99
    veto: float = 0.9


class Triage:
    """Rules over the whole conversation, with an optional learned second reader.

    The second reader can raise a level where rules are silent, and can veto weak rules only.
    """

    def __init__(
        self,
        data: SafetyData,
        second_reader: SecondReader | None = None,
        thresholds: Thresholds = Thresholds(),
    ) -> None:
        self._data = data
        self._reader = second_reader
        self._thresholds = thresholds
        self._rules = RuleBook(data.conditions)
        self._matcher = Matcher(
            data.concepts,
            negators=data.exculpations.negators,
            real_words=data.real_words,
            exact=data.exact,
            idioms=data.idioms,
        )

    def by_rules_alone(self) -> Triage:
        """The same rules without the second reader."""
        alone = copy(self)
        alone._reader = None  # noqa: SLF001 a Triage as well
        return alone

    def assess(self, turns: Sequence[str]) -> Verdict:
        """The Verdict on the last of `turns`, messages from oldest to newest. Never raises."""
        try:
            return self._assess(_checked(turns))
        except Exception as error:  # noqa: BLE001 whatever goes wrong, the careful reply is right
            # The kind and the place alone: a message or a traceback may hold the visitor's words.
            where = extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400
                "triage failed (%s in %s, line %d); the visitor gets the careful reply",
                type(error).__name__, where.name, where.lineno,
            )  # fmt: skip
            return Verdict(self._data.replies, level="urgent", rule="failed", failed=True)

    def _assess(self, turns: Sequence[str]) -> Verdict:
        reading = read(turns)
        found = self._found(reading)
        cleared = cleared_up_to(reading, found)
        met = self._met(reading, found, cleared)
        if len(turns) > 1:  # half of what is said may stand in one message and half in the next
            for first in (0, 1):
                joined = read(turns, joined=first)
                told = self._met(joined, self._found(joined), cleared)
                met += [hit for hit in told if not hit.rule.question]
        if met and self._reader and any(hit.rule.weak for hit in met):
            met = self._unvetoed(met, turns)
        last = len(turns) - 1
        again = any(reading.turn[at] == last for at in found.get("asks_massage", ()))
        verdict = self._verdict(self._settled(met, found, reading.turn), last, again)
        gone = cleared.stops
        if not verdict.is_stop and cleared.lumps > gone and self._lump(reading, found):
            gone = cleared.lumps  # a lump was all there was, so its check ends the stop as well
        if gone and not verdict.is_stop:
            verdict = replace(verdict, cleared=True)
        first = _turn_after(gone, reading.turn, len(turns))
        return self._raised(verdict, turns, first, again=again)

    def _found(self, reading: Reading) -> Found:
        return self._matcher.find(reading, negation(self._data, reading))

    def _met(self, reading: Reading, found: Found, cleared: Cleared) -> list[Hit]:
        """The rules met by what is neither excused nor cleared."""
        excuses = Excuses(reading, found)

        def counts(condition: Condition, start: int) -> bool:
            gone = cleared.stops if condition.level in STOP_LEVELS else cleared.ask_first
            if condition.slug == LUMP:
                gone = cleared.lumps
            return start >= gone and excuses.count(condition, start)

        return self._rules.hits(reading, found, counts)

    def _lump(self, reading: Reading, found: Found) -> bool:
        """Whether the rules have found a lump, looked at since or not."""
        excuses = Excuses(reading, found)

        def counts(condition: Condition, start: int) -> bool:
            return condition.slug == LUMP and excuses.count(condition, start)

        return bool(self._rules.hits(reading, found, counts))

    def _settled(self, met: list[Hit], found: Found, turn_of: list[int]) -> list[Hit]:
        """Without the open questions that the same message, or a later one, has answered."""
        answers = {turn_of[at] for at in found.get("eases", ())}
        return [
            hit
            for hit in met
            if not (hit.rule.question and any(t >= max(hit.turns) for t in answers))
        ]

    def _verdict(self, met: list[Hit], last: int, again: bool) -> Verdict:
        """The highest hit; ask-first from an earlier message only stands.

        It is said `again` where the last message asks for that very massage.
        """
        if not met:
            return Verdict(self._data.replies)
        best = max(met, key=lambda hit: _weight(hit, last))
        level = best.condition.level
        standing: Level | None = None
        if any(hit.condition.level == "ask_first" for hit in met):
            standing = "ask_first"
        shown = level if level in STOP_LEVELS or last in best.turns or again else None
        question = self._data.replies.questions[best.rule.name] if best.rule.question else None
        return Verdict(
            self._data.replies,
            level=shown,
            standing=standing,
            condition=best.condition,
            rule=f"{best.condition.slug}/{best.rule.name}",
            words=best.words,
            question=question,
        )

    def _unvetoed(self, met: list[Hit], turns: Sequence[str]) -> list[Hit]:
        """`met` without weak hits in messages that the second reader finds surely benign.

        Each sentence of such a message has to be so, and all of it in the reader's view: no
        sentence beside a danger takes it back. A hit that several messages make together stays,
        because the reader sees each of them without the others.
        """
        weak = [hit for hit in met if hit.rule.weak and len(hit.turns) == 1]
        told = {turn for hit in weak for turn in hit.turns}
        sure = {turn for turn in told if self._surely_benign(turns[turn])}
        gone = [hit for hit in weak if hit.turns <= sure]
        return [hit for hit in met if hit not in gone]

    def _surely_benign(self, message: str) -> bool:
        if len(message.split()) > _IN_VIEW:
            return False
        opinions = self._consult([passage.text for passage in passages([message], 0)])
        return all(opinion.benign >= self._thresholds.veto for opinion in opinions)

    def _raised(
        self, verdict: Verdict, turns: Sequence[str], first: int, *, again: bool
    ) -> Verdict:
        """`verdict`, raised where the second reader finds danger that the rules do not.

        As with the rules, ask-first from an earlier message stands, and is said `again` where the
        last message asks for that very massage.
        """
        if self._reader is None or verdict.level == "emergency":
            return verdict
        texts = passages(turns, first)
        best: Level | None = None
        standing = verdict.standing
        for passage, opinion in zip(texts, self._consult([p.text for p in texts]), strict=True):
            level = self._heard(passage, opinion, verdict.level)
            if level == "ask_first":
                standing = level
                if passage.turn != len(turns) - 1 and not again:
                    continue
            if RANK[level] > RANK[best]:
                best = level
        if RANK[best] <= RANK[verdict.level]:
            if standing == verdict.standing:
                return verdict
            condition = verdict.condition or self._unclear("ask_first")
            return replace(verdict, standing=standing, condition=condition)
        return Verdict(
            self._data.replies, level=best, standing=standing, condition=self._unclear(best),
            rule="opinion",
        )  # fmt: skip

    def _unclear(self, level: Level | None) -> Condition:
        """The condition of which the second reader knows the level alone."""
        slug = f"unclear-{level}".replace("_", "-")
        return next(c for c in self._data.conditions if c.slug == slug)

    def _heard(self, passage: Passage, opinion: Opinion, ruled: Level | None) -> Level | None:
        """The level that an opinion on a passage gives, where the rules have `ruled` so far."""
        if ruled and opinion.emergency + opinion.urgent < self._thresholds.above_rule:
            return None
        return self._level(opinion, alone=passage.alone)

    def _consult(self, texts: Sequence[str]) -> Sequence[Opinion]:
        opinions = self._reader(texts) if self._reader else ()
        if len(opinions) != len(texts):
            raise ValueError(f"{len(texts)} texts got {len(opinions)} opinions")
        return opinions

    def _level(self, opinion: Opinion, *, alone: bool) -> Level | None:
        """The highest level whose share of the danger, with those above it, is enough."""
        least = self._thresholds
        urgent = opinion.emergency + opinion.urgent
        share = urgent + opinion.ask_first
        if opinion.danger < least.decided or share < least.danger:
            return None
        if opinion.emergency >= (least.alone if alone else least.emergency * share):
            return "emergency"
        if urgent >= (least.alone if alone else least.urgent * share):
            return "urgent"
        if not alone and share >= least.ask_first:
            return "ask_first"
        return None


def _weight(hit: Hit, last: int) -> tuple[int, bool, bool, bool]:
    """Higher level first; then sure before asking, strong before weak, now before earlier."""
    level = hit.condition.level
    now = last in hit.turns
    if level == "ask_first":
        return (RANK[level], now, not hit.rule.question, not hit.rule.weak)
    return (RANK[level], not hit.rule.question, not hit.rule.weak, now)


def _checked(turns: Sequence[str]) -> Sequence[str]:
    """`turns`, if they are one or more messages; TypeError otherwise."""
    if not turns or isinstance(turns, str) or not all(isinstance(turn, str) for turn in turns):
        raise TypeError(f"a conversation is one or more messages, not {turns!r:.80}")
    return turns


def _turn_after(word: int, turn_of: list[int], turns: int) -> int:
    """The message in which word number `word` stands; 0 at the start, `turns` past the end."""
    if not word:
        return 0
    return turn_of[word] if word < len(turn_of) else turns
