"""`make load`: many visitors at once. Figures are printed; what is asserted is correctness."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.bench.questions import QUESTIONS, distinct
from tests.load.visitor import Visitor
from tests.running import ROOT, running_app

pytestmark = [pytest.mark.load, pytest.mark.timeout(1200)]

CLIENTS, REQUESTS = 32, 2_048
SESSIONS, TURNS = 50, 4
WITNESSES, MANY = 100, 1_000


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("load") / "var"
    built = ROOT / "var" / "index"
    if built.exists():  # a cache: checked, and built anew where it does not fit
        shutil.copytree(built, data / "index")
    with running_app(data, api_per_minute=1_000_000) as running:
        yield running


def ask_over_http(url, questions):
    with httpx.Client(base_url=url, timeout=60) as client:
        answers = [client.post("/api/ask", json={"turns": [each]}) for each in questions]
    return [(each.status_code, each.json()) for each in answers]


def test_32_clients_get_every_reply_and_each_the_right_one(app):
    questions = distinct(REQUESTS)
    each = REQUESTS // CLIENTS
    shares = [questions[number::CLIENTS][:each] for number in range(CLIENTS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        results = list(clients.map(lambda share: ask_over_http(app.url, share), shares))
    seconds = time.perf_counter() - began
    count = each * CLIENTS
    print(f"\n{count} replies to {CLIENTS} clients: {count / seconds:.0f} a second")
    errors = [answer for answers in results for answer in answers if answer[0] != 200]
    assert errors == []
    assert results == [ask_over_http(app.url, share) for share in shares]  # one by one


def test_nobody_sees_another_visitors_words(app):
    canaries = [f"canary{number:04d}zq" for number in range(SESSIONS)]

    def visit(canary):
        with Visitor(app.url) as visitor:
            for turn in range(TURNS):
                visitor.ask(f"{QUESTIONS[turn]} {canary}")
            return visitor.read

    with ThreadPoolExecutor(SESSIONS) as visitors:
        seen = list(visitors.map(visit, canaries))
    unheard = [own for own, read in zip(canaries, seen, strict=True) if own.encode() not in read]
    crossings = [
        (own, other)
        for own, read in zip(canaries, seen, strict=True)
        for other in canaries
        if other != own and other.encode() in read
    ]
    print(f"\n{SESSIONS} sessions, {SESSIONS * TURNS} turns, {len(crossings)} crossings")
    assert unheard == []
    assert crossings == []
    assert "canary" not in json.dumps(app.get("/metrics").text)


def test_memory_stays_level_over_a_thousand_sessions(app):
    def visit(number):
        with Visitor(app.url) as visitor:
            visitor.ask(QUESTIONS[number % len(QUESTIONS)])

    with ThreadPoolExecutor(8) as visitors:
        list(visitors.map(visit, range(WITNESSES)))
        early = app.resident_kilobytes()
        list(visitors.map(visit, range(MANY - WITNESSES)))
        late = app.resident_kilobytes()
    print(f"\n{early / 1024:.0f} MiB after {WITNESSES} sessions, {late / 1024:.0f} after {MANY}")
    assert late <= 1.2 * early
