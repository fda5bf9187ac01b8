"""Concepts found in the words of a conversation.

A match stays inside one sentence, and a gap never passes over a negator: "legs are not numb" is
no "legs ~3 numb". Owns finding; the patterns are compiled by `patterns`, and what a match means
is told by `exculpation` and `judging`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from assistant.triage.patterns import Lexicon, Pattern, PatternError, Watched
from assistant.triage.reading import Reading

__all__ = ["Keep", "Matcher", "PatternError", "Spans"]

Spans = dict[int, tuple[int, ...]]  # start -> ends (exclusive)
Keep = Callable[[str, int, int], bool]


class Matcher:
    """Finds all concepts of the safety data; `find` is linear in the words."""

    def __init__(
        self,
        concepts: Mapping[str, Sequence[str]],
        *,
        negators: Iterable[str],
        real_words: Iterable[str] = (),
        exact: Iterable[str] = (),
        idioms: Sequence[str] = (),
    ) -> None:
        """Compile `concepts` (name -> pattern lines). Raises PatternError.

        No gap passes over `negators`. `exact` are concepts whose words are never guessed from a
        slip, `idioms` those whose words mean nothing else.
        """
        self._lexicon = Lexicon(concepts, real_words=real_words, exact=exact)
        self._negators = frozenset(negators)
        self._idioms = tuple(idioms)
        self._before = self._lexicon.ranks_for(idioms)
        self._watched_before = self._lexicon.watched_by(self._before)

    def find(self, reading: Reading, keep: Keep) -> dict[str, Spans]:
        """Spans of every concept present. `keep(name, start, end)` may refuse a span.

        Idioms are looked for first, and blank their words before the other concepts are.
        """
        present: dict[int, Spans] = {}
        for position, word in enumerate(reading.words):
            for item in self._lexicon.items_of(word):
                present.setdefault(item, {})[position] = (position + 1,)
        # An idiom stays inside one clause, so that nothing said beside it can blank a danger.
        tight = replace(reading, sentence=reading.clause)
        idioms = self._evaluate(self._before, self._watched_before, dict(present), tight, keep)
        for name in self._idioms:
            _blank(present, idioms.get(name, {}))
        every = range(len(self._lexicon.order))
        return self._evaluate(every, self._lexicon.watched, present, reading, keep)

    def _evaluate(
        self,
        ranks: Iterable[int],
        watched: Watched,
        present: dict[int, Spans],
        reading: Reading,
        keep: Keep,
    ) -> dict[str, Spans]:
        """The concepts of `ranks` (rising, so that each comes after those it is built on)."""
        found: dict[str, Spans] = {}
        waiting: dict[int, list[Pattern]] = {}
        _await(waiting, watched, list(present))
        for rank in ranks:
            if rank in waiting:
                name = self._lexicon.order[rank]
                spans = self._spans(name, waiting[rank], present, reading, keep)
                if spans:
                    found[name] = present[self._lexicon.names[name]] = spans
                    _await(waiting, watched, [self._lexicon.names[name]])
        return found

    def _spans(
        self,
        name: str,
        patterns: Iterable[Pattern],
        present: dict[int, Spans],
        reading: Reading,
        keep: Keep,
    ) -> Spans:
        """Spans of one concept from the patterns that may match."""
        spans: dict[int, set[int]] = {}
        for pattern in patterns:
            if pattern.needs <= present.keys():
                for start, end in self._walk(pattern, present, reading):
                    if keep(name, start, end):
                        spans.setdefault(start, set()).add(end)
        return {start: tuple(sorted(ends)) for start, ends in spans.items()}

    def _walk(
        self, pattern: Pattern, present: dict[int, Spans], reading: Reading
    ) -> list[tuple[int, int]]:
        """All (start, end) where the steps of `pattern` follow each other."""
        head, *rest = pattern.steps
        partial = [(s, e) for s, ends in present[head.item].items() for e in ends]
        for step in rest:
            spans = present[step.item]
            grown: list[tuple[int, int]] = []
            for start, end in partial:
                for at in self._reach(end, step.gap, reading):
                    grown.extend((start, e) for e in spans.get(at, ()))
            partial = list(dict.fromkeys(grown))
            if not partial:
                break
        return partial

    def _reach(self, end: int, gap: int, reading: Reading) -> range:
        """Positions at which the next step may begin: same sentence, no negator skipped."""
        limit = min(end + gap, len(reading.words) - 1)
        sentence = reading.sentence[end - 1]
        last = end - 1
        for at in range(end, limit + 1):
            if reading.sentence[at] != sentence:
                break
            last = at
            if reading.words[at] in self._negators:
                break
        return range(end, last + 1)


def _await(waiting: dict[int, list[Pattern]], watched: Watched, items: Iterable[int]) -> None:
    """Queue the patterns that watch for one of `items`, by the rank of their concept."""
    for item in items:
        for rank, patterns in watched.get(item, {}).items():
            waiting.setdefault(rank, []).extend(patterns)


def _blank(present: dict[int, Spans], spans: Spans) -> None:
    """Take the words under `spans` away from every item."""
    covered = {at for start, ends in spans.items() for at in range(start, max(ends))}
    if covered:
        for item in list(present):
            left = {s: e for s, e in present[item].items() if s not in covered}
            if left:
                present[item] = left
            else:
                del present[item]
