"""Two questions in one message are taken apart; one question about many things is not."""

import pytest

from assistant.parts import cuts, split_parts

APART = {
    "how long should a session be and can I press on the spine?": (
        "how long should a session be",
        "can I press on the spine?",
    ),
    "How long is a session? What oil should I use?": (
        "How long is a session?",
        "What oil should I use?",
    ),
    "what oil should I use, and how warm should the room be": (
        "what oil should I use",
        "how warm should the room be",
    ),
    "can I use olive oil? also how do I end the massage?": (
        "can I use olive oil?",
        "also how do I end the massage?",
    ),
    "how do I knead and where do I put my thumbs": (
        "how do I knead",
        "where do I put my thumbs",
    ),
    "what is effleurage\nhow long does it take": ("what is effleurage", "how long does it take"),
    "tell me about kneading and also what does it cost": (
        "tell me about kneading",
        "what does it cost",
    ),
    "how long should it be & do I need oil": ("how long should it be", "do I need oil"),
    "how do I start, what oil do I take and how do I finish": (
        "how do I start",
        "what oil do I take",
        "how do I finish",
    ),
    "how do I do kneading plus i want to book": ("how do I do kneading", "i want to book"),
}
WHOLE = (
    "how do I knead the shoulders and the mid-back",
    "what oil, towels and music do I need",
    "can I press on the spine, the kidneys or the ribs",
    "my neck and shoulders are tight, what can I do",
    "what is the difference between kneading and friction",
    "how do I use my thumbs and fingertips",
    "how do I massage someone who is small and light",
    "should I go up and down or round and round",
    "does massage help with stress and sleep",
    "what should I do before and after",
    "effleurage, petrissage and friction",
    "I have a stiff back and a sore neck",
    "hello, how long should a session be",
    "thanks! how do I end a massage?",
    "how long",
    "why?",
    "",
)


@pytest.mark.parametrize("message", APART)
def test_two_questions_are_taken_apart_in_their_order(message):
    assert split_parts(message) == APART[message]


@pytest.mark.parametrize("message", WHOLE)
def test_one_question_with_a_list_in_it_stays_whole(message):
    assert split_parts(message) == (message,)


def test_a_pile_of_questions_is_not_taken_apart():
    """Whoever asks five things at once gets what the whole of it is about."""
    pile = "Do I need oil? Do I need a mat? Is it safe? Is it long? Can I talk? What is next?"
    assert split_parts(pile) == (pile,)


def test_a_message_can_be_cut_wherever_a_second_thing_could_begin():
    assert cuts("towel on when, and feet? 2) kidneys") == [
        ("towel on when", "feet? 2) kidneys"),
        ("towel on when, and feet?", "kidneys"),
    ]
    assert cuts("how long") == []


@pytest.mark.parametrize("message", [*APART, *WHOLE])
def test_a_cut_loses_nothing_but_the_joint(message):
    for left, right in cuts(message):
        assert message.startswith(left)
        assert message.endswith(right)
