"""The desk: every request kept once, and refused only with a reason."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select

from assistant.leads import (
    Caps,
    DatabaseUnavailable,
    LeadDesk,
    RequestErased,
    Staff,
    StoppedConversation,
    TryLater,
)
from assistant.leads.personal_data import PersonalData
from assistant.leads.tables import funnel, leads, outbox, requests, transcripts


def test_a_request_is_kept_with_its_delivery_and_its_count(desk, db, filled, visit, count):
    receipt = desk.submit(filled(), visit(section="session-length"))
    assert receipt.created
    assert receipt.reference in receipt.next_steps
    assert [count(db, table) for table in (leads, requests, outbox, transcripts)] == [1, 1, 1, 0]
    with db.read() as conn:
        assert [tuple(row)[1:] for row in conn.execute(select(funnel))] == [
            ("session-length", "sent", 1)
        ]


def test_twenty_parallel_submits_of_one_form_make_one_lead(desk, db, filled, visit, count):
    form, context = filled(), visit()
    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(lambda _: desk.submit(form, context), range(20)))
    assert len({receipt.reference for receipt in receipts}) == 1
    assert sum(receipt.created for receipt in receipts) == 1
    assert [count(db, table) for table in (leads, requests, outbox)] == [1, 1, 1]


def test_ten_forms_of_one_person_at_once_make_one_lead(db, clock, filled, visit, count):
    desk = LeadDesk(db, lambda _turns: None, caps=Caps(per_contact=99), clock=clock)
    forms = [filled() for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        receipts = list(pool.map(lambda form: desk.submit(form, visit()), forms))
    assert len({receipt.reference for receipt in receipts}) == 1
    assert [count(db, table) for table in (leads, requests)] == [1, 10]


def test_the_visitor_cannot_tell_who_asked_before(desk, filled, visit):
    first, again = desk.submit(filled(), visit()), desk.submit(filled(), visit())
    assert (first.created, again.created) == (True, False)
    assert first.next_steps == again.next_steps


def test_a_correction_after_back_reaches_the_same_lead(desk, db, filled, visit, count):
    form, context = filled(email="wrong@example.com"), visit()
    first = desk.submit(form, context)
    corrected = filled(email="right@example.com", idempotency_key=form.idempotency_key)
    second = desk.submit(corrected, context)
    assert second.reference == first.reference
    assert [count(db, table) for table in (leads, requests, outbox)] == [1, 2, 2]
    assert Staff(db).lead(first.reference).row.email == "right@example.com"


@pytest.mark.parametrize("state", ["booked", "closed"])
def test_who_asks_again_after_the_end_gets_a_new_lead(desk, db, filled, visit, state):
    first = desk.submit(filled(), visit())
    Staff(db).set_state(first.reference, state)
    assert desk.submit(filled(), visit()).reference != first.reference


@pytest.mark.parametrize("level", ["emergency", "urgent"])
def test_a_stop_is_refused_whoever_knows_of_it(small_db, filled, visit, count, level):
    """The page may not have noticed; the desk asks triage itself."""
    blind_page = LeadDesk(small_db, lambda turns: level if "chest" in turns[0] else None)
    with pytest.raises(StoppedConversation):
        blind_page.submit(filled(), visit(turns=("my chest hurts",)))
    blind_triage = LeadDesk(small_db, lambda _turns: None)
    with pytest.raises(StoppedConversation):
        blind_triage.submit(filled(), visit(level=level))
    assert count(small_db, leads) == 0


def test_a_triage_that_fails_stops(small_db, filled, visit, caplog):
    def broken(turns):
        raise RuntimeError(turns[0])

    with pytest.raises(StoppedConversation):
        LeadDesk(small_db, broken).submit(filled(), visit(turns=("canary words",)))
    assert "RuntimeError" in caplog.text
    assert "canary words" not in caplog.text


def test_ask_first_may_book(small_db, filled, visit):
    desk = LeadDesk(small_db, lambda _turns: "ask_first")
    assert desk.submit(filled(), visit(level="ask_first", condition="pregnancy")).created


def test_words_of_the_chat_are_kept_only_if_ticked(small_desk, small_db, filled, visit, count):
    context = visit(turns=("I have varicose veins",), condition="varicose veins")
    small_desk.submit(filled(email="one@example.com"), context)
    assert count(small_db, transcripts) == 0
    receipt = small_desk.submit(filled(email="two@example.com", attach_chat=True), context)
    talk = Staff(small_db).lead(receipt.reference).requests[0].conversation
    assert talk.turns == ("I have varicose veins",)
    assert talk.condition == "varicose veins"


@pytest.mark.parametrize("cap", ["per_session", "per_contact", "in_all"])
def test_a_cap_says_when_to_retry_and_ends_then(small_db, clock, filled, visit, cap):
    desk = LeadDesk(small_db, lambda _turns: None, caps=Caps(**{cap: 2}), clock=clock)
    started, session = clock.now, visit()
    for number in range(2):
        desk.submit(filled(email="a@example.com", wish=str(number)), session)
        clock.advance(minutes=10)
    late = filled(email="a@example.com", wish="third")
    with pytest.raises(TryLater) as caught:
        desk.submit(late, session)
    assert (caught.value.retry_at - started).total_seconds() == 3600
    assert "again in 40 minutes (after " in str(caught.value)
    clock.now = caught.value.retry_at
    desk.submit(late, session)


def test_a_receipt_is_given_again_even_when_a_cap_is_reached(small_db, clock, filled, visit):
    desk = LeadDesk(small_db, lambda _turns: None, caps=Caps(in_all=1), clock=clock)
    form, context = filled(), visit()
    assert desk.submit(form, context).reference == desk.submit(form, context).reference


@pytest.mark.parametrize(
    "signs",
    [
        {"website": "http://spam.example"},
        {"message": "see https://spam.example"},
        {"name": "www.spam.example"},
        {"message": "<a href=x>cheap</a>"},
        {"message": "SEO backlinks"},
    ],
)
def test_spam_is_flagged_and_delivered_but_not_confirmed(
    small_desk, small_db, filled, visit, signs
):
    receipt = small_desk.submit(filled(**signs), visit())
    detail = Staff(small_db).lead(receipt.reference)
    assert detail.row.suspicions
    assert [each.route for each in detail.deliveries] == ["webhook", "email"]
    assert "confirmation" not in receipt.next_steps


def test_an_ordinary_request_is_not_flagged(small_desk, small_db, filled, visit):
    receipt = small_desk.submit(filled(), visit())
    detail = Staff(small_db).lead(receipt.reference)
    assert detail.row.suspicions == ()
    assert [each.route for each in detail.deliveries] == ["webhook", "email", "confirmation"]


def test_an_erased_form_sent_once_more_stays_erased(desk, db, filled, visit, count):
    form = filled()
    desk.submit(form, visit())
    PersonalData(db).erase("ada@example.com")
    with pytest.raises(RequestErased):
        desk.submit(form, visit())
    assert count(db, leads) == 0
    assert desk.submit(filled(), visit()).created


def test_what_cannot_be_saved_is_not_thanked_for(small_desk, small_db, filled, visit, count):
    def fail(*_):
        raise small_db.engine.dialect.loaded_dbapi.OperationalError("disk I/O error")

    event.listen(small_db.engine, "commit", fail)
    with pytest.raises(Exception, match="disk I/O error"):
        small_desk.submit(filled(), visit())
    event.remove(small_db.engine, "commit", fail)
    assert [count(small_db, table) for table in (leads, requests, outbox)] == [0, 0, 0]


def test_a_locked_database_is_reported_not_waited_for_for_ever(tmp_path, filled, visit):
    import sqlite3

    from assistant.leads import Database

    db = Database.open(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    event.listen(db.engine, "connect", lambda conn, _: conn.execute("PRAGMA busy_timeout=50"))
    db.engine.dispose()
    other = sqlite3.connect(tmp_path / "x.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"):
        LeadDesk(db, lambda _turns: None).submit(filled(), visit())
    other.close()
    db.close()
