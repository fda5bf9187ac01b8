import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from assistant.serving.app import app_options

QUESTION = {"turns": ["how long should a session be"]}
KEYS = [
    "kind", "level", "text", "sentences", "not_covered", "sources", "citations", "handoff",
    "suggestions",
]  # fmt: skip


def test_a_question_gets_the_whole_reply_and_no_trace(visit):
    answer = visit().post("/api/ask", json=QUESTION)
    assert answer.status_code == 200
    assert list(answer.json()) == KEYS
    assert answer.headers["cache-control"] == "no-store"


def test_the_whole_conversation_reaches_the_assistant_and_none_of_it_stays(visit, answers):
    client = visit()
    client.post("/api/ask", json={"turns": ["chest pain", "how do I knead"]})
    client.post("/api/ask", json={"turns": ["how do I knead"]})
    assert answers.asked[-2:] == [["chest pain", "how do I knead"], ["how do I knead"]]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"hi"', b'{"turns": []}', b'{"turns": "hi"}', b'{"turns": [1]}',
        b'{"turns": [null]}', b'{"turn": ["hi"]}', b'{"turns": ["hi"], "model": "x"}',
        b'{"turns": ["\xff\xfe"]}', b'{"turns": ["\\ud800"]}', b"[" * 60_000,
    ],
)  # fmt: skip
def test_what_is_not_a_conversation_is_refused_kindly(visit, body):
    answer = visit().post("/api/ask", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("Please send JSON")


def test_a_refusal_never_repeats_what_was_sent(visit):
    answer = visit().post("/api/ask", json={"turns": [{"secret": "my-sore-back"}], "extra": "mine"})
    assert answer.status_code == 422
    assert "my-sore-back" not in answer.text
    assert "mine" not in answer.text


ODD = ["", "   ", "\x00\x1b[31m", "a" * 60_000, "🙂" * 15_000, "\u202e"]


@pytest.mark.parametrize("text", ODD)
def test_odd_messages_are_the_assistants_to_answer(visit, text):
    assert visit().post("/api/ask", json={"turns": [text]}).status_code == 200


def test_a_conversation_past_the_cap_is_refused(visit):
    client = visit(api_turns=3)
    assert client.post("/api/ask", json={"turns": ["hi"] * 3}).status_code == 200
    assert client.post("/api/ask", json={"turns": ["hi"] * 4}).status_code == 422


def test_a_large_body_is_refused_by_its_header_and_by_its_length(visit):
    client = visit(api_body_bytes=65_536)
    body = b'{"turns": ["' + b"a" * 70_000 + b'"]}'
    declared = client.post("/api/ask", content=body)
    in_pieces = client.post("/api/ask", content=iter([body[:40_000], body[40_000:]]))
    assert [declared.status_code, in_pieces.status_code] == [413, 413]
    assert "too long" in declared.json()["error"]["message"]


def test_who_asks_too_fast_is_told_when_to_come_back(visit):
    client = visit(api_per_minute=3)
    codes = [client.post("/api/ask", json=QUESTION).status_code for _ in range(4)]
    late = client.post("/api/ask", json=QUESTION)
    assert codes == [200, 200, 200, 429]
    assert 1 <= int(late.headers["retry-after"]) <= 20


class HeldUp:
    """The message "held" takes a worker until the gate opens."""

    def __init__(self):
        self.gate, self.entered = threading.Event(), threading.Semaphore(0)

    def __call__(self, turns):
        if turns == ["held"]:
            self.entered.release()
            self.gate.wait(30)


@pytest.fixture
def held_up(answers):
    answers.act = HeldUp()
    return answers.act


def test_past_the_queue_a_question_is_told_to_come_back_and_the_rest_are_answered(visit, held_up):
    client = visit(answer_workers=1, answer_queue=1)
    with ThreadPoolExecutor(2) as visitors:
        held = [visitors.submit(client.post, "/api/ask", json={"turns": ["held"]}) for _ in "ab"]
        held_up.entered.acquire()
        while "serenity_pool_inside 2.0" not in client.get("/metrics").text:
            time.sleep(0.01)
        busy = client.post("/api/ask", json=QUESTION)
        alive = client.get("/healthz")
        held_up.gate.set()
        answered = [each.result().status_code for each in held]
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "2")
    assert busy.json()["error"]["code"] == "busy"
    assert alive.status_code == 200
    assert answered == [200, 200]


def test_a_reply_that_never_comes_ends_as_busy(visit, answers):
    gate = threading.Event()
    answers.act = lambda turns: gate.wait(30) if turns == ["stuck"] else None
    answer = visit(answer_seconds=0.2).post("/api/ask", json={"turns": ["stuck"]})
    gate.set()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")


def test_a_broken_assistant_shows_no_traceback(visit, answers):
    client = visit()

    def break_down(turns):
        raise RuntimeError("/secret/path of " + turns[0])

    answers.act = break_down
    answer = client.post("/api/ask", json=QUESTION)
    assert answer.status_code == 500
    assert answer.json()["error"]["message"].startswith("Something went wrong")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_only_posting_asks(visit, method):
    refused = visit().request(method, "/api/ask")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert refused.json()["error"]["code"] == "method"


def test_all_addresses_of_one_ipv6_network_share_a_bucket(make_live):
    app = Starlette(**app_options(make_live(api_per_minute=1)))

    def ask(address):
        return TestClient(app, client=(address, 1)).post("/api/ask", json=QUESTION).status_code

    assert [ask("2001:db8::1"), ask("2001:db8::2"), ask("2001:db8:0:1::1")] == [200, 429, 200]
    mapped = ["::ffff:192.0.2.1", "::ffff:192.0.2.2", "64:ff9b::c000:201", "64:ff9b::c000:202"]
    assert [ask(address) for address in mapped] == [200] * 4


def test_other_sites_may_not_read_replies_unless_the_owner_says_so(visit):
    origin = {"Origin": "https://spa.example"}
    closed = visit().post("/api/ask", json=QUESTION, headers=origin)
    client = visit(api_cors_origins="https://spa.example")
    opened = client.post("/api/ask", json=QUESTION, headers=origin)
    asked = {"Access-Control-Request-Method": "POST"} | origin
    assert "access-control-allow-origin" not in closed.headers
    assert opened.headers["access-control-allow-origin"] == "https://spa.example"
    assert client.options("/api/ask", headers=asked).status_code == 200
    assert "access-control-allow-origin" not in client.get("/metrics", headers=origin).headers


def test_a_long_body_counts_as_several_questions(visit):
    client = visit(api_per_minute=5)
    long = {"turns": ["word " * 3_000]}
    codes = [client.post("/api/ask", json=body).status_code for body in (long, QUESTION, QUESTION)]
    assert codes == [200, 200, 429]


def test_a_body_that_costs_more_than_a_minute_holds_is_answered_all_the_same(visit):
    long = {"turns": ["word " * 9_000]}
    assert visit(api_per_minute=2).post("/api/ask", json=long).status_code == 200


def test_a_danger_gets_its_stop_even_where_nobody_is_free(visit, held_up):
    client = visit(answer_workers=1, answer_queue=0)
    with ThreadPoolExecutor(1) as visitors:
        held = visitors.submit(client.post, "/api/ask", json={"turns": ["held"]})
        held_up.entered.acquire()
        stop = client.post("/api/ask", json={"turns": ["how long", "I have chest pain"]})
        busy = client.post("/api/ask", json=QUESTION)
        held_up.gate.set()
        held.result()
    assert (stop.status_code, stop.json()["level"]) == (200, "emergency")
    assert busy.status_code == 503
