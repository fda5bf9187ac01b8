"""How the two halves of search become one order.

Owns the fusion and its one weight. Scores are used, not ranks: where a half is sure, its best hit
stands far above the others, and ranks would forget that (README: the table of both).
"""

from __future__ import annotations

import numpy as np

from index.dense import Places
from index.encoder import Matrix

# Anything from 0.5 to 0.7 is as good on the public collections, within a hundredth.
DENSE_SHARE = 0.6


def fuse(
    dense: tuple[Places, Matrix], lexical: tuple[Places, Matrix], *, share: float = DENSE_SHARE
) -> tuple[Places, Matrix]:
    """Places best first with a score between 0 and 1, from places and scores of both halves.

    Each half's scores are stretched to 0..1 over what was found; what a half did not find has 0
    there, so that one half alone gives its own order.
    """
    places = np.union1d(dense[0], lexical[0])
    if not dense[0].size:
        share = 0.0
    elif not lexical[0].size:
        share = 1.0
    total = share * _stretched(places, *dense) + (1 - share) * _stretched(places, *lexical)
    order = np.argsort(-total, kind="stable")
    return places[order], total[order]


def _stretched(places: Places, found: Places, scores: Matrix) -> Matrix:
    stretched = np.zeros(len(places), np.float32)
    if scores.size:
        low, high = float(scores.min()), float(scores.max())
        stretched[np.searchsorted(places, found)] = (
            (scores - low) / (high - low) if high > low else 1.0
        )
    return stretched
