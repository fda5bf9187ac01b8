"""How words are read: slips are forgiven, real words are left alone, their list is kept."""

from __future__ import annotations

import pytest

from assistant.triage.spelling import Speller
from corpus.safety import FOLDER, load_safety

REAL = [
    line
    for line in (FOLDER / "real-words.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def test_the_real_words_are_plain_sorted_and_there_once():
    assert [word for word in REAL if not (word.isalpha() and word == word.lower())] == []
    assert sorted(set(REAL)) == REAL
    assert load_safety().real_words == frozenset(REAL)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("hubsand", "husband"),
        ("sqeeze", "squeeze"),  # as near to "sneeze", but it begins like "squeeze"
        ("nummbness", "numbness"),
        ("mussed", None),
        ("garden", None),
        ("bck", None),
    ],
)
def test_a_slip_is_put_right_and_a_real_word_left(written, meant):
    speller = Speller(["husband", "squeeze", "sneeze", "numbness", "messed"], REAL)
    assert speller.correct(written) == meant
