"""The ways of asking that a question is held against: fewer, and none without its like."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.condensing import ALIKE, needed, wanted


def rows(seed: int, count: int) -> tuple[np.ndarray, list[int]]:
    chance = np.random.default_rng(seed)
    vectors = chance.standard_normal((count, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, chance.integers(0, 3, count).tolist()


@given(st.integers(0, 10_000), st.integers(1, 80))
def test_whoever_is_left_out_has_its_like_among_the_kept(seed, count):
    vectors, wants = rows(seed, count)
    kept = needed(vectors, wants)
    assert sorted(set(kept.tolist())) == kept.tolist()
    for place in range(count):
        like = [k for k in kept if wants[k] == wants[place]]
        assert max(float(vectors[k] @ vectors[place]) for k in like) >= ALIKE - 1e-5


@given(st.integers(0, 10_000), st.integers(1, 80))
def test_the_kept_of_one_kind_are_not_alike(seed, count):
    vectors, wants = rows(seed, count)
    kept = needed(vectors, wants)
    for i in kept:
        for k in kept:
            if i < k and wants[i] == wants[k]:
                assert float(vectors[i] @ vectors[k]) < ALIKE + 1e-5


def test_nothing_asked_keeps_nothing():
    assert needed(np.empty((0, 4), np.float32), []).tolist() == []


def test_the_shipped_bank_is_about_a_quarter_of_the_ways_of_asking(assistant):
    ways = assistant.index.asking.ways
    kept = needed(assistant.index.asking.vectors, [wanted(way) for way in ways])
    assert 0.2 * len(ways) < len(kept) < 0.3 * len(ways)
