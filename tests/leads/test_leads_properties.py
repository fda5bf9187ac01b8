"""What holds for any sequence of requests and any text in a cell."""

import csv
import io
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from assistant.leads import Caps, Database, LeadDesk
from assistant.leads.register import person_of
from assistant.leads.spreadsheet import as_csv, disarm
from assistant.leads.tables import leads, outbox, requests

EMAILS = ("", "a@example.com", "A@Example.com", "b@example.com")
PHONES = ("", "+1 202 555 0101", "(202) 555-0101", "+1 202 555 0102")
KEYS = tuple(f"idempotency-key-{number:04}" for number in range(4))
SENDS = st.lists(
    st.tuples(st.sampled_from(EMAILS), st.sampled_from(PHONES), st.sampled_from(KEYS)).filter(
        lambda sent: sent[0] or sent[1]
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(SENDS)
def test_each_distinct_request_is_kept_once_and_a_known_person_gets_no_second_lead(
    migrated_file, filled, visit, sends
):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(migrated_file, Path(folder, "leads"))
        db = Database.open(f"sqlite:///{folder}/leads", migrate=False)
        ticks = iter(range(10_000))
        start = datetime(2026, 1, 1, tzinfo=UTC)
        desk = LeadDesk(
            db, lambda _turns: None, routes=["webhook"], caps=Caps(99, 99, 99),
            clock=lambda: start + timedelta(seconds=next(ticks)),
        )  # fmt: skip
        known_forms, contacts_seen = {}, set()
        for email, phone, key in sends:
            form = filled(email=email, phone=phone, idempotency_key=key)
            person = person_of(form, "US")
            contacts = {each for each in (person.email_key, person.phone_key) if each}
            receipt = desk.submit(form, visit())
            if form in known_forms:
                assert (receipt.created, receipt.reference) == (False, known_forms[form])
            if contacts & contacts_seen:
                assert not receipt.created
            known_forms[form] = receipt.reference
            contacts_seen |= contacts
        with db.read() as conn:
            kept = conn.execute(select(leads.c.reference)).scalars().all()
            asked = conn.execute(select(requests.c.lead_id)).scalars().all()
            queued = conn.execute(select(outbox.c.message_id)).scalars().all()
        db.close()
        assert set(kept) == set(known_forms.values())
        assert len(asked) == len(queued) == len(set(queued)) == len(known_forms)


NASTY = st.text(alphabet="=+-@＝＋\t\r\n\0 ;,|\"'“aA1|!\x0b\x85\u2028", max_size=12) | st.text()


def opens_formula(cell):
    """An apostrophe before the sign makes it text; spaces and quotes before it do not."""
    bare = cell.lstrip(' "“”‘’\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029')
    return bool(bare.strip()) and bare.startswith(
        ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
    )


@settings(deadline=None, max_examples=60)
@example("=1+1")
@example('"=1+1"')
@example(" \t=1+1")
@example("x;=1+1")
@example('x";=1+1')
@example("x\r\n=1+1")
@example("\u2028@SUM(1)")
@given(NASTY)
def test_no_cell_opens_a_formula_whatever_the_separator(text):
    written = as_csv(["head"], [[text, text]])
    for separator in (",", ";", "\t", "|"):
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
            assert not [cell for cell in row if opens_formula(cell)]


@settings(deadline=None, max_examples=60)
@given(NASTY)
def test_a_cell_stays_one_cell_and_loses_nothing(text):
    row = list(csv.reader(io.StringIO(as_csv(["a", "b"], [[text, "end"]]), newline="")))[1]
    assert row[1] == "end"
    assert row[0] == disarm(text)
    plain = text.replace("\t", " ").replace("\r", "\n")
    assert row[0].replace("'", "") == plain.replace("'", "")


@pytest.mark.parametrize("text", ["Ada", "a-b", "2026-01-02", "ada@example.com", "1 + 1"])
def test_ordinary_text_is_left_alone(text):
    assert disarm(text) == text
