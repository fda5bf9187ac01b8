"""A follow-up is read behind the question it leans on; a question of its own is left alone."""

import json

import pytest

from assistant.conversation import leaning, leans_back, standalone
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
    ("turns", "idle", "text"),
    [
        ([WHY], [], WHY),
        ([LONG, WHY], [], f"{LONG} | {WHY}"),
        ([LONG, OIL], [], OIL),
        ([LONG, OIL, WHY], [], f"{OIL} | {WHY}"),
        # Behind the latest that stands alone, not behind another follow-up.
        ([LONG, WHY, KNEAD], [], f"{LONG} | {KNEAD}"),
        # Small talk is nothing to lean on.
        ([LONG, "thank you so much for that", KNEAD], [1], f"{LONG} | {KNEAD}"),
        (["good morning to you all", WHY], [0], WHY),
        # Only follow-ups came before: the latest of them has to do.
        ([KNEAD, WHY], [], f"{KNEAD} | {WHY}"),
    ],
)
def test_the_last_message_becomes_a_question_of_its_own(turns, idle, text):
    assert standalone(turns, [i in idle for i in range(len(turns) - 1)]) == text


def test_any_message_can_be_put_behind_the_one_before():
    assert leaning([LONG, OIL], [False]) == f"{LONG} | {OIL}"
    assert leaning([LONG, OIL], [True]) == OIL
