"""Rules applied to what was found: which conditions are met, and where.

Owns the scopes (sentence, near, talk). Every hit only adds: the level of a conversation is the
maximum over its hits, so more text never lowers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assistant.triage.exculpation import Found
from assistant.triage.reading import Reading
from corpus.safety import Condition, Rule

_NEAR = 2  # sentences to either side


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule that is met: the words that met it, and the messages in which they stand."""

    condition: Condition
    rule: Rule
    words: tuple[str, ...]
    turns: frozenset[int]


class RuleBook:
    """The rules of all conditions, ready to be tried."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._rules = [
            (frozenset(rule.items), condition, rule)
            for condition in conditions
            for rule in condition.rules
        ]
        # Most rules name something that was not said: only those whose first item was are tried.
        self._by_item: dict[str, list[int]] = {}
        for place, (_, _, rule) in enumerate(self._rules):
            self._by_item.setdefault(rule.items[0], []).append(place)

    def hits(
        self, reading: Reading, found: Found, counts: Callable[[Condition, int], bool]
    ) -> list[Hit]:
        """All rules that are met by findings that count, in the order of the data."""
        met: list[Hit] = []
        for place in sorted(at for item in found for at in self._by_item.get(item, ())):
            needs, condition, rule = self._rules[place]
            if needs <= found.keys():
                spans = [
                    {s: e for s, e in found[item].items() if counts(condition, s)}
                    for item in rule.items
                ]
                starts = _starts(rule, reading, [sorted(s) for s in spans])
                if starts:
                    met.append(_hit(condition, rule, reading, spans, starts))
        return met


def _starts(rule: Rule, reading: Reading, places: list[list[int]]) -> list[list[int]]:
    """For each item the places that are close enough to all others; empty when there are none."""
    if not all(places):
        return []
    if rule.scope == "talk":
        return places
    reach = _NEAR if rule.scope == "near" else 0
    allowed = set.intersection(*(_sentences(reading, starts, reach) for starts in places))
    close = _wide(allowed, reach)
    kept = [[s for s in starts if reading.sentence[s] in close] for starts in places]
    return kept if allowed and all(kept) else []


def _sentences(reading: Reading, starts: list[int], reach: int) -> set[int]:
    return _wide({reading.sentence[s] for s in starts}, reach)


def _wide(sentences: set[int], reach: int) -> set[int]:
    return {s + shift for s in sentences for shift in range(-reach, reach + 1)}


def _hit(
    condition: Condition,
    rule: Rule,
    reading: Reading,
    spans: list[dict[int, tuple[int, ...]]],
    starts: list[list[int]],
) -> Hit:
    words = tuple(
        reading.text(first[0], min(held[first[0]]))
        for held, first in zip(spans, starts, strict=True)
    )
    turns = frozenset(reading.turn[s] for places in starts for s in places)
    return Hit(condition, rule, words, turns)
