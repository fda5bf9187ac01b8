"""A message that asks several things gets each of them: answered, refused, or passed on."""

import pytest

from assistant import phrases
from assistant.chain import Assistant

BOTH_ANSWERED = {
    "how long for a beginner, and what music should I play": ("20-minute", "calming music"),
    "can I press on the spine? Also, when do I stop?": ("never press", "muscles feel soft"),
    "which part of the hand for the lower back and how do I finish": ("heel", "Lighten"),
}
PARTLY = {
    "can I press on the spine, and which candles smell nicest": "never press",
    "what is effleurage and who invented it": "Effleurage is",
    "how do I massage feet? and is it ok over a bruise?": "bruises",
}
WITH_A_WISH = {
    "how long is a session and what do you charge": (
        "30 to 45 minutes", phrases.UNKNOWN_FACT["prices"],
    ),
    "do I need oil, and can I book for Saturday?": ("oil or lotion", phrases.BOOK),
}  # fmt: skip


WISH_OF_ITS_OWN = {
    "wots petrissage. r u open l8": "petrissage",
    "She nags me about her shoulders. How do I knead? And where do I park at yours?": "squeeze",
    "Remind me of your address. And what do I put on the skin, and why?": "oil or lotion",
}


@pytest.mark.parametrize("message", BOTH_ANSWERED)
def test_both_questions_are_answered(assistant: Assistant, message: str) -> None:
    reply = assistant.invoke({"turns": [message]})
    assert reply.kind == "answer"
    assert all(words in reply.text for words in BOTH_ANSWERED[message])
    assert reply.not_covered == ()


@pytest.mark.parametrize("message", PARTLY)
def test_what_the_guide_does_not_answer_is_said_beside_what_it_does(
    assistant: Assistant, message: str
) -> None:
    reply = assistant.invoke({"turns": [message]})
    assert reply.kind == "answer"
    assert PARTLY[message] in reply.text
    assert phrases.PARTLY in reply.text
    assert len(reply.not_covered) == 1
    assert reply.not_covered[0] in message


@pytest.mark.parametrize("message", WITH_A_WISH)
def test_a_wish_beside_a_question_is_taken_up_in_words_too(
    assistant: Assistant, message: str
) -> None:
    reply = assistant.invoke({"turns": [message]})
    assert reply.kind == "answer"
    assert all(words in reply.text for words in WITH_A_WISH[message])
    assert reply.handoff is not None


@pytest.mark.parametrize("message", WISH_OF_ITS_OWN)
def test_a_wish_in_a_sentence_of_its_own_is_not_lost(assistant: Assistant, message: str) -> None:
    reply = assistant.invoke({"turns": [message]})
    assert reply.kind == "answer"
    assert WISH_OF_ITS_OWN[message] in reply.text.lower()
    assert reply.handoff is not None
    assert reply.handoff.reason == "asked"


def test_a_wish_with_mere_talk_around_it_gets_no_lesson(assistant: Assistant) -> None:
    message = "My back is somewhat tired from the garden. I'd like an appointment on Tuesday."
    reply = assistant.invoke({"turns": [message]})
    assert reply.kind == "booking"
    assert reply.sentences == ()


def test_a_wish_beside_a_question_that_is_not_covered_says_so(assistant: Assistant) -> None:
    reply = assistant.invoke({"turns": ["can I get an appointment, and how do I massage feet?"]})
    assert reply.kind == "booking"
    assert reply.not_covered == ("how do I massage feet",)
    assert phrases.PARTLY in reply.text


@pytest.mark.parametrize(
    "message",
    [
        "how do I knead the neck and the shoulders",
        "is massage relaxing and good for stress",
        "my back is stiff and sore from the garden, what do I do about the stiffness",
    ],
)
def test_one_question_is_not_taken_apart(assistant: Assistant, message: str) -> None:
    assert assistant.invoke({"turns": [message]}).not_covered == ()


def test_several_questions_need_no_earlier_one_if_the_first_of_them_stands_alone(
    assistant: Assistant,
) -> None:
    turns = ["how long is a session", "what is effleurage and who invented it"]
    reply = assistant.invoke({"turns": turns})
    assert reply.kind == "answer"
    assert "Effleurage is" in reply.text
    assert reply.not_covered == ("who invented it",)
