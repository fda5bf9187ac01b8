import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from assistant.leads.desk import VisitContext
from assistant.leads.form import mint_key, validate_form
from assistant.leads.tables import outbox

PASSWORD = "calm water"
HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)  # quick, for tests


def take(office, name, **given):
    form = {
        "idempotency_key": mint_key(), "name": name, "email": f"{name.lower()}@example.com",
        "consent": True, **given,
    }  # fmt: skip
    context = VisitContext(f"session of {name}", "You may answer me.", "1", section="overview")
    return office.desk.submit(validate_form(form, "US"), context).reference


@pytest.fixture
def spa(make_spa):
    return make_spa(
        staff_password_hash=HASH,
        webhook_url="https://hooks.example/in",
        webhook_secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )


@pytest.fixture
def office(spa):
    return spa.reception.office()


def sign_in(visit, password=PASSWORD):
    visit.open("staff")
    visit.app.text_input(key="staff-password").set_value(password)
    return visit.press("Sign in")


@pytest.fixture
def staff(visit):
    return sign_in(visit)


def test_nothing_of_a_lead_is_shown_before_the_password(visit, office):
    reference = take(office, "Ann")
    visit.open("staff")
    assert reference not in visit.read
    sign_in(visit, "wrong")
    assert "not the password" in visit.read
    assert reference not in visit.read
    sign_in(visit)
    assert reference in visit.read


def test_attempts_are_limited(visit, monkeypatch):
    monkeypatch.setattr("assistant.pages.staff._client", lambda: "192.0.2.7")  # AppTest has none
    for _ in range(5):
        sign_in(visit, "wrong")
    sign_in(visit)
    assert "Too many attempts" in visit.read
    assert "leads, page" not in visit.read


def test_another_session_is_not_let_in(staff, make_visit):
    assert "leads, page" in staff.read
    assert "leads, page" not in make_visit().open().open("staff").read


def test_no_page_links_here(visit):
    visit.ask("how long")
    assert "Staff" not in visit.links()
    assert "staff" not in visit.html


def test_the_one_time_link_opens_once_and_leaves_the_address(make_spa, make_visit):
    spa = make_spa()
    token = spa.reception.office().access.one_time_token
    first = make_visit().open().open("staff", token=token)
    assert "leads, page" in first.read
    assert "token" not in first.app.query_params
    second = make_visit().open().open("staff", token=token)
    assert "used already" in second.read


def test_visitors_words_are_escaped(staff, office):
    take(office, "Ann", wish="<img src=x onerror=alert(1)>", message="<script>alert(1)</script>")
    staff.app.run()
    assert "<img" not in staff.html
    staff.press("Open")
    assert "<script>" not in staff.html
    assert "&lt;script&gt;" in staff.html


def test_leads_are_found_turned_over_and_counted(staff, office):
    for number in range(25):
        take(office, f"Guest{number}")
    staff.app.run()
    assert "25 leads, page 1 of 2" in staff.read
    staff.press("Older")
    assert "page 2 of 2" in staff.read
    staff.app.text_input(key="staff-search").set_value("guest7@").run()
    assert "1 lead, page 1 of 1" in staff.read


def test_a_lead_is_moved_on_and_noted(staff, office):
    reference = take(office, "Ann")
    staff.app.run()
    staff.press("Open")
    staff.app.segmented_control(key=f"staff-state-{reference}").set_value("contacted").run()
    staff.app.text_area(key="staff-note-text").set_value("Called her back.")
    staff.press("Add note")
    detail = office.staff.lead(reference)
    assert detail.row.state == "contacted"
    assert "Called her back." in staff.read
    assert "State: contacted" in staff.read


def test_what_did_not_arrive_is_red_and_can_be_sent_again(staff, office):
    reference = take(office, "Ann")
    with office.db.write() as conn:
        conn.execute(update(outbox).values(state="dead", attempts=20, last_error="answered 500"))
    staff.app.run()
    assert '<span class="tag bad">undelivered</span>' in staff.html
    assert "1 delivery was given up." in staff.read
    staff.press("Open")
    assert "answered 500" in staff.read
    staff.press("Send again")
    assert office.staff.lead(reference).row.reach == "pending"
    staff.press("All leads")
    assert "given up" not in staff.read


def test_the_owner_sees_the_funnel_the_gaps_and_the_feedback(staff, office):
    office.journal.answered("session-length")
    office.journal.not_covered("which oil <b>helps</b> sleep", "preparing-the-space")
    office.journal.feedback(helpful=False, word="too short", section="session-length")
    office.journal.flush()

    def enter(room):
        staff.app.segmented_control(key="staff-room").set_value(room).run()

    enter("Funnel")
    assert "Session Length" in staff.read
    assert "By week" in staff.read
    enter("Not covered")
    assert "Preparing the Space" in staff.read
    assert "which oil &lt;b&gt;helps" in staff.html
    enter("Feedback")
    assert "too short" in staff.read


def test_signing_out_closes_the_door(staff):
    staff.press("Sign out")
    assert "leads, page" not in staff.read
    assert staff.app.text_input(key="staff-password").value == ""


def test_staff_are_told_that_nothing_is_delivered(make_spa, make_visit):
    make_spa(staff_password_hash=HASH)
    assert "No way to reach the spa is set" in sign_in(make_visit().open()).read
