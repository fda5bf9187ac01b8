"""Slips of the keyboard: the lexicon word that a misspelt word stands for.

Owns how far a word may be from a lexicon word and still count as it. It leaves real words alone
(`corpus/safety/real-words.txt`), and guesses nothing from fewer than four letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA, Prefix

_DOUBLED = re.compile(r"([a-z])\1")
_SHORTEST = 4
_LONG = 9  # letters from which two slips are forgiven


class Speller:
    """Corrects words towards `vocabulary`; `real_words` are never corrected."""

    def __init__(self, vocabulary: Iterable[str], real_words: Iterable[str]) -> None:
        self._real = frozenset(real_words)
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(vocabulary):
            if len(word) >= _SHORTEST and word.isascii() and word.isalpha():
                self._by_letter.setdefault(word[0], []).append(word)

    def correct(self, word: str) -> str | None:
        """The word that `word` misspells, or None: doubled letters, one slip, two from nine on.

        Of two that are equally near it is the one that begins more like `word`.
        """
        if len(word) < _SHORTEST or not word.isalpha() or word in self._real:
            return None
        plain = _DOUBLED.sub(r"\1", word)
        if plain in self._by_letter.get(plain[0], ()):
            return plain
        near = [
            (distance, -Prefix.similarity(word, candidate), candidate)
            for first in {word[0], word[1]}
            for candidate in self._by_letter.get(first, ())
            if (distance := _distance(word, candidate)) is not None
        ]
        return min(near)[-1] if near else None


def _distance(word: str, candidate: str) -> int | None:
    """Slips between the two (a swap counts one), or None where there are too many."""
    allowed = 1 if len(word) < _LONG else 2
    if abs(len(candidate) - len(word)) > allowed:
        return None
    if len(candidate) == _SHORTEST and sorted(word) != sorted(candidate):
        return None  # of so short a word only a swap is sure enough
    distance = OSA.distance(word, candidate, score_cutoff=allowed)
    return distance if distance <= allowed else None
