import logging

import pytest
from sqlalchemy import select

from assistant.cleaning import LONGEST_MESSAGE
from assistant.leads.tables import feedback, funnel, questions


def steps_of(spa):
    spa.reception.office().journal.flush()
    with spa.reception.office().db.read() as conn:
        return {(row.section, row.step): row.count for row in conn.execute(select(funnel))}


def test_the_first_paint_says_what_it_is_and_what_it_is_not(visit):
    assert "automated assistant" in visit.read
    assert "not medical care" in visit.read
    assert "How long should a session be?" in visit.buttons()
    assert "Book at Serenity" in visit.links()


def test_a_starter_question_is_answered_with_a_citation_at_each_sentence(visit):
    visit.press("How long should a session be?")
    assert "Beginners can start with 20-minute sessions, to avoid fatigue." in visit.read
    assert visit.html.count("<details") == 3
    assert "[1]" not in visit.read


def test_steps_are_a_numbered_list(visit):
    visit.ask("how do I knead")
    assert "<ol><li>To knead, lift the muscle" in visit.html


def test_a_citation_leads_to_its_sentence_on_the_guide_page(visit, spa):
    visit.ask("how long")
    sentence = next(s for s in spa.assistant().guides[0].sentences if "20-minute" in s.text)
    assert f"guide?guide=back-massage&amp;s={sentence.start}-{sentence.end}" in visit.html


def test_a_suggested_question_is_asked_by_its_button(visit, spa):
    visit.ask("how long").press("How do I finish?")
    assert spa.assistant().asked[-1] == ["how long", "How do I finish?"]


def test_labels_made_of_guide_or_model_text_are_no_markdown(visit):
    visit.ask("how long")
    assert r"What about \*oil\*?" in [each.label for each in visit.app.button]


def test_a_stop_cannot_be_missed_and_stays_until_the_visitor_starts_over(visit):
    visit.ask("how long").ask("chest pain down my left arm").ask("is kneading fine, though")
    assert 'class="stop emergency" role="alert"' in visit.html
    assert 'class="banner emergency"' in visit.html
    assert 'href="tel:911"' in visit.html
    assert "Book at Serenity" not in visit.links()
    assert visit.buttons() == ["Start over"]
    visit.press("Start over")
    assert "automated assistant" in visit.read
    assert "Book at Serenity" in visit.links()


def test_ask_first_is_said_mildly_and_may_be_followed_by_a_booking(visit):
    visit.ask("my wife is pregnant")
    assert "reply caution" in visit.html
    assert "banner" not in visit.html
    assert visit.links().count("Book at Serenity") == 2


def test_what_the_guide_does_not_cover_looks_like_no_answer(visit):
    visit.ask("how do I massage feet")
    assert "Not in the guide" in visit.read
    assert "reply not-covered" in visit.html


@pytest.mark.parametrize(
    "text",
    ["   ", "<script>alert(1)</script><b>x</b>", "\x00\x07\u202egnp.exe\u200b", "🙏🏽" * 50,
     "a" * 100_000, "**x** :red[y] $z$ [l](javascript:alert(1))", "\u200f\u0643\u0645"],
)  # fmt: skip
def test_whatever_is_typed_there_is_a_kind_sentence_and_no_markup(visit, text):
    visit.ask(text)
    assert "<script>" not in visit.html
    assert "<b>x</b>" not in visit.html
    assert "\u202e" not in visit.html
    assert len(visit.html) < 10_000
    assert "reply" in visit.html


def test_an_answer_that_fails_is_told_kindly_and_its_words_reach_no_log(visit, caplog):
    with caplog.at_level(logging.DEBUG):
        visit.ask("crash")
    assert "could not answer that just now" in visit.read
    assert "secret words" not in caplog.text


def test_a_failure_does_not_lift_a_stop(visit, spa, monkeypatch):
    visit.ask("chest pain")
    monkeypatch.setattr(spa, "ask", lambda turns: 1 / 0)
    visit.ask("hello?")
    assert visit.html.count("stop emergency") == 2
    assert "Book at Serenity" not in visit.links()


def test_the_funnel_counts_answers_and_offers_by_section(visit, spa):
    visit.ask("how long").ask("how do I massage feet")
    assert steps_of(spa) == {
        ("session-length", "answered"): 1, ("session-length", "offered"): 1,
        ("ending-the-massage", "not_covered"): 1, ("ending-the-massage", "offered"): 1,
    }  # fmt: skip


def test_a_question_in_vain_is_kept_with_its_nearest_topic_and_a_health_word_never(visit, spa):
    visit.ask("how do I massage feet, write to ann@example.com").ask("chest pain")
    spa.reception.office().journal.flush()
    with spa.reception.office().db.read() as conn:
        rows = conn.execute(select(questions.c.text, questions.c.nearest)).all()
    assert rows == [("how do I massage feet, write to [e-mail]", "ending-the-massage")]


def test_a_thumb_is_kept_with_the_sentences_it_is_about(visit, spa):
    visit.ask("how long")
    visit.app.feedback[0].set_value(1).run()
    spa.reception.office().journal.flush()
    with spa.reception.office().db.read() as conn:
        row = conn.execute(select(feedback)).one()
    assert row.helpful
    assert "Beginners can start with 20-minute sessions, to avoid fatigue." in row.sentences


def test_a_word_completes_the_thumb_before_it(visit, spa):
    visit.ask("how long")
    visit.app.feedback[0].set_value(0).run()
    visit.app.text_input[0].set_value("too short")
    visit.press("Send")
    assert "Thank you." in visit.read
    spa.reception.office().journal.flush()
    with spa.reception.office().db.read() as conn:
        rows = conn.execute(select(feedback.c.helpful, feedback.c.word)).all()
    assert rows == [(False, "too short")]
    visit.ask("how long")  # the next reply is asked about anew
    assert "Was this helpful?" in visit.read


def test_a_broken_start_shows_one_clear_page_and_nothing_of_the_inside(visit, spa, caplog):
    def broken():
        raise RuntimeError("corpus/guides is missing; restore it")

    spa.assistant = broken
    visit.app.run()
    assert "cannot start" in visit.read
    assert "corpus/guides" not in visit.html
    assert "corpus/guides is missing; restore it" in caplog.text


def test_of_a_message_so_much_is_kept_and_a_talk_ends_at_as_much(visit, spa):
    visit.ask("x" * 60_000)
    assert not visit.app.chat_input[0].disabled
    visit.ask("y" * 1_000_000 + "chest pain")
    assert len(spa.assistant().asked[-1][1]) <= LONGEST_MESSAGE + 1
    assert 'class="stop emergency"' in visit.html
    visit.press("Start over").ask("y" * 1_000_000)
    assert visit.app.chat_input[0].disabled
    assert "Please start over" in visit.read
    visit.press("Start over")
    assert not visit.app.chat_input[0].disabled
