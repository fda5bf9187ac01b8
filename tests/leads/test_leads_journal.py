"""The journal: counts and questions without a person in them, none lost on an orderly close."""

import threading

import pytest

from assistant.leads import DatabaseUnavailable, Figures, Journal
from assistant.leads.redaction import redact
from assistant.leads.tables import week_of


@pytest.fixture
def journal(db, clock):
    opened = Journal(db, clock, pause=0.01)
    yield opened
    opened.close()


def test_the_funnel_counts_each_step_by_section_and_week(journal, db, clock):
    for _ in range(3):
        journal.answered("session-length")
    journal.not_covered("do you massage cats", "session-length")
    journal.offered("session-length")
    journal.form_shown("")
    clock.advance(days=7)
    journal.answered("kneading")
    journal.flush()
    newest, *rest = Figures(db).funnel()
    assert (newest.week, newest.section, newest.answered) == (week_of(clock.now), "kneading", 1)
    steps = {row.section: row for row in rest}
    assert steps["session-length"].questions == 4
    assert (steps["session-length"].not_covered, steps["session-length"].offered) == (1, 1)
    assert steps[""].form_shown == 1


def test_what_many_threads_record_is_all_written_on_close(db, clock):
    journal = Journal(db, clock, pause=0.001)
    threads = [
        threading.Thread(target=lambda: [journal.answered("a") for _ in range(50)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    assert [row.answered for row in Figures(db).funnel()] == [400]


def test_what_could_not_be_written_is_kept_for_the_next_time(small_db, clock, monkeypatch):
    journal = Journal(small_db, clock, pause=60)
    journal.answered("a")

    def away():
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(small_db, "write", away)
        with pytest.raises(DatabaseUnavailable):
            journal.flush()
    journal.answered("a")
    journal.close()
    assert [row.answered for row in Figures(small_db).funnel()] == [2]


def test_questions_in_vain_are_grouped_with_their_nearest_topic(journal, db):
    for asked in ("Do you massage cats?", "do you massage CATS", "please do you massage cats!"):
        journal.not_covered(asked, "strokes")
    journal.not_covered("And feet?", "strokes")
    journal.not_covered("What music?", "setting")
    journal.flush()
    strokes, setting = Figures(db).unanswered()
    assert (strokes.nearest, strokes.count) == ("strokes", 4)
    assert [(each.text, each.count) for each in strokes.questions] == [
        ("please do you massage cats!", 3),
        ("And feet?", 1),
    ]
    assert (setting.nearest, setting.count) == ("setting", 1)


def test_a_long_question_that_grows_in_lower_case_is_written_too(journal, db):
    journal.not_covered("is the straße " * 22, "")
    journal.flush()
    assert [each.count for each in Figures(db).unanswered()] == [1]


def test_feedback_is_listed_newest_first(journal, db):
    journal.feedback(True, "", "kneading", ["Kneading warms."])
    journal.feedback(False, "too short, mail ada@example.com", "kneading", ["Kneading warms."])
    journal.flush()
    newest, oldest = Figures(db).feedback()
    assert (newest.helpful, newest.word) == (False, "too short, mail [e-mail]")
    assert (oldest.helpful, oldest.sentences) == (True, ("Kneading warms.",))


@pytest.mark.parametrize("written", [True, False], ids=["after it was written", "before"])
def test_a_word_completes_its_thumb(db, clock, written):
    journal = Journal(db, clock, pause=60)
    first = journal.feedback(True, section="kneading", sentences=["Kneading warms."])
    journal.feedback(False)
    if written:
        journal.flush()
    journal.add_word(first, "clear, said ada@example.com")
    journal.close()
    other, completed = Figures(db).feedback()
    assert (other.helpful, other.word) == (False, "")
    assert (completed.helpful, completed.word) == (True, "clear, said [e-mail]")
    assert completed.sentences == ("Kneading warms.",)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("write to ada@example.com please", "write to [e-mail] please"),
        ("ada at example dot com", "[e-mail]"),
        ("ada (at) example (dot) co (dot) uk ok", "[e-mail] ok"),
        ("call +44 20 7946 0958 now", "call [number] now"),
        ("call (202) 555-0123", "call [number]"),
        ("it is 2025550123", "it is [number]"),
        ("two zero two five five five oh one", "[number]"),
        ("My name is Ada Lovelace and my back aches", "My name is [name] and my back aches"),
        ("my name's José, hello", "my name's [name], hello"),
        ("call me Ada", "call me [name]"),
        ("see www.example.com/ada", "see [link]"),
        ("do you treat feet?", "do you treat feet?"),
        ("is 30 minutes or 60 minutes better", "is 30 minutes or 60 minutes better"),
        ("two or three strokes at the shoulder", "two or three strokes at the shoulder"),
    ],
)
def test_personal_details_are_taken_out(text, kept):
    assert redact(text) == kept


def test_redaction_bounds_length_and_lines():
    assert redact("a\nb") == "a b"
    assert len(redact("word " * 500)) == 300


def test_a_fault_that_nobody_thought_of_does_not_end_the_journal(db, clock):
    journal, failed = Journal(db, clock, pause=0.001), threading.Event()

    def odd(_conn):
        if not failed.is_set():
            failed.set()
            raise RuntimeError

    journal._put(odd)
    assert failed.wait(30)
    journal.answered("a")
    journal.close()
    assert [row.answered for row in Figures(db).funnel()] == [1]
