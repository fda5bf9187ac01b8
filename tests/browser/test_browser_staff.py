"""The owner's way: in by the password, see what is stuck, send it again, take it home."""

import uuid

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PASSWORD = "calm water"


@pytest.fixture
def reference(browse, served):
    """A lead that did not reach the spa."""
    visitor = browse().open("/book")
    page = visitor.page
    page.get_by_label("Your name").fill("=HYPERLINK(1)")
    page.get_by_label("E-mail", exact=True).fill(f"{uuid.uuid4().hex}@example.com")
    page.get_by_text("Serenity may use what I write").click()
    visitor.send()
    expect(page.get_by_role("heading", name="Request sent")).to_be_visible()
    reference = page.locator(".reference").inner_text()
    served.change("update outbox set state = 'dead', last_error = 'nobody listens', lease = null")
    return reference


@pytest.fixture
def staff(browse, reference):
    visitor = browse().open("/staff")
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_text("page 1 of").wait_for()
    return visitor.page


def test_a_wrong_password_opens_nothing(browse, reference):
    visitor = browse().open("/staff")
    visitor.page.get_by_label("Password", exact=True).fill("guess")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_text("This is not the password.")).to_be_visible()
    expect(visitor.page.get_by_text(reference)).to_have_count(0)


def test_what_is_stuck_is_found_and_sent_again(staff, reference, served):
    staff.get_by_label("Search").fill(reference)
    staff.keyboard.press("Enter")
    expect(staff.get_by_text("1 lead, page 1 of 1")).to_be_visible()
    expect(staff.locator(".tag.bad")).to_have_count(1)  # the whole list has gone
    expect(staff.locator(".tag.bad")).to_have_text("undelivered")
    staff.get_by_role("button", name="Open", exact=True).last.click()
    expect(staff.get_by_text("nobody listens")).to_be_visible()
    staff.get_by_role("button", name="Send again").click()
    expect(staff.get_by_role("button", name="Send again")).to_have_count(0)
    query = f"""select outbox.state from outbox join requests on requests.id = outbox.request_id
        join leads on leads.id = requests.lead_id where leads.reference = '{reference}'"""
    assert served.rows(query) == [("pending",)]


def test_the_export_runs_in_no_spreadsheet(staff, reference, tmp_path):
    with staff.expect_download() as download:
        staff.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "leads.csv")
    text = (tmp_path / "leads.csv").read_text("utf-8-sig")
    assert reference in text
    assert '"\'=HYPERLINK(1)"' in text
