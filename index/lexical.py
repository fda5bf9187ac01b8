"""The lexical half of search: BM25 over the same chunks.

Owns how texts become words, and the BM25 table (bm25s). It derives from the chunks and can be
made again from them at any time.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS
from numpy.typing import NDArray

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells each step, as its import sets it

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STEMS = 16_384
_STOP = frozenset(STOPWORDS_EN_PLUS)


def words(text: str) -> list[str]:
    """The words of `text` that carry meaning, lower-case and stemmed."""
    found = (word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(text.lower()))
    return [_stem(word) for word in found if word not in _STOP]


@lru_cache(_STEMS)
def _stem(word: str) -> str:
    stem: str = Stemmer.Stemmer("english").stemWord(word)  # one is not safe to share
    return stem


@dataclass(frozen=True, slots=True)
class Lexical:
    """BM25 over n texts."""

    table: bm25s.BM25
    size: int

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """The BM25 score of every text for the words of a query, [n]."""
        known = [token for token in tokens if token in self.table.vocab_dict]
        if not known:
            return np.zeros(self.size, np.float32)
        return np.asarray(self.table.get_scores(known), np.float32)

    def holds(self, token: str) -> bool:
        """Whether any of the texts holds the word."""
        return token in self.table.vocab_dict

    def weight(self, token: str) -> float:
        """How rare a word is here (idf); a word that no text holds counts as the rarest."""
        place = self.table.vocab_dict.get(token)
        held = 0 if place is None else self._texts_with(place)
        return float(np.log(1 + (self.size - held + 0.5) / (held + 0.5)))

    def _texts_with(self, place: int) -> int:
        starts = self.table.scores["indptr"]
        return int(starts[place + 1] - starts[place])


def build_lexical(texts: Sequence[str]) -> Lexical:
    """The table over `texts`."""
    table = bm25s.BM25(k1=1.2, b=0.75)
    table.index([words(text) or [""] for text in texts], show_progress=False)
    return Lexical(table, len(texts))


def save_lexical(lexical: Lexical, folder: Path) -> None:
    """Write the table into `folder`. Raises `OSError`."""
    lexical.table.save(folder, show_progress=False)


def load_lexical(folder: Path, size: int) -> Lexical:
    """The table that `save_lexical` wrote over `size` texts. Raises `OSError` or `ValueError`."""
    table = bm25s.BM25.load(folder, mmap=True)
    if table.scores["num_docs"] != size:
        raise ValueError(f"{folder}: holds {table.scores['num_docs']} texts, not {size}")
    return Lexical(table, size)
