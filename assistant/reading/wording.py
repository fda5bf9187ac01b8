"""What the single words of a question tell: which of them the guide knows, and how well.

Owns the guide's telling words as vectors of the trained layers, the match of each word of a
question with them, and BM25 over the guide's sentences. It weighs nothing: the calibration does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.reading.keeping import kept
from index.encoder import Encoded, Matrix
from index.lexical import Lexical, build_lexical, words
from index.weights import WIDTH

UNMATCHED = 0.5  # a word below this cosine has no counterpart in the guide
MATCHES = ("word_worst", "word_two_worst", "word_mean", "words_unmatched")

# Words that are in every question and tell nothing of what the guide knows.
SAYING_NOTHING = (
    "the a an of to is it i my me your you he she his her do does can and or for in on at with be "
    "are was if so that this what how why when where which who should would could will , . ? ! ' "
    "- | s t m re ve ll not no any some there from just get about have has had am did as up they "
    "them we us its by but"
).split()


@dataclass(frozen=True)
class Wording:
    """The words of the sentences that carry the facts.

    `vectors` float32 [w, 384] has one for each telling word, `stop_ids` are the word pieces that
    say nothing, `lexical` is BM25 over the sentences, [f].
    """

    vectors: Matrix
    stop_ids: frozenset[int]
    lexical: Lexical

    def matches(self, found: Encoded) -> Matrix:
        """How well each question's words are known, by their vectors: MATCHES, float32 [n, 4]."""
        rows = [
            self._cosines(tokens, ids) for tokens, ids in zip(found.tokens, found.ids, strict=True)
        ]
        return np.array(
            [(c[0], c[:2].mean(), c.mean(), (c < UNMATCHED).sum()) for c in rows], np.float32
        ).reshape(-1, len(MATCHES))

    def by_word(self, texts: Sequence[str]) -> tuple[Matrix, Matrix]:
        """BM25 of every sentence, float32 [n, f]; and the share of rare words that are unknown.

        A question's words weigh by how rare they are in the guide; the share is that of the words
        that no sentence holds, float32 [n].
        """
        scores = np.zeros((len(texts), self.lexical.size), np.float32)
        unknown = np.zeros(len(texts), np.float32)
        for i, text in enumerate(texts):
            weights = {word: self.lexical.weight(word) for word in words(text)}
            strange = [w for word, w in weights.items() if not self.lexical.holds(word)]
            scores[i] = self.lexical.scores(list(weights))
            unknown[i] = sum(strange) / max(sum(weights.values()), 1e-6)
        return scores, unknown

    def _cosines(self, tokens: Matrix, ids: Sequence[int]) -> Matrix:
        """The cosine of each telling word piece with its best match in the guide, ascending."""
        inner = range(1, len(ids) - 1)
        told = [i for i in inner if ids[i] not in self.stop_ids] or list(inner) or [0]
        chosen = tokens[told]
        chosen = chosen / np.linalg.norm(chosen, axis=1, keepdims=True)
        found: Matrix = np.sort((chosen @ self.vectors.T).max(1))
        return found


def wording_of(told: Encoded, sentences: Sequence[str], stop_ids: frozenset[int]) -> Wording:
    """The wording of `sentences`, which `told` has encoded."""
    return Wording(word_vectors(told, stop_ids), stop_ids, build_lexical(sentences))


def word_vectors(told: Encoded, stop_ids: frozenset[int]) -> Matrix:
    """A vector for each telling word of the encoded sentences: its mean there, float32 [w, 384]."""
    places: dict[int, list[Matrix]] = {}
    for tokens, ids in zip(told.tokens, told.ids, strict=True):
        for token, piece in zip(tokens[1:-1], ids[1:-1], strict=True):
            if piece not in stop_ids:
                places.setdefault(piece, []).append(token / np.linalg.norm(token))
    means = np.stack([np.mean(found, axis=0) for found in places.values()])
    return np.asfortranarray(means / np.linalg.norm(means, axis=1, keepdims=True))


def kept_word_vectors(
    folder: Path, key: str, sentences: Sequence[str], stop_ids: frozenset[int],
    encode: Callable[[Sequence[str]], Encoded],
) -> Matrix:  # fmt: skip
    """`word_vectors`, kept in `folder`: to encode a guide takes a third of a second at each start.

    `key` names the layers.
    """
    made_of = "\n".join([key, *sentences, *map(str, sorted(stop_ids))])

    def fits(held: Matrix) -> bool:
        return held.ndim == 2 and held.shape[1] == WIDTH and held.dtype == np.float32

    return kept(folder, "words", made_of, lambda: word_vectors(encode(sentences), stop_ids), fits)
