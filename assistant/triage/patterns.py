"""The pattern language of the safety lexicons, compiled: concepts as steps over numbered items.

A pattern is a line of elements: `word`, `stem*`, `one|other`, `maybe?`, `#38-42` (a number in
that range; `#37.5-42`: only one written with decimals), `<concept>`, `~3` (up to three other words
in between) and `~~3` (the same, either order; only between two elements).

Owns what a line of the data may say, and which items a written word stands for, spelled right or
nearly so. It finds nothing: `matching` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from assistant.triage.spelling import Speller

_COMMON = frozenset(
    "i my his her the a an is are was am have has had it me he she they of in on at to and or "
    "can cant do dont does no not with for what how why when if be been back massage".split()
)  # words that are in almost every message, and so tell nothing about which patterns to try
_LONGEST_WORD = 40
_LONGEST_NUMBER = 12  # more digits are no age, year or pulse, and could be too many for a float
_NUMBER = re.compile(r"#(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


class Step(NamedTuple):
    """One element of a pattern: which item, after at most `gap` other words."""

    item: int
    gap: int


class Pattern(NamedTuple):
    """A sequence of steps; `needs` are its items, for a quick look whether it can match."""

    steps: tuple[Step, ...]
    needs: frozenset[int]


Watched = dict[int, dict[int, list[Pattern]]]  # item -> rank of a concept -> patterns to try


class PatternError(ValueError):
    """A pattern of the safety data that cannot be read; seen by whoever edits the data."""


class Lexicon:
    """All concepts of the safety data, compiled once.

    `order` holds their names, each after those it is built on; `names` the item of each name;
    `watched` the patterns to try when an item is there, by the rank of their concept.
    """

    def __init__(
        self,
        concepts: Mapping[str, Sequence[str]],
        *,
        real_words: Iterable[str] = (),
        exact: Iterable[str] = (),
    ) -> None:
        """Compile `concepts` (name -> pattern lines). Raises PatternError.

        `exact` are those whose words are never guessed from a slip.
        """
        self._concepts = concepts
        self._exact_concepts = frozenset(exact)
        self._guessable: set[str] = set()
        self._items: dict[str, int] = {}
        self._words: dict[str, set[int]] = {}
        self._stems: dict[str, set[int]] = {}
        self._ranges: list[tuple[float, float, int]] = []
        self._sizes: dict[int, int] = {}
        self.names = {name: self._item(f"<{name}>") for name in concepts}
        self.order = _dependency_order(concepts)
        self.watched: Watched = {}
        rank = {name: place for place, name in enumerate(self.order)}
        for name, lines in concepts.items():
            for pattern in (p for line in lines for p in self._compile(name, line)):
                watch = min(pattern.needs, key=lambda item: self._sizes.get(item, 40))
                self.watched.setdefault(watch, {}).setdefault(rank[name], []).append(pattern)
        self._stem_sizes = sorted({len(stem) for stem in self._stems})
        self._speller = Speller(self._guessable, real_words)
        self._remembered = lru_cache(maxsize=65_536)(self._look_up)

    def ranks_for(self, wanted: Iterable[str]) -> list[int]:
        """Places in `order` of the `wanted` concepts and of all that they are built on."""
        needed = set(_dependency_order(self._concepts, wanted))
        return [rank for rank, name in enumerate(self.order) if name in needed]

    def watched_by(self, ranks: Iterable[int]) -> Watched:
        """`watched` of the concepts at `ranks` alone."""
        wanted = frozenset(ranks)
        found = {
            item: {rank: patterns for rank, patterns in by_rank.items() if rank in wanted}
            for item, by_rank in self.watched.items()
        }
        return {item: by_rank for item, by_rank in found.items() if by_rank}

    def items_of(self, word: str) -> tuple[int, ...]:
        """Items that one word stands for, spelled right or nearly so; of an endless one its start.

        Words are remembered, so that none may be large.
        """
        return self._remembered(word[:_LONGEST_WORD])

    def _look_up(self, word: str) -> tuple[int, ...]:
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
        if word[0].isdigit() and len(word) <= _LONGEST_NUMBER and self._ranges:
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
            if inner not in self.names:
                raise PatternError(f"concept {name}: {line!r} names the unknown concept {inner!r}")
            return self.names[inner]
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
