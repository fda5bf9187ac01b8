"""The dense half of search: the chunks whose vectors are nearest to the question's.

Owns the comparison with the vectors that Chroma keeps, from the copy beside the index. Of a small
collection all are compared; of a large one those whose signs agree best with the question's
("binary quantization" with rescoring: https://sbert.net/examples/applications/embedding-quantization).
Over 100,000 chunks that takes half as long as asking Chroma's graph, finds more of the nearest
(README), and needs no server that answers; the time grows with the collection.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import Matrix
from index.weights import WIDTH

Places = NDArray[np.intp]
Signs = NDArray[np.uint64]
SMALL = 10_000
# So many chunks are compared in full, and at least so many for each that is looked for. Gathering
# a row costs as much as comparing eight in their order, so of a wide search all are compared.
_LEAST, _EACH, _GATHERING = 1_000, 20, 8


@dataclass(frozen=True, slots=True)
class Dense:
    """The vectors of n chunks, float32 [n, 384], and of a large collection their signs too.

    `signs`, [6, n], holds a bit for each number of a vector, set where it is above zero.
    """

    vectors: Matrix
    signs: Signs | None

    def nearest(self, vector: Matrix, k: int, also: Places) -> tuple[Places, Matrix]:
        """Places of the `k` nearest chunks and of those of `also`, ascending; their cosines."""
        compared = self._likely(vector, max(_LEAST, _EACH * k))
        if compared is None:
            cosines = self.vectors @ vector
            places = np.union1d(best(cosines, k), also)
            return places, cosines[places]
        compared = np.union1d(compared, also)
        cosines = self.vectors[compared] @ vector
        places = np.union1d(compared[best(cosines, k)], also)
        return places, cosines[np.searchsorted(compared, places)]

    def _likely(self, vector: Matrix, least: int) -> Places | None:
        """The `least` places most alike by sign, and ties; None where all are compared sooner."""
        most = len(self.vectors) // _GATHERING
        if self.signs is None or least > most:
            return None
        found = _alike(self.signs, vector, least)
        return found if len(found) <= most else None


def _alike(signs: Signs, vector: Matrix, least: int) -> Places:
    """The `least` places whose signs differ in fewest numbers from the vector's, and ties."""
    first, *others = zip(signs, _signs(vector[np.newaxis])[:, 0], strict=True)
    differing = np.bitwise_count(first[0] ^ first[1]).astype(np.uint16)
    for row, asked in others:
        differing += np.bitwise_count(row ^ asked)
    within = np.bincount(differing, minlength=WIDTH + 1).cumsum()
    return np.flatnonzero(differing <= np.searchsorted(within, least))


def _signs(vectors: Matrix) -> Signs:
    return np.ascontiguousarray(np.packbits(vectors > 0, axis=1).view(np.uint64).T)


def build_dense(vectors: Matrix) -> Dense:
    """The dense half over `vectors`, float32 [n, 384], unit length."""
    return Dense(vectors, _signs(vectors) if len(vectors) > SMALL else None)


def save_dense(dense: Dense, folder: Path) -> None:
    """Write it into `folder`. Raises `OSError`."""
    np.save(folder / "vectors.npy", dense.vectors)
    if dense.signs is not None:
        np.save(folder / "signs.npy", dense.signs)


def load_dense(folder: Path, size: int) -> Dense:
    """What `save_dense` wrote over `size` chunks. Raises `OSError` or `ValueError`.

    Of a large collection the vectors stay in the file, and those that are compared are read: the
    file may be replaced meanwhile, but never written into.
    """
    large = size > SMALL
    vectors = read_vectors(folder / "vectors.npy", size, mapped=large)
    if not large:
        return Dense(vectors, None)
    signs: Signs = np.load(folder / "signs.npy")
    if signs.shape != (WIDTH // 64, size) or signs.dtype != np.uint64:
        raise ValueError(f"{folder / 'signs.npy'}: {signs.dtype} {signs.shape}")
    return Dense(vectors, signs)


def read_vectors(path: Path, rows: int, *, mapped: bool = False) -> Matrix:
    """The float32 [rows, d] in `path`. Raises `OSError`, or `ValueError` if it holds others."""
    held: Matrix = np.load(path, mmap_mode="r" if mapped else None)
    if held.ndim != 2 or len(held) != rows or held.dtype != np.float32:
        raise ValueError(f"{path}: {held.dtype} {held.shape}")
    return held


def best(scores: Matrix, k: int) -> Places:
    """The places of the `k` highest scores, best first, ties in their order."""
    many = k < len(scores)
    top = np.sort(np.argpartition(-scores, k)[:k]) if many else np.arange(len(scores))
    return top[np.argsort(-scores[top], kind="stable")]
