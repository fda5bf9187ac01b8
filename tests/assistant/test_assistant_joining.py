"""Messages made of the ways of asking mean what those mean, and are the same each time."""

import pytest

from assistant.reading.fitting import held_out
from assistant.reading.joining import (
    CHATTER,
    PAIRS,
    PLAYED_DOWN,
    SOFTENED,
    WRAPPED,
    made_messages,
    read_lines,
)  # fmt: skip
from assistant.settings import Settings
from corpus.asking import Asked
from index.content import read_content


@pytest.fixture(scope="module")
def rows() -> list[Asked]:
    return [row for row in read_content(Settings().corpus_dir).asked if not row.lang]


def make(rows: list[Asked]) -> list[Asked]:
    return made_messages(rows, read_lines(CHATTER), read_lines(PLAYED_DOWN))


@pytest.fixture(scope="module")
def made(rows: list[Asked]) -> list[Asked]:
    return make(rows)


def test_many_are_made_and_none_of_them_stands_among_the_rows(rows, made):
    most = PAIRS + WRAPPED + SOFTENED
    assert 0.9 * most < len(made) <= most
    assert not {row.text for row in made} & {row.text for row in rows}


def test_the_same_rows_make_the_same_messages(rows, made):
    assert make(rows) == made


def test_a_joined_message_asks_what_its_parts_ask(made):
    joined = [row for row in made if row.topic == "joined"]
    assert joined
    for row in joined:
        routes = {part.route for part in row.parts}
        assert len(row.parts) == 2
        assert set(row.facts) == {fact for part in row.parts for fact in part.facts}
        assert not set(row.facts) & set(row.also)
        assert row.route == next(r for r in ("answer", "booking", "gap") if r in routes)


def test_what_is_said_beside_it_changes_nothing_of_what_a_message_means(rows, made):
    meant = {(row.route, row.level, row.facts, row.topic) for row in rows}
    wrapped = [row for row in made if row.topic != "joined"]
    assert {row.level for row in wrapped} >= {"emergency", "urgent", "ask_first"}
    assert {(row.route, row.level, row.facts, row.topic) for row in wrapped} <= meant


def test_what_is_held_out_for_calibration_is_in_no_made_message(rows):
    seen = [row for row in rows if not held_out(row)]
    hidden = [row.q.rstrip(" .?!") for row in rows if held_out(row) and len(row.q.split()) > 6]
    text = "\n".join(row.q for row in make(seen))
    kept = {row.q for row in seen}
    assert hidden
    assert not [q for q in hidden if q in text and not any(q in other for other in kept)]
