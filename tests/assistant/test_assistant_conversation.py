"""A follow-up is read behind the question it leans on; a question of its own is left alone."""

import json

import pytest

from assistant.conversation import anchors, leans_back
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
    ("earlier", "told"),
    [
        ([LONG], [LONG]),
        # The latest topic alone: what was said before it is another one.
        ([LONG, OIL], [OIL]),
        # And what leaned on it since.
        ([LONG, WHY], [LONG, WHY]),
        ([OIL, LONG, WHY, KNEAD], [LONG, WHY, KNEAD]),
        # A remark is no topic of its own.
        ([LONG, "my brother lays tiles"], [LONG, "my brother lays tiles"]),
        ([OIL, LONG, "twenty then"], [LONG, "twenty then"]),
        # Only follow-ups came before, or remarks.
        (["the lower back", "my brother lays tiles"], ["the lower back", "my brother lays tiles"]),
        ([KNEAD, WHY], [KNEAD, WHY]),
    ],
)
def test_a_follow_up_may_lean_on_the_latest_topic_and_what_leaned_on_it(earlier, told):
    assert anchors(earlier) == told


CIRCLES = "how do I do the small circles"


@pytest.mark.parametrize(
    ("turns", "read"),
    [
        ([LONG, "and for beginners"], f"{LONG} | and for beginners"),
        # Small talk is nothing to lean on, nor is another language.
        ([LONG, "thanks a lot", "and for beginners"], f"{LONG} | and for beginners"),
        (["Wie lange dauert eine Massage", f"sorry. {LONG}"], f"sorry. {LONG}"),
        # A new topic does not drag the old one along.
        ([LONG, CIRCLES], CIRCLES),
        ([LONG, CIRCLES, "why"], f"{CIRCLES} | why"),
        (
            ["how do I treat the lower back", "my brother lays tiles", "why there"],
            "how do I treat the lower back | why there",
        ),
        # Short words lean where they are the clearer for it.
        (
            ["how do I do the small circles", "up to where"],
            "how do I do the small circles | up to where",
        ),
    ],
)
def test_the_last_message_is_read_alone_or_behind_what_it_leans_on(assistant, turns, read):
    assert assistant.invoke({"turns": turns}).trace["question"] == read
