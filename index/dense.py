"""The dense half of search: the chunks whose vectors are nearest to the question's.

Owns two ways to the same answer. While a guide is small, all vectors are compared, exactly and in
microseconds, from the copy that was read out of Chroma; a large collection asks Chroma's graph.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import Matrix

if TYPE_CHECKING:
    from index.store import Nearest, Store

log = logging.getLogger(__name__)

Places = NDArray[np.intp]
SMALL = 10_000
_PAUSE = 5.0


class Dense(Protocol):
    """Finds the nearest chunks."""

    @property
    def answers(self) -> bool:
        """Whether the last question was answered."""

    def nearest(self, vector: Matrix, k: int, also: Places) -> tuple[Places, Matrix]:
        """Places of the `k` nearest chunks, and of those of `also` that it can score; cosines."""


class InMemory:
    """Compares with every vector."""

    answers = True

    def __init__(self, vectors: Matrix) -> None:
        self._vectors = vectors

    def nearest(self, vector: Matrix, k: int, also: Places) -> tuple[Places, Matrix]:
        """As `Dense.nearest`; exact."""
        cosines = self._vectors @ vector
        places = np.union1d(best(cosines, k), also)
        return places, cosines[places]


class InChroma:
    """Asks the collection; while Chroma does not answer it finds nothing, and says so."""

    def __init__(self, connect: Callable[[], Store], name: str, ids: list[str]) -> None:
        self._connect, self._name = connect, name
        self._places = {found: place for place, found in enumerate(ids)}
        self._ask: Nearest | None = None
        self._again_at = 0.0

    @property
    def answers(self) -> bool:
        """Whether the last question was answered."""
        return self._again_at == 0.0

    def nearest(
        self,
        vector: Matrix,
        k: int,
        also: Places,  # noqa: ARG002 a second request would cost more than it brings
    ) -> tuple[Places, Matrix]:
        """As `Dense.nearest`, without `also`; by Chroma's graph, so nearly exact."""
        from chromadb.errors import NotFoundError

        from index.store import StoreFault, chroma_faults

        nothing = np.empty(0, np.intp), np.empty(0, np.float32)
        if time.monotonic() < self._again_at:
            return nothing
        try:
            with chroma_faults("Chroma"):
                ask = self._ask or self._connect().searching(self._name)
                ids, cosines = ask(vector, k)
                self._ask = ask
        except (StoreFault, NotFoundError) as fault:
            log.warning("%s; for %g s questions are answered without it", fault, _PAUSE)
            # A pause, so that a server that is down does not cost every question its time-out.
            self._ask, self._again_at = None, time.monotonic() + _PAUSE
            return nothing
        self._again_at = 0.0
        known = [i for i, found in enumerate(ids) if found in self._places]
        return np.array([self._places[ids[i]] for i in known], np.intp), cosines[known]


def best(scores: Matrix, k: int) -> Places:
    """The places of the `k` highest scores, best first, ties in their order."""
    many = k < len(scores)
    top = np.sort(np.argpartition(-scores, k)[:k]) if many else np.arange(len(scores))
    return top[np.argsort(-scores[top], kind="stable")]
