"""A follow-up is read behind the question it leans on; a question of its own is left alone."""

import json

import pytest

from assistant.conversation import anchored, leans_back
from assistant.settings import PROJECT

ROWS = [
    json.loads(line)
    for line in (PROJECT / "tests" / "data" / "leaning.jsonl").read_text("utf-8").splitlines()
]
LONG, WHY, OIL, KNEAD = "how long is a session", "why?", "what oil should I use", "no, kneading"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["message"])
def test_a_message_leans_back_or_stands_alone(row):
    assert leans_back(row["message"]) == row["leans"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["message"])
def test_case_and_end_marks_do_not_matter(row):
    message = row["message"].rstrip("?")
    assert leans_back(f" {message.upper()}?! ") == row["leans"]


@pytest.mark.parametrize("message", ["", "   ", "?!", "and " + "very " * 20 + "slowly"])
def test_nothing_and_a_long_story_do_not_lean(message):
    assert not leans_back(message)


@pytest.mark.parametrize(
    ("earlier", "anchor"),
    [
        ([LONG], LONG),
        ([LONG, OIL], OIL),
        # The latest that stands alone, not another follow-up.
        ([LONG, WHY], LONG),
        # Only follow-ups came before: the latest of them has to do.
        ([KNEAD, WHY], WHY),
    ],
)
def test_a_follow_up_leans_on_the_latest_that_stands_alone(earlier, anchor):
    assert anchored(earlier) == anchor
