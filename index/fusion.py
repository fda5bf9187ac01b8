"""How the two halves of search become one order.

Owns the weights of the fusion, chosen on public collections (the README has the table).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoder import Matrix

RANK_OFFSET = 10
DENSE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Half:
    """What one half found: places of chunks, best first, and their scores."""

    places: NDArray[np.intp]
    scores: Matrix


def fuse(dense: Half, lexical: Half, *, share: float = DENSE_SHARE) -> Half:
    """Places best first with a score between 0 and 1: weighted reciprocal ranks."""
    total: dict[int, float] = {}
    for half, weight in ((dense, share), (lexical, 1 - share)):
        for rank, place in enumerate(half.places):
            gain = weight * (RANK_OFFSET + 1) / (RANK_OFFSET + 1 + rank)
            total[int(place)] = total.get(int(place), 0.0) + gain
    order = sorted(total, key=lambda place: (-total[place], place))
    return Half(np.array(order, np.intp), np.array([total[p] for p in order], np.float32))
