"""A person's data: handed over whole, erased for good, old data erased by age."""

import json
import logging
import sqlite3
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event, select

from assistant.leads import (
    ContactUnreadable,
    Database,
    ErasureIncomplete,
    Journal,
    LeadDesk,
    PersonalData,
    Staff,
    database,
)
from assistant.leads.tables import (
    feedback,
    leads,
    metadata,
    notes,
    outbox,
    questions,
    requests,
    tombstones,
    transcripts,
)

CANARY = "canary.contact@example.com"
PHONE = "+1 202-555-0177"
# Long enough that no hash, message id or time has it by chance, as "0177" alone may.
PHONE_PARTS = ("555-0177", "5550177")
SYMPTOM = "canarysymptom"
OWN = (leads, requests, transcripts, notes, outbox)


@pytest.fixture
def canary(db, clock, filled, visit):
    """A lead of a person who left everything, and another person's lead; the first's reference."""
    routes = ["webhook", "email", "confirmation"]
    desk = LeadDesk(db, lambda _turns: None, routes=routes, clock=clock)
    context = visit(turns=(f"I have {SYMPTOM}",), condition=SYMPTOM)
    form = filled(
        name="Canary Person", email=CANARY, phone=PHONE, message=SYMPTOM, attach_chat=True
    )
    reference = desk.submit(form, context).reference
    Staff(db, clock).add_note(reference, "Canary Person called")
    desk.submit(filled(), visit())
    return reference


@pytest.mark.parametrize("contact", [CANARY, CANARY.upper(), PHONE, "(202) 555-0177"])
def test_the_export_is_complete_json(db, clock, canary, contact):
    found = PersonalData(db, clock=clock).export(contact)
    text = json.dumps(found)
    for word in (CANARY, PHONE, SYMPTOM, "Canary Person called", canary, "consent_text"):
        assert word in text
    assert len(found["leads"]) == 1
    assert len(found["leads"][0]["deliveries"]) == 3
    assert "ada@example.com" not in text


def test_the_export_leaves_no_column_out(db, clock, canary):
    lead = PersonalData(db, clock=clock).export(CANARY)["leads"][0]
    parts = {"requests": requests, "transcripts": transcripts, "notes": notes, "deliveries": outbox}
    assert set(lead) == set(leads.c.keys()) | set(parts)
    for part, table in parts.items():
        assert set(lead[part][0]) == set(table.c.keys())


@pytest.mark.parametrize("contact", [CANARY, PHONE])
def test_erasing_takes_one_person_and_leaves_the_other(db, clock, canary, count, contact):
    before = {table.name: count(db, table) for table in OWN}
    erased = PersonalData(db, clock=clock).erase(contact)
    assert (erased.leads, erased.requests) == (1, 1)
    after = {table.name: count(db, table) for table in OWN}
    assert before["leads"] - after["leads"] == 1
    assert (after["requests"], after["transcripts"], after["notes"], after["outbox"]) == (
        1,
        0,
        0,
        3,
    )
    with db.read() as conn:
        kept = [
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in conn.execute(select(table))
        ]
    left = [row for row in kept if any(w in row for w in (CANARY, SYMPTOM, *PHONE_PARTS))]
    assert not left


def test_an_erased_person_cannot_be_recovered_from_the_sqlite_file(
    small_db, tmp_path, clock, filled, visit
):
    desk = LeadDesk(small_db, lambda _turns: None, routes=["webhook"], clock=clock)
    for number in range(30):
        desk.submit(filled(email=f"guest{number}@example.com"), visit())
    desk.submit(filled(email=CANARY, phone=PHONE, message=SYMPTOM * 50), visit())
    desk.submit(filled(email=CANARY, wish="again"), visit())
    assert CANARY.encode() in _bytes_on_disk(tmp_path)
    PersonalData(small_db, clock=clock).erase(CANARY)
    left = _bytes_on_disk(tmp_path)
    assert b"guest7@example.com" in left
    for word in (CANARY, SYMPTOM, *PHONE_PARTS):
        assert word.encode() not in left


def test_an_erasure_that_a_reader_holds_up_says_so(small_db, tmp_path, clock, monkeypatch):
    from assistant.leads import database

    monkeypatch.setattr(database._vacuum.retry, "stop", lambda _state: True)
    hurry = "PRAGMA busy_timeout=50"
    event.listen(small_db.engine, "connect", lambda conn, _record: conn.execute(hurry))
    small_db.engine.dispose()
    with closing(sqlite3.connect(tmp_path / "leads.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM leads").fetchall()
        with pytest.raises(ErasureIncomplete, match="run the command again"):
            PersonalData(small_db, clock=clock).erase(CANARY)


def test_the_tombstone_does_not_name_the_person_and_a_new_request_is_welcome(
    db, clock, canary, count, filled, visit
):
    PersonalData(db, clock=clock).erase(CANARY)
    assert count(db, tombstones) == 3  # two contacts and a form
    with db.read() as conn:
        digests = conn.execute(select(tombstones.c.digest)).scalars().all()
    assert all(len(each) == 64 for each in digests)
    clock.advance(seconds=1)
    desk = LeadDesk(db, lambda _turns: None, clock=clock)
    assert desk.submit(filled(email=CANARY), visit()).created
    assert PersonalData(db, clock=clock).export(CANARY)["leads"]


@pytest.mark.parametrize(
    ("contact", "written"), [(CANARY, CANARY.upper()), (PHONE, PHONE), (PHONE, "+12025550177")]
)
def test_words_that_redaction_missed_go_too(db, clock, tmp_path, contact, written):
    journal = Journal(db, clock, pause=0.01)
    for word in ("cats?", "dogs?"):
        journal.not_covered(word, "strokes")
        journal.feedback(False, word)
    journal.close()
    with db.write() as conn:
        one = (questions.c.text == "cats?", feedback.c.word == "cats?")
        conn.execute(questions.update().where(one[0]).values(text=f"cats for {written}?"))
        conn.execute(feedback.update().where(one[1]).values(word=f"write to {written}"))
    personal = PersonalData(db, clock=clock)
    found = personal.export(contact)
    assert (len(found["questions"]), len(found["feedback"])) == (1, 1)
    erased = personal.erase(contact)
    assert (erased.questions, erased.feedback) == (1, 1)
    if db.is_sqlite:
        assert written.encode() not in _bytes_on_disk(tmp_path)


def test_a_dead_letter_goes_with_its_person(db, clock, canary, count):
    with db.write() as conn:
        conn.execute(outbox.update().values(state="dead", last_error="the receiver answered 410"))
    PersonalData(db, clock=clock).erase(CANARY)
    assert len(Staff(db, clock).dead_letters()) == count(db, outbox) == 3  # the other person's


def test_the_list_for_a_spreadsheet_holds_no_word_of_the_chat(db, clock, canary):
    written = Staff(db, clock).export_csv()
    assert CANARY in written
    assert SYMPTOM not in written


def test_retention_erases_by_the_last_request(db, clock, filled, visit, count):
    desk = LeadDesk(db, lambda _turns: None, clock=clock)
    desk.submit(filled(email="old@example.com"), visit())
    desk.submit(filled(email="back@example.com"), visit())
    clock.advance(days=20)
    desk.submit(filled(email="back@example.com", wish="again"), visit())
    clock.advance(days=11)
    erased = PersonalData(db, clock=clock).apply_retention(30)
    assert (erased.leads, count(db, leads), count(db, requests)) == (1, 1, 2)
    assert PersonalData(db, clock=clock).apply_retention(30).leads == 0


@pytest.mark.parametrize("contact", ["nobody", "", "12", "@", "a@b@c"])
def test_what_is_no_contact_is_refused_without_being_repeated(small_db, contact):
    with pytest.raises(ContactUnreadable) as caught:
        PersonalData(small_db).erase(contact)
    assert not contact or f"'{contact}'" not in str(caught.value)


def test_logs_of_a_whole_life_name_no_person(url, clock, filled, visit, caplog, tmp_path, receiver):
    """Taken, delivered, failed, noted, exported, erased: the log of all levels is searched."""
    from assistant.leads import Relay, WebhookRoute

    caplog.set_level(logging.DEBUG)
    db = Database.open(url)
    desk = LeadDesk(db, lambda _turns: None, routes=["webhook"], clock=clock)
    context = visit(turns=(f"I have {SYMPTOM}",), condition=SYMPTOM)
    form = filled(email=CANARY, phone=PHONE, message=SYMPTOM, attach_chat=True)
    reference = desk.submit(form, context).reference
    receiver.behaviours = ["500", "200"]
    relay = Relay(db, [WebhookRoute(receiver.url, "whsec_c2VjcmV0")], clock=clock)
    relay.run_once()
    clock.advance(hours=1)
    relay.run_once()
    journal = Journal(db, clock, pause=0.01)
    journal.not_covered(f"mail {CANARY} about cats", "strokes")
    journal.close()
    personal = PersonalData(db, clock=clock)
    personal.export(CANARY)
    personal.erase(PHONE)
    db.close()
    assert reference in caplog.text
    for word in (CANARY, SYMPTOM, *PHONE_PARTS):
        assert word not in caplog.text
        assert all(word not in path for path, _, _ in receiver.seen)


def _bytes_on_disk(folder):
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_rows_that_are_erased_where_the_file_cannot_be_rewritten_are_told_so(small_db, monkeypatch):
    @contextmanager
    def full(_engine):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error
        yield

    monkeypatch.setattr(database, "_raw", full)
    with pytest.raises(ErasureIncomplete, match=r"rows are erased.*disk is full.*Make room"):
        small_db.forget_deleted()
