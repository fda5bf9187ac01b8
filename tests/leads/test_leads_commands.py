"""The commands and the wiring: what the owner types and is told."""

import json
import threading

import pytest
from typer.testing import CliRunner

from assistant.leads import Office, RouteMisconfigured
from assistant.leads.commands import app
from assistant.leads.office import NO_MAIL_SERVER, NO_ROUTE, PLAIN_WEBHOOK
from assistant.settings import Settings

SECRET = "whsec_c2VjcmV0LW9mLXRoZS1zcGE="


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    for name in ("WEBHOOK_URL", "SMTP_URL", "NOTIFY_EMAIL", "DATABASE_URL", "STAFF_PASSWORD_HASH"):
        monkeypatch.delenv(f"SERENITY_{name}", raising=False)
    monkeypatch.setenv("SERENITY_DATA_DIR", str(tmp_path / "new" / "folder"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def office():
    opened = Office.open(Settings(), lambda _turns: None)
    yield opened
    opened.close()


@pytest.fixture
def run():
    return lambda *words, **options: CliRunner().invoke(app, words, **options)


def test_leads_are_listed(office, run, filled, visit):
    receipt = office.desk.submit(filled(), visit())
    told = run("leads", "--search", "ada")
    assert told.exit_code == 0
    assert receipt.reference in told.output
    assert "1 leads, page 1 of 1" in told.output


def test_data_are_exported_and_erased(office, run, filled, visit):
    office.desk.submit(filled(), visit())
    assert json.loads(run("data", "export", "--contact", "ada@example.com").output)["leads"]
    told = run("data", "erase", "--contact", "-", input="ada@example.com\n")
    assert told.output == "erased: 1 leads, 1 requests, 0 questions, 0 feedback\n"
    assert office.staff.leads().total == 0


def test_what_is_no_contact_is_one_line_and_exit_code_one(run):
    told = run("data", "erase", "--contact", "nobody")
    assert told.exit_code == 1
    assert "neither an e-mail address nor a telephone number" in told.stderr


def test_a_setting_that_cannot_be_read_is_one_line_and_exit_code_one(run, monkeypatch):
    monkeypatch.setenv("SERENITY_RETENTION_DAYS", "soon")
    told = run("leads")
    assert told.exit_code == 1
    assert "SERENITY_RETENTION_DAYS" in told.stderr
    assert "soon" not in told.stderr


def test_retention_and_relay_run(run):
    assert "erased: 0 leads" in run("retention", "--days", "30").output
    told = run("relay", "--once")
    assert told.stdout == "0 deliveries tried\n"
    assert NO_ROUTE in told.stderr


def test_a_password_is_hashed(run):
    told = run("hash-password", input="open sesame\nopen sesame\n")
    assert "$argon2id$" in told.output


def test_a_request_goes_through_the_whole_office(monkeypatch, receiver, filled, visit):
    monkeypatch.setenv("SERENITY_WEBHOOK_URL", receiver.url)
    monkeypatch.setenv("SERENITY_WEBHOOK_SECRET", SECRET)
    office, stop = Office.open(Settings(), lambda _turns: None), threading.Event()
    assert office.warnings == ()
    receipt = office.desk.submit(filled(), visit())
    relay = threading.Thread(target=office.run_until, args=(stop,))
    relay.start()
    while office.staff.lead(receipt.reference).row.reach != "delivered":
        stop.wait(0.02)
    stop.set()
    relay.join()
    office.close()
    assert len(receiver.seen) == 1


def test_with_no_route_the_owner_is_warned(monkeypatch):
    monkeypatch.setenv("SERENITY_NOTIFY_EMAIL", "desk@serenity.example.com")
    office = Office.open(Settings(), lambda _turns: None)
    assert office.warnings == (NO_ROUTE, NO_MAIL_SERVER)
    assert office.booking_link() == ""
    office.close()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://cal.com/spa", "not a plain https address"),
        ("https://cal.com:8443/spa", "not a plain https address"),
        ("cal.com/spa", "not a plain https address"),
    ],
)
def test_a_booking_link_that_is_not_shown_is_told_at_the_start(monkeypatch, url, told):
    monkeypatch.setenv("SERENITY_BOOKING_URL", url)
    office = Office.open(Settings(), lambda _turns: None)
    assert any(told in warning for warning in office.warnings)
    office.close()


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://hooks.example.com/in", True),
        ("https://hooks.example.com/in", False),
        ("http://127.0.0.1:9/in", False),
    ],
)
def test_a_webhook_in_plain_http_is_warned_of(monkeypatch, url, warned):
    monkeypatch.setenv("SERENITY_WEBHOOK_URL", url)
    monkeypatch.setenv("SERENITY_WEBHOOK_SECRET", SECRET)
    office = Office.open(Settings(), lambda _turns: None)
    assert office.warnings == ((PLAIN_WEBHOOK,) if warned else ())
    office.close()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"WEBHOOK_URL": "https://spa.example.com/hook"}, "SERENITY_WEBHOOK_SECRET"),
        ({"SMTP_URL": "smtp://mail.example.com"}, "SERENITY_NOTIFY_EMAIL"),
    ],
)
def test_half_a_route_is_refused(monkeypatch, given, missing):
    for name, value in given.items():
        monkeypatch.setenv(f"SERENITY_{name}", value)
    with pytest.raises(RouteMisconfigured, match=missing):
        Office.open(Settings(), lambda _turns: None)
