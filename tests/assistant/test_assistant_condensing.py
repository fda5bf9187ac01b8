"""The ways of asking that a question is held against: fewer, and none without its like."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.condensing import ALIKE, Want, needed, wanted


def rows(seed: int, count: int) -> tuple[np.ndarray, list[Want]]:
    chance = np.random.default_rng(seed)
    vectors = chance.standard_normal((count, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    drawn = chance.integers(0, 3, count).tolist()
    return vectors, [Want("answer" if n else "gap", None, (f"F{n}",)) for n in drawn]


@given(st.integers(0, 10_000), st.integers(1, 80))
def test_whoever_is_left_out_has_its_like_among_the_kept(seed, count):
    vectors, wants = rows(seed, count)
    kept = needed(vectors, wants)
    assert sorted(set(kept.tolist())) == kept.tolist()
    for place in range(count):
        like = [k for k in kept if wants[k] == wants[place]]
        assert max(float(vectors[k] @ vectors[place]) for k in like) >= ALIKE - 1e-5


def at(*angles):
    """Unit vectors at these angles, in degrees."""
    turned = np.radians(np.array(angles, np.float32))
    return np.stack([np.cos(turned), np.sin(turned)], 1)


BOOKING, TALK = Want("booking", None, ()), Want("small_talk", None, ())


@pytest.mark.parametrize(
    ("angles", "wants", "left"),
    [
        # Of two alike that want the same the later is left out, and none where they are far apart.
        ((0, 30), (BOOKING, BOOKING), [0]),
        ((0, 50), (BOOKING, BOOKING), [0, 1]),
        # Beside something of another kind it stays, if that is the nearer.
        ((0, 30, 40), (BOOKING, BOOKING, TALK), [0, 1, 2]),
        ((0, 30, 70), (BOOKING, BOOKING, TALK), [0, 2]),
        ((0, 30, 40), (BOOKING, BOOKING, Want("booking", "spa", ())), [0, 2]),
    ],
)
def test_one_is_kept_of_those_alike_unless_another_kind_is_nearer(angles, wants, left):
    assert needed(at(*angles), wants).tolist() == left


def test_nothing_asked_keeps_nothing():
    assert needed(np.empty((0, 4), np.float32), []).tolist() == []


def test_the_shipped_bank_is_a_part_of_the_ways_of_asking(assistant):
    ways = assistant.index.asking.ways
    kept = needed(assistant.index.asking.vectors, [wanted(way) for way in ways])
    assert 0.15 * len(ways) < len(kept) < 0.3 * len(ways)
