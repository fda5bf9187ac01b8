import re
import stat
import threading
import time

import pytest

from assistant.leads import DatabaseUnavailable
from assistant.leads.routes import RouteMisconfigured
from assistant.serving import probes, reception
from assistant.serving.headers import security_headers

CANARY = "my-canary-question about a sore shoulder"


def test_readiness_says_loudly_that_nobody_is_told_of_requests(visit):
    answer = visit().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["delivery"] == "NOT CONFIGURED"
    assert "SERENITY_WEBHOOK_URL" in answer.json()["warnings"][0]


def test_readiness_is_quiet_when_requests_are_delivered(visit, make_live):
    live = make_live(settings={
        "webhook_url": "https://spa.example/leads", "webhook_secret": "whsec_" + "QUJD" * 8,
    })  # fmt: skip
    assert visit(live).get("/readyz").json()["delivery"] == "ok"


def test_another_warning_does_not_say_that_nothing_is_delivered(visit, make_live):
    live = make_live(settings={
        "webhook_url": "https://spa.example/leads", "webhook_secret": "whsec_" + "QUJD" * 8,
        "booking_url": "http://cal.com/spa",
    })  # fmt: skip
    told = visit(live).get("/readyz").json()
    assert told["delivery"] == "ok"
    assert "SERENITY_BOOKING_URL" in told["warnings"][0]


def test_wrong_delivery_settings_end_the_start(make_live):
    with pytest.raises(RouteMisconfigured):
        make_live(settings={"webhook_url": "https://spa.example/leads"})


def test_without_its_database_the_app_answers_and_says_that_it_is_not_ready(
    visit, make_live, tmp_path
):
    locked = tmp_path / "locked"
    locked.write_text("a file where the folder should be")
    live = make_live(settings={"data_dir": locked})
    client = visit(live)
    assert client.get("/healthz").status_code == 200
    assert client.post("/api/ask", json={"turns": ["hi"]}).status_code == 200
    assert client.get("/readyz").status_code == 503
    locked.unlink()
    while client.get("/readyz").status_code != 200:  # a failure is shared for half a second
        time.sleep(0.1)


def test_metrics_count_replies_and_refusals_and_hold_no_word_of_a_visitor(visit):
    client = visit(api_per_minute=1)
    client.post("/api/ask", json={"turns": [CANARY]})
    client.post("/api/ask", json={"turns": [CANARY]}, headers={"User-Agent": CANARY})
    text = client.get("/metrics").text
    assert 'serenity_replies_total{door="http",kind="answer",level=""} 1.0' in text
    assert 'serenity_refused_total{door="http",reason="rate"} 1.0' in text
    assert "canary" not in text
    assert "testclient" not in text


@pytest.mark.parametrize("path", ["/healthz", "/api/ask", "/widget.js", "/no-such-page"])
def test_every_response_carries_the_security_headers(visit, path):
    headers = visit().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"].replace("wasm-unsafe-eval", "")
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_the_owner_says_who_may_embed_the_page():
    headers = security_headers("'self' https://spa.example")
    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'self' https://spa.example")
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize("wrong", ["", "*; script-src *", "'self'\r\nSet-Cookie: a=b", "a,b"])
def test_a_setting_cannot_smuggle_in_another_header(wrong):
    with pytest.raises(ValueError, match="SERENITY_FRAME_ANCESTORS"):
        security_headers(wrong)


def test_streamlits_own_inline_script_is_let_through_by_its_hash():
    assert re.search(
        r"script-src [^;]*'sha256-", security_headers("'self'")["Content-Security-Policy"]
    )


def test_the_widget_is_one_constant_script(visit):
    answer = visit().get("/widget.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "iframe" in answer.text
    assert not re.search(r"innerHTML|eval\(|document\.write", answer.text)


def test_shutting_down_writes_what_the_journal_still_holds(visit, make_live, tmp_path):
    live = make_live()
    client = visit(live)
    live.reception.office()
    live.reception.record(lambda journal: journal.answered("session-length"))
    client.__exit__(None, None, None)
    again = make_live()
    rows = again.reception.office().figures.funnel()
    assert [(row.section, row.answered) for row in rows] == [("session-length", 1)]
    assert stat.S_ISREG((tmp_path / "var" / "leads.sqlite3").stat().st_mode)


def test_probes_of_a_silent_database_share_one_question_and_are_answered_in_time(
    visit, make_live, monkeypatch
):
    monkeypatch.setattr(probes, "DATABASE_SECONDS", 0.05)
    gate, asked = threading.Event(), []
    live = make_live()

    def silent():
        asked.append(1)
        gate.wait(30)
        return ""

    live.reception.trouble = silent
    client = visit(live)
    told = [client.get("/readyz") for _ in range(3)]
    gate.set()
    assert [each.status_code for each in told] == [503] * 3
    assert "did not answer" in told[0].json()["database"]
    assert len(asked) == 1


def test_visitors_who_wait_for_one_database_wait_once(make_live, monkeypatch):
    gate, tried = threading.Event(), []

    def away(*_args, **_options):
        tried.append(1)
        gate.wait(30)
        raise DatabaseUnavailable("away")

    live = make_live()
    monkeypatch.setattr(reception.Office, "open", away)
    told = []

    def come():
        with pytest.raises(DatabaseUnavailable) as error:
            live.reception.office()
        told.append(str(error.value))

    visitors = [threading.Thread(target=come) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    while not tried:
        pass
    gate.set()
    for visitor in visitors:
        visitor.join()
    assert told == ["away"] * 8
    assert len(tried) == 1
