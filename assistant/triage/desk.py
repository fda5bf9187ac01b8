"""The triage desk: one conversation in, one Verdict out, before anything else runs.

Owns the order of things: read, match, excuse, clear, judge, consult, and to be careful when any
of them fails. It is deterministic, opens nothing, and promises no diagnosis.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.reply import STOP_LEVELS, Level
from assistant.triage.exculpation import Excuses, cleared_up_to, negation
from assistant.triage.judging import Hit, hits
from assistant.triage.matching import Matcher
from assistant.triage.reading import clean, read
from assistant.triage.verdict import RANK, Opinion, SecondReader, Verdict
from corpus.safety import Condition, SafetyData

log = logging.getLogger(__name__)

_SENTENCE_END = re.compile(r"(?<=[.!?;。！？])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability a second opinion raises a level, or vetoes a weak rule."""

    emergency: float = 0.35
    urgent: float = 0.45
    ask_first: float = 0.55
    veto: float = 0.95


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
        self._matcher = Matcher(
            data.concepts,
            negators=data.exculpations.negators,
            real_words=data.real_words,
            exact=data.exact,
            idioms=data.idioms,
        )

    def assess(self, turns: Sequence[str]) -> Verdict:
        """The Verdict on the last of `turns`, the visitor's messages, oldest first. Never raises."""
        try:
            if not turns or not all(isinstance(turn, str) for turn in turns):
                raise TypeError("a conversation is one or more messages")
            return self._assess(turns)
        except Exception:  # whatever goes wrong, the careful reply is the right one
            log.exception("triage failed; the visitor gets the careful reply")
            return Verdict(self._data.replies, level="urgent", rule="failed", failed=True)

    def _assess(self, turns: Sequence[str]) -> Verdict:
        reading = read(turns)
        found = self._matcher.find(reading, negation(self._data, reading))
        excuses = Excuses(reading, found)
        cleared = cleared_up_to(reading, found, len(turns))

        def counts(condition: Condition, start: int) -> bool:
            gone = cleared.stops if condition.level in STOP_LEVELS else cleared.ask_first
            return start >= gone and excuses.count(condition, start)

        met = hits(self._data.conditions, reading, found, counts)
        if met and self._reader and any(hit.rule.weak for hit in met):
            met = self._unvetoed(met, turns)
        last = len(turns) - 1
        again = any(reading.turn[at] == last for at in found.get("asks_massage", ()))
        verdict = self._verdict(self._settled(met, found, reading.turn), last, again)
        if cleared.stops and not verdict.is_stop:
            verdict = _replace(verdict, cleared=True)
        first_live = reading.turn[cleared.stops] if cleared.stops < len(reading.turn) else len(turns)
        return self._raised(verdict, turns, first_live if cleared.stops else 0)

    def _settled(
        self, met: list[Hit], found: dict[str, dict[int, tuple[int, ...]]], turn_of: list[int]
    ) -> list[Hit]:
        """Without the open questions that a later message has answered."""
        answers = {turn_of[at] for at in found.get("eases", ())}
        return [
            hit
            for hit in met
            if not (hit.rule.question and any(t >= max(hit.turns) for t in answers))
        ]

    def _verdict(self, met: list[Hit], last: int, again: bool) -> Verdict:
        """The highest hit; ask-first from an earlier message stands, and is said `again` where
        the last message asks for that very massage."""
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
        """`met` without weak hits in messages that the second reader finds surely benign."""
        opinions = self._consult(turns)
        sure = {i for i, o in enumerate(opinions) if o.benign >= self._thresholds.veto}
        return [hit for hit in met if not (hit.rule.weak and hit.turns <= sure)]

    def _raised(self, verdict: Verdict, turns: Sequence[str], first: int) -> Verdict:
        """`verdict`, raised where the second reader is surer of danger than the rules.

        Reads every message since the last check, whole and by sentence, so that text around a
        dangerous sentence cannot dilute it.
        """
        if self._reader is None or verdict.level == "emergency":
            return verdict
        texts: dict[str, int] = {}
        for index in range(first, len(turns)):
            for text in (turns[index], *_SENTENCE_END.split(clean(turns[index]))):
                if text and text.strip():
                    texts[text] = index
        best: Level | None = None
        for text, opinion in zip(texts, self._consult(list(texts)), strict=True):
            level = self._level(opinion)
            if level == "ask_first" and texts[text] != len(turns) - 1:
                continue
            if RANK[level] > RANK[best]:
                best = level
        if RANK[best] <= RANK[verdict.level]:
            return verdict
        row = next(c for c in self._data.conditions if c.slug == f"unclear-{best}".replace("_", "-"))
        return Verdict(
            self._data.replies, level=best, standing=verdict.standing, condition=row, rule="opinion"
        )

    def _consult(self, texts: Sequence[str]) -> Sequence[Opinion]:
        assert self._reader is not None
        opinions = self._reader(texts)
        if len(opinions) != len(texts):
            raise ValueError(f"{len(texts)} texts got {len(opinions)} opinions")
        return opinions

    def _level(self, opinion: Opinion) -> Level | None:
        """The highest level whose probability, with those above it, passes its threshold."""
        urgent = opinion.emergency + opinion.urgent
        if opinion.emergency >= self._thresholds.emergency:
            return "emergency"
        if urgent >= self._thresholds.urgent:
            return "urgent"
        if urgent + opinion.ask_first >= self._thresholds.ask_first:
            return "ask_first"
        return None


def _weight(hit: Hit, last: int) -> tuple[int, bool, bool, bool]:
    """Higher level first; then sure before asking, strong before weak, now before earlier."""
    level = hit.condition.level
    now = last in hit.turns
    if level == "ask_first":
        return (RANK[level], now, not hit.rule.question, not hit.rule.weak)
    return (RANK[level], not hit.rule.question, not hit.rule.weak, now)


def _replace(verdict: Verdict, *, cleared: bool) -> Verdict:
    return replace(verdict, cleared=cleared)
