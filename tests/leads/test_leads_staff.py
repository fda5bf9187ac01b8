"""The owner's view: found, moved on, exported, and open to staff alone."""

import csv
import io

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, text

from assistant.leads import (
    BookingLinkRefused,
    NoSuchLead,
    Staff,
    StaffAccess,
    StaffAccessMisconfigured,
    TooManyAttempts,
    allowed_hosts,
    booking_link,
)
from assistant.leads.tables import leads, outbox, requests


@pytest.fixture
def staff(db, clock):
    return Staff(db, clock)


@pytest.fixture
def three(desk, filled, visit, clock):
    """Three leads, oldest first."""
    receipts = []
    for name in ("Ada Lovelace", "Grace Hopper", "Alan 100% Turing"):
        phone = "+1 202 555 0123" if name.startswith("Grace") else ""
        mail = f"{name.split()[0].lower()}@example.com"
        receipts.append(desk.submit(filled(name=name, email=mail, phone=phone), visit()))
        clock.advance(minutes=1)
    return [receipt.reference for receipt in receipts]


def test_leads_come_newest_first_a_page_at_a_time(staff, three):
    first = staff.leads(per_page=2)
    assert [row.reference for row in first.rows] == three[:0:-1]
    assert (first.total, first.pages) == (3, 2)
    assert [row.reference for row in staff.leads(per_page=2, page=99).rows] == three[:1]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ada", [0]),
        ("LOVELACE ada", [0]),
        ("example.com", [2, 1, 0]),
        ("(202)555-0123", [1]),
        ("2025550123", [1]),
        ("100%", [2]),
        ("%", [2]),
        ("nobody", []),
        ("'; DROP TABLE leads; --", []),
    ],
)
def test_search_finds_words_in_any_order(staff, three, search, found):
    assert [row.reference for row in staff.leads(search=search).rows] == [
        three[number] for number in found
    ]
    assert staff.leads(search=three[0]).total == 1


def test_state_and_notes_are_kept(staff, three):
    staff.set_state(three[0], "contacted")
    staff.add_note(three[0], " called, no answer ")
    assert [row.reference for row in staff.leads(state="contacted").rows] == [three[0]]
    assert [note.text for note in staff.lead(three[0]).notes] == [
        "State: contacted",
        "called, no answer",
    ]


def test_what_is_unknown_is_refused(staff, three):
    with pytest.raises(NoSuchLead, match="SB-NONE"):
        staff.lead("SB-NONE")
    with pytest.raises(NoSuchLead):
        staff.add_note("SB-NONE", "x")
    with pytest.raises(ValueError, match="'gone'"):
        staff.set_state(three[0], "gone")


def test_the_signs_of_spam_of_all_requests_are_shown_once(staff, desk, filled, visit):
    receipt = desk.submit(filled(), visit())
    for wish in ("see https://spam.example", "or https://spam.example/2"):
        desk.submit(filled(wish=wish, website="x"), visit())
    row = staff.leads().rows[0]
    assert (row.reference, row.requests) == (receipt.reference, 3)
    assert row.suspicions == ("the hidden field was filled in", "it holds links")
    assert staff.lead(receipt.reference).row == row


def test_csv_has_a_line_for_each_lead(staff, three):
    rows = list(csv.DictReader(io.StringIO(staff.export_csv())))
    assert [row["reference"] for row in rows] == three[::-1]
    assert rows[1]["telephone"] == "'+1 202-555-0123"


def test_ten_thousand_leads_are_read_by_index_and_in_few_statements(small_db, clock):
    """Counted, not timed: a page asks as often and scans no table, however many there are."""
    now, many, staff = clock.now, range(10_000), Staff(small_db, clock)
    with small_db.write() as conn:
        conn.execute(leads.insert(), [
            {"id": n, "reference": f"SB-{n}", "state": "new", "name": f"Guest {n}", "email": "",
             "phone": "", "wish": "", "created_at": now, "last_at": now} for n in many
        ])  # fmt: skip
        conn.execute(requests.insert(), [
            {"id": n, "lead_id": n, "at": now, "fingerprint": str(n), "idempotency_key": str(n),
             "session_key": "", "again": False, "name": "", "email": "", "phone": "",
             "email_key": f"guest{n}@example.com", "phone_key": "", "wish": "", "message": "",
             "suspicions": [], "locale": "", "consent_text": "", "consent_version": "",
             "consent_at": now} for n in many
        ])  # fmt: skip
        conn.execute(outbox.insert(), [
            {"id": n, "request_id": n, "route": "webhook", "message_id": str(n),
             "state": "delivered", "attempts": 1, "due_at": now, "lease": None, "last_error": "",
             "done_at": now} for n in many
        ])  # fmt: skip
        conn.execute(text("ANALYZE"))
    asked = []
    event.listen(small_db.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
    assert staff.leads(page=200).rows[0].reach == "delivered"
    assert len([each for each in asked if each[0].startswith("SELECT")]) == 4
    with small_db.engine.connect() as conn:
        plan = "\n".join(
            str(row)
            for statement, values in list(asked)
            if statement.startswith("SELECT") and "count" not in statement
            for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        )
    assert "SCAN requests" not in plan
    assert "SCAN outbox" not in plan
    assert staff.leads(search="Guest 9999").total == 1
    assert len(staff.export_csv().splitlines()) == 10_001


@pytest.fixture(scope="module")
def hashed():
    """A hash that is cheap to check: the cost stands in the hash itself."""
    return PasswordHasher(time_cost=1, memory_cost=64).hash("open sesame")


def test_the_password_opens_and_another_does_not(hashed, clock):
    access = StaffAccess(hashed, clock=clock)
    assert access.login("open sesame")
    assert not access.login("Open sesame")
    assert not access.redeem("")
    assert access.one_time_token == ""


def test_attempts_are_limited_for_each_client(hashed, clock):
    access = StaffAccess(hashed, clock=clock, per_client=3)
    for _ in range(3):
        assert not access.login("guess", client="a")
    with pytest.raises(TooManyAttempts) as caught:
        access.login("open sesame", client="a")
    assert access.login("open sesame", client="b")
    clock.now = caught.value.retry_at
    assert access.login("open sesame", client="a")


def test_attempts_are_limited_in_all(hashed, clock):
    access = StaffAccess(hashed, clock=clock, in_all=3)
    for number in range(3):
        access.login("guess", client=str(number))
    with pytest.raises(TooManyAttempts):
        access.login("open sesame", client="new")


def test_without_a_password_a_link_opens_once(clock):
    access = StaffAccess("", clock=clock)
    token = access.one_time_token
    assert len(token) > 40
    assert not access.login("")
    assert not access.redeem("wrong")
    assert access.redeem(token)
    assert not access.redeem(token)
    assert not access.redeem("")


def test_a_hash_that_is_none_is_refused_without_being_repeated():
    with pytest.raises(StaffAccessMisconfigured, match="argon2") as caught:
        StaffAccess("plain password")
    assert "plain password" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        (
            "https://cal.com/spa/massage",
            "https://cal.com/spa/massage?name=Ada%20L&email=a%2Bb%40example.com",
        ),
        (
            "https://calendly.com/spa?month=2026-01&email=x",
            "https://calendly.com/spa?month=2026-01&name=Ada%20L&email=a%2Bb%40example.com",
        ),
        (
            "https://book.spa.example/now#top",
            "https://book.spa.example/now?name=Ada%20L&email=a%2Bb%40example.com#top",
        ),
    ],
)
def test_a_booking_link_carries_name_and_email_only(url, link):
    assert booking_link(url, allowed_hosts(url), "Ada L", "a+b@example.com") == link
    assert booking_link(url, allowed_hosts(url)).count("email") == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/spa",
        "https://cal.com.evil.example/spa",
        "https://notcal.com/spa",
        "http://cal.com/spa",
        "javascript:alert(1)",
        "https://cal.com@evil.example/",
        "https://cal.com\\@evil.example/",
        "https://cal.com:8443/spa",
        "//cal.com/spa",
        "https://",
        "",
    ],
)
def test_a_link_to_anywhere_else_is_refused(url):
    with pytest.raises(BookingLinkRefused):
        booking_link(url, allowed_hosts("https://book.spa.example"))
