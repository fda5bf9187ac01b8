"""What the single words of a question tell: which sentences hold them, and which no sentence does.

Owns BM25 over the sentences that carry the facts. It weighs nothing: the calibration does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from index.encoder import Matrix
from index.lexical import Lexical, words

_WORDS = 4096  # looked up lately, 400 bytes each


@dataclass(frozen=True)
class Wording:
    """The words of the sentences that carry the facts; `lexical` is BM25 over them, [f]."""

    lexical: Lexical

    def by_word(self, texts: Sequence[str]) -> tuple[Matrix, Matrix]:
        """BM25 of every sentence, float32 [n, f]; and the share of rare words that are unknown.

        A question's words weigh by how rare they are in the guide; the share is that of the words
        that no sentence holds, float32 [n].
        """
        scores = np.zeros((len(texts), self.lexical.size), np.float32)
        unknown = np.zeros(len(texts), np.float32)
        for i, text in enumerate(texts):
            told = [self._of_word(word) for word in dict.fromkeys(words(text))]
            scores[i] = sum(score for score, _, _ in told)
            strange = sum(weight for _, weight, known in told if not known)
            unknown[i] = strange / max(sum(weight for _, weight, _ in told), 1e-6)
        return scores, unknown

    @cached_property
    def _of_word(self) -> Callable[[str], tuple[Matrix, float, bool]]:
        """BM25 of every sentence for one word, its weight, and whether any sentence holds it.

        BM25 is a sum over words, and people use the same ones: each is looked up once.
        """
        lexical = self.lexical
        return lru_cache(_WORDS)(
            lambda word: (lexical.scores([word]), lexical.weight(word), lexical.holds(word))
        )
