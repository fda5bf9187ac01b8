"""A visitor's message is safe to read after cleaning, whatever came in."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.cleaning import LONGEST_QUESTION, clean

# Everything that can stand in a Python string: control characters and lone surrogates as well.
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=300)
patient = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUESTIONS = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyzäéß'0123456789", min_size=1, max_size=12),
    min_size=1, max_size=20,
)  # fmt: skip


@patient
@given(ANYTHING)
def test_nothing_that_cannot_be_seen_is_left(raw):
    message = clean(raw)
    for text in (message.whole, message.question):
        # C: control, format (zero width, direction), surrogate, private, unassigned.
        assert not [c for c in text if unicodedata.category(c).startswith("C")]


@patient
@given(st.text("word. ?<>🙂", max_size=40), st.sampled_from(["a", "a. ", "<b", " ", "?"]))
def test_a_question_is_never_longer_than_the_cap(end, filling):
    raw = filling * LONGEST_QUESTION + end
    assert len(clean(raw).question) <= LONGEST_QUESTION


def test_text_that_normalising_makes_longer_is_capped_too():
    assert len(clean("\ufdfa" * 2_000).question) <= LONGEST_QUESTION


@patient
@given(st.text("<>/b! \u200be?.", max_size=60).filter(lambda raw: raw.count("<") < 2))
def test_cleaning_twice_changes_nothing(raw):
    once = clean(raw)
    assert clean(once.whole) == once
    assert clean(once.question).question == once.question


@pytest.mark.parametrize("raw", ["<b <i> c>", "e\u200b\u0301", "a " * 1_100 + "?"])
def test_cleaning_needs_no_second_pass(raw):
    once = clean(raw).question
    assert clean(once).question == once


def test_a_bar_of_the_visitors_joins_no_questions():
    assert clean("do you do facials | manicures").question == "do you do facials / manicures"


@patient
@given(QUESTIONS, st.text(" .,;:!?…", max_size=5))
def test_end_marks_do_not_change_the_question(words, end):
    question = " ".join(words)
    assert clean(question + end).question == clean(question).question


@patient
@given(QUESTIONS, st.sampled_from(["  ", "\n", "\t \t", "\u00a0", "\u2003"]))
def test_white_space_does_not_change_the_question(words, gap):
    assert clean(f" {gap.join(words)}{gap}") == clean(" ".join(words))


@pytest.mark.parametrize(
    ("raw", "question"),
    [
        ("how\u200b long\u00ad is\ufeff it?", "how long is it"),
        ("ｈｏｗ ｌｏｎｇ？", "how long"),
        ("\u202ehow long\u202c", "how long"),
        ("how<script>alert(1)</script> long", "how alert(1) long"),
        ("<!-- x --><b>how</b> long", "how long"),
        ("is <2 minutes > 1 minute?", "is <2 minutes > 1 minute"),
        ("what oil?!…", "what oil"),
        ("???", "???"),
    ],
)  # fmt: skip
def test_a_message_reads_as_it_was_meant(raw, question):
    assert clean(raw).question == question


@pytest.mark.parametrize("raw", ["", " \n", "...", "🙂🙂", "\u200b", "<b></b>", "\x00"])
def test_a_message_without_a_letter_or_digit_is_empty(raw):
    assert clean(raw).is_empty


def test_a_long_message_keeps_its_end_from_a_sentence_on_and_triage_gets_all():
    message = clean("I sit a lot. " * 400 + "How long should a session be?")
    assert message.question.endswith("How long should a session be")
    assert message.question.startswith("I sit a lot.")
    assert len(message.whole) > LONGEST_QUESTION
