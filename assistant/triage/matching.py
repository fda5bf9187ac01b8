"""Concepts found in words: the pattern language of the safety lexicons, with typo tolerance.

A pattern is a line of elements: `word`, `stem*`, `one|other`, `maybe?`, `#38-42` (a number in
that range; `#37.5-42`: only one written with decimals), `<concept>`, `~3` (up to three other words
in between) and `~~3` (the same, either order; only between two elements). A match stays inside one
sentence, and a gap never passes over a negator: "legs are not numb" is no "legs ~3 numb".

This module owns matching; what a match means is told by `exculpation` and `judging`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from assistant.triage.reading import Reading
from assistant.triage.spelling import Speller

Spans = dict[int, tuple[int, ...]]  # start -> ends (exclusive)
Keep = Callable[[str, int, int], bool]

_COMMON = frozenset(
    "i my his her the a an is are was am have has had it me he she they of in on at to and or "
    "can cant do dont does no not with for what how why when if be been back massage".split()
)  # words that are in almost every message, and so tell nothing about which patterns to try
_NUMBER = re.compile(r"#(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


class Step(NamedTuple):
    """One element of a pattern: which item, after at most `gap` other words."""

    item: int
    gap: int


class Pattern(NamedTuple):
    """A sequence of steps; `needs` are its items, for a quick look whether it can match."""

    steps: tuple[Step, ...]
    needs: frozenset[int]


class PatternError(ValueError):
    """A pattern of the safety data that cannot be read; seen by whoever edits the data."""


class Matcher:
    """All concepts of the safety data, compiled once; `find` is linear in the words."""

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

        `exact` are those whose words are never guessed from a slip, `idioms` those whose words
        mean nothing else.
        """
        self._negators = frozenset(negators)
        self._exact_concepts = frozenset(exact)
        self._guessable: set[str] = set()
        self._items: dict[str, int] = {}
        self._words: dict[str, set[int]] = {}
        self._stems: dict[str, set[int]] = {}
        self._ranges: list[tuple[float, float, int]] = []
        self._sizes: dict[int, int] = {}
        self._names = {name: self._item(f"<{name}>") for name in concepts}
        self._order = _dependency_order(concepts)
        self._rank = {name: rank for rank, name in enumerate(self._order)}
        self._idioms = tuple(idioms)
        needed = _dependency_order(concepts, self._idioms)
        self._before = sorted(self._rank[name] for name in needed)
        self._watched: dict[int, list[tuple[int, Pattern]]] = {}
        for name, lines in concepts.items():
            for pattern in (p for line in lines for p in self._compile(name, line)):
                watch = min(pattern.needs, key=lambda item: self._sizes.get(item, 40))
                self._watched.setdefault(watch, []).append((self._rank[name], pattern))
        self._stem_sizes = sorted({len(stem) for stem in self._stems})
        self._speller = Speller(self._guessable, real_words)
        self._items_of = lru_cache(maxsize=65_536)(self._look_up)

    def find(self, reading: Reading, keep: Keep) -> dict[str, Spans]:
        """Spans of every concept present. `keep(name, start, end)` may refuse a span.

        Idioms are looked for first, and blank their words before the other concepts are.
        """
        present: dict[int, Spans] = {}
        for position, word in enumerate(reading.words):
            for item in self._items_of(word):
                present.setdefault(item, {})[position] = (position + 1,)
        # An idiom stays inside one clause, so that nothing said beside it can blank a danger.
        tight = replace(reading, sentence=reading.clause)
        idioms = self._evaluate(self._before, dict(present), tight, keep)
        for name in self._idioms:
            _blank(present, idioms.get(name, {}))
        return self._evaluate(range(len(self._order)), present, reading, keep)

    def _evaluate(
        self, ranks: Iterable[int], present: dict[int, Spans], reading: Reading, keep: Keep
    ) -> dict[str, Spans]:
        """The concepts of `ranks` (rising, so that each comes after those it is built on)."""
        found: dict[str, Spans] = {}
        waiting: dict[int, list[Pattern]] = {}
        self._await(waiting, list(present))
        for rank in ranks:
            if rank in waiting:
                name = self._order[rank]
                spans = self._spans(name, waiting[rank], present, reading, keep)
                if spans:
                    found[name] = present[self._names[name]] = spans
                    self._await(waiting, [self._names[name]])
        return found

    def _await(self, waiting: dict[int, list[Pattern]], items: Iterable[int]) -> None:
        """Queue the patterns that watch for one of `items`, by the rank of their concept."""
        for item in items:
            for rank, pattern in self._watched.get(item, ()):
                waiting.setdefault(rank, []).append(pattern)

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

    def _look_up(self, word: str) -> tuple[int, ...]:
        """Items that one word stands for, spelled right or nearly so."""
        items = self._exact(word)
        if not items:
            right = self._speller.correct(word)
            items = self._exact(right) if right else items
        return tuple(sorted(items))

    def _exact(self, word: str) -> set[int]:
        items = set(self._words.get(word, ()))
        for size in self._stem_sizes:
            if size > len(word):
                break
            items |= self._stems.get(word[:size], set())
        if word[0].isdigit() and self._ranges:
            number = float(word.split("/", maxsplit=1)[0].replace(",", "."))
            whole = number == int(number)
            items |= {
                i
                for low, high, i in self._ranges
                if low <= number <= high and not (whole and low != int(low))
            }
        return items

    def _item(self, key: str) -> int:
        return self._items.setdefault(key, len(self._items))

    def _compile(self, name: str, line: str) -> list[Pattern]:
        """One line of the data as patterns; optional and unordered elements are written out."""
        sequences: list[list[tuple[str, int]]] = [[]]
        gap, unordered = 0, None
        for element in line.split():
            if element.startswith("~"):
                unordered = 1 if element.startswith("~~") else unordered
                gap = self._gap(name, line, element)
                continue
            bare, optional = element.removesuffix("?"), element.endswith("?")
            longer = [[*s, (choice, gap)] for choice in _choices(bare) for s in sequences]
            sequences = longer + sequences if optional else longer
            gap = 0
        if unordered:
            sequences += [[(b, 0), (a, size)] for (a, _), (b, size) in sequences]
        return [self._pattern(name, line, sequence) for sequence in sequences]

    def _gap(self, name: str, line: str, element: str) -> int:
        size = element.lstrip("~")
        if not size.isdigit() or int(size) > 20:
            raise PatternError(f"concept {name}: {line!r}: {element!r} is no gap of 0 to 20 words")
        return int(size)

    def _pattern(self, name: str, line: str, sequence: list[tuple[str, int]]) -> Pattern:
        if not sequence:
            raise PatternError(f"concept {name}: the pattern {line!r} has no word")
        steps = tuple(Step(self._element(name, line, text), gap) for text, gap in sequence)
        return Pattern(steps, frozenset(step.item for step in steps))

    def _element(self, name: str, line: str, text: str) -> int:
        """The item of one element; words, stems and ranges are registered for look-up."""
        if text.startswith("<"):
            inner = text.strip("<>")
            if inner not in self._names:
                raise PatternError(f"concept {name}: {line!r} names the unknown concept {inner!r}")
            return self._names[inner]
        item = self._item(text)
        parts = text.split("|")
        self._sizes[item] = len(parts) + 100 * sum(part in _COMMON for part in parts)
        for word in parts:
            number = _NUMBER.fullmatch(word)
            if number:
                self._ranges.append((float(number[1]), float(number[2]), item))
            elif word.endswith("*"):
                self._stems.setdefault(word[:-1], set()).add(item)
            else:
                self._words.setdefault(word, set()).add(item)
                if name not in self._exact_concepts:
                    self._guessable.add(word)
        return item


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


def _choices(element: str) -> list[str]:
    """`one|other|<concept>` as what can be looked up at once: words together, concepts alone."""
    parts = element.split("|")
    words = [part for part in parts if not part.startswith("<")]
    return [part for part in parts if part.startswith("<")] + (["|".join(words)] if words else [])


def _dependency_order(
    concepts: Mapping[str, Sequence[str]], wanted: Iterable[str] | None = None
) -> list[str]:
    """`wanted` concepts (all, if None) and what they are built on, each after its parts."""
    uses = {
        name: [
            part.strip("<>?")
            for line in lines
            for part in line.replace("|", " ").split()
            if part.startswith("<")
        ]
        for name, lines in concepts.items()
    }
    order: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise PatternError(f"concepts are built on each other in a circle: {(*path, name)}")
        if name not in order:
            for other in uses.get(name, ()):
                visit(other, (*path, name))
            order[name] = None

    for name in concepts if wanted is None else wanted:
        visit(name, ())
    return list(order)
