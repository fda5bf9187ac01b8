"""The spa's own facts come from the settings alone; an offer is made once, or when asked for."""

import pytest

from assistant import phrases
from assistant.handoff import USEFUL_ANSWERS, Past, booking_text, offer_after_answer
from assistant.reply import Handoff, Reply
from assistant.settings import Settings

ASKED = {
    "prices": ("what does it cost", "how much is a massage", "your prices?", "is there a deposit"),
    "hours": ("when are you open", "what are your opening hours", "what time do you close"),
    "address": ("where are you", "is there parking", "what's your address", "which street is it"),
    "phone": ("what is your number", "can I ring you", "are you on whatsapp", "your telephone?"),
}
CASES = [(topic, message) for topic, messages in ASKED.items() for message in messages]
TOLD = "Ask-for-Ada {0} 7"  # braces must not be read as a place to fill in


@pytest.fixture
def settings_with(monkeypatch):
    def make(**facts):
        for topic, value in facts.items():
            monkeypatch.setenv(f"SERENITY_{topic.upper()}", value)
        return Settings(_env_file=None)

    return make


@pytest.mark.parametrize(("topic", "message"), CASES)
def test_a_fact_that_the_owner_has_set_is_told_as_it_is(settings_with, topic, message):
    text = booking_text(message, settings_with(**{topic: TOLD}))
    assert phrases.OWN_FACT[topic].format(value=TOLD) in text
    assert phrases.UNKNOWN_FACT[topic] not in text


@pytest.mark.parametrize(("topic", "message"), CASES)
def test_a_fact_that_is_not_set_is_not_guessed(settings_with, topic, message):
    others = {other: TOLD for other in ASKED if other != topic}
    text = booking_text(message, settings_with(**others))
    assert text.startswith(phrases.UNKNOWN_FACT[topic])
    assert TOLD not in text
    assert not any(character.isdigit() for character in text)


@pytest.mark.parametrize("message", ["I want to book", "can I come in for a massage", "book me in"])
def test_a_wish_to_book_gets_the_form(settings_with, message):
    assert booking_text(message, settings_with(prices=TOLD, hours=TOLD)) == phrases.BOOK


@pytest.mark.parametrize(
    "message",
    ["cancel my appointment", "can I reschedule", "I'm running late", "move my booking to sunday"],
)
def test_a_change_is_passed_on_and_never_confirmed(settings_with, message):
    assert booking_text(message, settings_with(hours=TOLD)) == phrases.CHANGE


@pytest.fixture
def plain(facts):
    return facts["F110"]


def test_no_offer_beside_the_first_plain_answer(plain):
    assert offer_after_answer([plain], wants=False, past=Past()) is None


def test_an_offer_after_useful_answers(plain):
    past = Past(answers=USEFUL_ANSWERS - 1)
    assert offer_after_answer([plain], wants=False, past=past) == Handoff("after-answers")


@pytest.mark.parametrize("fact", ["F055", "F056", "F143", "F144", "F145"])
def test_an_offer_where_the_guide_points_to_professionals(facts, fact):
    offer = offer_after_answer([facts[fact]], wants=False, past=Past())
    assert offer == Handoff("guide-says-professional")


@pytest.mark.parametrize("fact", ["F110", "F002"])
def test_no_offer_where_the_guide_only_names_a_professional(facts, fact):
    assert "professional" in facts[fact].shown
    assert offer_after_answer([facts[fact]], wants=False, past=Past()) is None


@pytest.mark.parametrize("fact", ["F055", "F110"])
def test_nothing_is_offered_a_second_time_unasked(facts, fact):
    past = Past(answers=9, offered=True)
    assert offer_after_answer([facts[fact]], wants=False, past=past) is None


def test_whoever_asks_gets_the_offer_again(plain):
    past = Past(answers=9, offered=True)
    assert offer_after_answer([plain], wants=True, past=past) == Handoff("asked")


def test_the_past_counts_answers_and_remembers_an_offer():
    past = Past()
    for reply in (
        Reply("small_talk", "Hello"),
        Reply("answer", "…"),
        Reply("not_covered", "…"),
        Reply("answer", "…", handoff=Handoff("asked")),
        Reply("booking", "…"),
    ):
        past = past.after(reply)
    assert past == Past(answers=2, offered=True)
