"""One step of a list at a time."""

from dataclasses import replace

import pytest

from assistant.reply import Citation, Reply
from assistant.settings import PROJECT
from assistant.steps import Place, place_after, step_asked
from corpus.folder import load_guides
from corpus.guide import Sentence

GUIDES = load_guides(PROJECT / "corpus" / "guides")
STEPS = [s for s in GUIDES[0].sentences if s.kind == "steps"]
KNEADING = [s for s in STEPS if "knead" in s.text]
AT = Place("back-massage", KNEADING[0].section)


def telling(*sentences: Sentence) -> Reply:
    citations = [
        Citation(n, s.guide, s.section, s.heading, s.text, s.start, s.end)
        for n, s in enumerate(sentences, 1)
    ]
    return Reply("answer", "", citations=tuple(citations))


@pytest.mark.parametrize(
    ("message", "number"),
    [("step 2", 2), ("what was step 3 again?", 3), ("third step please", 3),
     ("and the last one", 4), ("So what's the first step?", 1),
     ("Sorry, I forgot step two", 2), ("the final step", 4),
     ("step number 4", 4), ("can you repeat step 1", 1), ("the second bit again", 2)],
)  # fmt: skip
def test_a_step_of_the_list_at_hand_is_told_alone(message, number):
    assert step_asked(message, AT, GUIDES) == KNEADING[number - 1]


@pytest.mark.parametrize(
    "message",
    ["step 5", "step 2 of circles", "what is the first thing to buy", "is step 2 safe", "step",
     "two steps back", "last", "the last time I was dizzy", "next", "why"],
)  # fmt: skip
def test_what_asks_for_more_or_for_no_step_is_left_to_the_reading(message):
    assert step_asked(message, AT, GUIDES) is None
    assert step_asked(message, None, GUIDES) is None


def test_one_step_leads_to_the_next_until_the_list_ends():
    place, told = None, []
    reply, message = telling(KNEADING[0]), "what is the first step of kneading"
    for _ in range(6):
        place = place_after(reply, message, place, GUIDES)
        message = "next"
        step = step_asked(message, place, GUIDES)
        if step is None:
            break
        told.append(step)
        reply = telling(step)
    assert told == KNEADING[1:]


def test_the_list_is_remembered_behind_a_remark_and_left_for_another():
    place = place_after(telling(*KNEADING), "how do I knead", None, GUIDES)
    assert place == AT
    place = place_after(Reply("small_talk", ""), "he is a tiler", place, GUIDES)
    assert place == replace(AT, fresh=False)
    assert step_asked("step 2", place, GUIDES) == KNEADING[1]
    assert step_asked("the second one", place, GUIDES) is None  # of whatever was spoken of since
    place = place_after(telling(STEPS[0]), "how do I start gliding", place, GUIDES)
    assert place is not None
    assert (place.section, place.number) == (STEPS[0].section, 1)


def test_a_stop_tells_no_step(assistant):
    turns = ["how do I knead", "my chest hurts and my left arm is heavy", "step 2"]
    assert [reply.kind for reply in assistant.replies(turns)] == ["answer", "safety", "safety"]
    assert assistant.replies([turns[0], turns[2]])[1].citations[0].quote == KNEADING[1].text
