"""The relay and its routes: delivered at least once under one id, or kept as a dead letter."""

import email.utils
import json
import logging
import re
import threading
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from assistant.leads import (
    Database,
    LeadDesk,
    NotReplayable,
    Outbox,
    Outcome,
    PersonalData,
    Relay,
    RouteMisconfigured,
    Schedule,
    Staff,
    WebhookRoute,
)
from assistant.leads.outbox import LEASE
from assistant.leads.tables import outbox, tombstones
from assistant.leads.tombstones import bury

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1zcGEtZm9yLXRlc3Rz"
FIELDS = {
    "reference", "requested_at", "again", "name", "email", "phone", "wish", "message", "locale",
    "consent", "suspicions", "conversation",
}  # fmt: skip


def relay_for(db, clock, receiver, **options):
    route = WebhookRoute(receiver.url, SECRET, total_seconds=options.pop("total_seconds", 60))
    return Relay(db, [route], clock=clock, draw=lambda: 1.0, **options)


def rows_of(db):
    with db.read() as conn:
        return conn.execute(select(outbox).order_by(outbox.c.id)).all()


@pytest.fixture
def sent(small_db, clock, filled, visit):
    """One request that waits for the webhook."""
    desk = LeadDesk(small_db, lambda _turns: None, routes=["webhook"], clock=clock)
    return desk.submit(filled(), visit())


def test_what_is_sent_verifies_and_holds_the_listed_fields_only(
    small_db, clock, receiver, filled, visit
):
    desk = LeadDesk(small_db, lambda _turns: None, routes=["webhook"], clock=clock)
    context = visit(turns=("canary symptom",), condition="canary symptom", section="canary")
    desk.submit(filled(), context)
    assert relay_for(small_db, clock, receiver).run_once() == 1
    _, headers, body = receiver.seen[0]
    told = Webhook(SECRET).verify(body, headers)
    assert told["type"] == "lead.requested"
    assert set(told["data"]) == FIELDS
    assert told["data"]["email"] == "ada@example.com"
    assert told["data"]["conversation"] is None
    assert b"canary" not in body


def test_the_readme_lists_what_leaves_and_nothing_else(small_db, clock, receiver, sent):
    relay_for(small_db, clock, receiver).run_once()
    told = json.loads(receiver.seen[0][2])
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    listed = readme.partition("What leaves by webhook")[2].partition("\n\n")[0]
    names = set(re.findall(r"`(\w+)`", listed)) - {"standardwebhooks"}
    assert names == set(told) | set(told["data"])


def test_a_ticked_conversation_goes_along(small_db, clock, receiver, filled, visit):
    desk = LeadDesk(small_db, lambda _turns: None, routes=["webhook"], clock=clock)
    desk.submit(filled(attach_chat=True), visit(turns=("first", "second"), condition="eczema"))
    relay_for(small_db, clock, receiver).run_once()
    told = json.loads(receiver.seen[0][2])["data"]["conversation"]
    assert told == {"turns": ["first", "second"], "condition": "eczema"}


@pytest.mark.parametrize(
    ("behaviour", "wait"),
    [
        ("500", 15),
        ("503 Retry-After=120", 120),
        ("429 Retry-After=3600", 3600),
        ("429 Retry-After=99999999", 86400),
        ("429 Retry-After=soon", 15),
        ("302 Location=/elsewhere", 15),
        ("reset", 15),
        ("408", 15),
    ],
)
def test_what_can_heal_is_tried_again_later_under_the_same_id(
    small_db, clock, receiver, sent, behaviour, wait
):
    receiver.behaviours = [behaviour, "200"]
    relay = relay_for(small_db, clock, receiver)
    relay.run_once()
    clock.advance(seconds=wait - 1)
    assert relay.run_once() == 0
    clock.advance(seconds=1)
    assert relay.run_once() == 1
    assert [path for path, _, _ in receiver.seen] == ["/hook", "/hook"]
    assert len(set(receiver.ids())) == 1
    assert [row.state for row in rows_of(small_db)] == ["delivered"]
    for _, headers, body in receiver.seen[:1]:
        Webhook(SECRET).verify(body, headers)


def test_retry_after_may_be_a_date(small_db, clock, receiver, sent):
    until = email.utils.format_datetime((clock.now + timedelta(hours=2)).astimezone(UTC), True)
    receiver.behaviours = [f"429 Retry-After={until}"]
    relay_for(small_db, clock, receiver).run_once()
    assert rows_of(small_db)[0].due_at == clock.now + timedelta(hours=2)


@pytest.mark.parametrize("behaviour", ["hang", "drip"])
def test_a_receiver_that_keeps_us_waiting_is_left(small_db, clock, receiver, sent, behaviour):
    receiver.behaviours = [behaviour]
    relay_for(small_db, clock, receiver, total_seconds=0.3).run_once()
    row = rows_of(small_db)[0]
    assert (row.state, row.last_error) == ("pending", "no answer within 0.3 s")


def test_a_slow_body_is_not_waited_for(small_db, clock, receiver, sent):
    receiver.behaviours = ["200 X-Slow=1"]
    relay_for(small_db, clock, receiver).run_once()
    assert rows_of(small_db)[0].state == "delivered"


@pytest.mark.parametrize("behaviour", ["410", "400", "404", "301 Location=/elsewhere"])
def test_what_cannot_heal_is_kept_as_a_dead_letter_and_replayed(
    small_db, clock, receiver, sent, behaviour
):
    receiver.behaviours = [behaviour, "200"]
    relay, staff = relay_for(small_db, clock, receiver), Staff(small_db, clock)
    relay.run_once()
    assert [each.reference for each in staff.dead_letters()] == [sent.reference]
    assert staff.leads(undelivered=True).total == 1
    assert staff.lead(sent.reference).row.reach == "undelivered"
    clock.advance(days=30)
    assert relay.run_once() == 0
    staff.replay(staff.dead_letters()[0].message_id)
    assert relay.run_once() == 1
    assert staff.lead(sent.reference).row.reach == "delivered"
    assert len(set(receiver.ids())) == 1


def test_only_dead_letters_are_replayed(small_db, clock, receiver, sent):
    relay_for(small_db, clock, receiver).run_once()
    with pytest.raises(NotReplayable):
        Outbox(small_db, clock).replay(rows_of(small_db)[0].message_id)


def test_hope_ends_after_the_last_try(small_db, clock, receiver, sent):
    receiver.behaviours = ["500"]
    relay = relay_for(small_db, clock, receiver, schedule=Schedule(attempts=3))
    for _ in range(5):
        relay.run_once()
        clock.advance(days=1)
    assert len(receiver.seen) == 3
    row = rows_of(small_db)[0]
    assert (row.state, row.last_error) == (
        "dead",
        "the receiver answered 500; given up after 3 tries",
    )


def test_waits_double_up_to_a_bound_and_are_spread():
    schedule = Schedule()
    waits = [schedule.wait(attempt, 1.0, None).total_seconds() for attempt in range(1, 21)]
    assert waits[:4] == [15, 30, 60, 120]
    assert max(waits) == 6 * 3600
    assert schedule.wait(1, 0.0, None).total_seconds() == 7.5
    assert schedule.wait(10_000, 0.5, None) <= timedelta(hours=6)


def test_two_relays_share_the_work_and_send_nothing_twice(url, db, clock, receiver, filled, visit):
    desk = LeadDesk(db, lambda _turns: None, routes=["webhook"], clock=clock)
    for number in range(12):
        desk.submit(filled(email=f"guest{number}@example.com"), visit())
    other = Database.open(url, migrate=False)
    relays = [relay_for(each, clock, receiver) for each in (db, other)]
    threads = [threading.Thread(target=relay.run_once) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(receiver.ids()) == len(set(receiver.ids())) == 12
    assert {row.state for row in rows_of(db)} == {"delivered"}


def test_a_lease_ends_with_its_relay_and_the_late_one_changes_nothing(db, clock, filled, visit):
    desk = LeadDesk(db, lambda _turns: None, routes=["webhook"], clock=clock)
    desk.submit(filled(), visit())
    box = Outbox(db, clock)
    first = box.lease(["webhook"])
    assert box.lease(["webhook"]) is None
    clock.advance(seconds=LEASE.total_seconds())
    second = box.lease(["webhook"])
    assert (second.message_id, second.attempt) == (first.message_id, 2)
    assert box.settle(second, "delivered")
    assert not box.settle(first, "pending", error="late", due_at=clock.now)
    assert rows_of(db)[0].state == "delivered"


def test_a_route_that_breaks_does_not_stop_the_relay(small_db, clock, sent):
    class Broken:
        name = "webhook"

        def deliver(self, notice, message_id, at):
            raise RuntimeError(notice.email)

    assert Relay(small_db, [Broken()], clock=clock).run_once() == 1
    row = rows_of(small_db)[0]
    assert (row.state, row.last_error) == ("pending", "the route failed (RuntimeError)")


def test_a_database_that_is_away_is_waited_for(small_db, clock, receiver, sent):
    from assistant.leads import DatabaseUnavailable

    relay, stop, tries = relay_for(small_db, clock, receiver), threading.Event(), []
    whole = relay.run_once

    def run_once(_stop):
        tries.append(1)
        if len(tries) < 3:
            raise (DatabaseUnavailable("away") if len(tries) == 1 else RuntimeError)
        stop.set()
        return whole()

    relay.run_once = run_once
    relay.run_until(stop, pause=0.01)
    assert len(receiver.seen) == 1


def test_a_relay_that_is_stopped_leaves_the_rest_for_the_next(
    small_db, clock, receiver, filled, visit
):
    """An app that ends waits for the delivery under way, not for a long queue."""
    desk = LeadDesk(small_db, lambda _turns: None, routes=["webhook"], clock=clock)
    for number in range(3):
        desk.submit(filled(email=f"guest{number}@example.com"), visit())
    stop = threading.Event()

    class StoppingRoute(WebhookRoute):
        def deliver(self, notice, message_id, at):
            stop.set()
            return super().deliver(notice, message_id, at)

    Relay(small_db, [StoppingRoute(receiver.url, SECRET)], clock=clock).run_until(stop)
    assert len(receiver.seen) == 1
    assert Outbox(small_db, clock).standing().pending == 2


def test_requests_taken_while_no_route_was_set_up_are_delivered_later(
    small_db, clock, receiver, filled, visit
):
    desk = LeadDesk(small_db, lambda _turns: None, clock=clock)
    receipt = desk.submit(filled(), visit())
    assert Staff(small_db).lead(receipt.reference).row.reach == "kept here"
    box = Outbox(small_db, clock)
    assert (box.enqueue_missed(["webhook"]), box.enqueue_missed(["webhook"])) == (1, 0)
    relay_for(small_db, clock, receiver).run_once()
    assert len(receiver.seen) == 1


def test_rows_of_a_route_that_is_not_set_wait(small_db, clock, sent):
    class Elsewhere:
        name = "email"

        def deliver(self, notice, message_id, at):
            return Outcome("delivered")

    assert Relay(small_db, [Elsewhere()], clock=clock).run_once() == 0
    assert Outbox(small_db, clock).standing().pending == 1


def test_a_restored_row_of_an_erased_person_is_not_sent(small_db, clock, receiver, sent, count):
    with small_db.write() as conn:
        bury(conn, ["ada@example.com"], [], clock.now)
    assert relay_for(small_db, clock, receiver).run_once() == 1
    assert receiver.seen == []
    assert count(small_db, tombstones) == 1


@pytest.mark.parametrize("ahead", [0, 90], ids=["the same instant", "another clock is ahead"])
def test_a_new_request_after_an_erasure_is_sent(
    small_db, clock, receiver, sent, filled, visit, ahead
):
    """Two machines, two clocks: the one that erased may be ahead of the one that takes."""
    PersonalData(small_db, clock=lambda: clock.now + timedelta(seconds=ahead)).erase(
        "ada@example.com"
    )
    desk = LeadDesk(small_db, lambda _turns: None, routes=["webhook"], clock=clock)
    receipt = desk.submit(filled(), visit())
    relay_for(small_db, clock, receiver).run_once()
    assert [json.loads(body)["data"]["reference"] for _, _, body in receiver.seen] == [
        receipt.reference
    ]


def test_erased_between_leasing_and_sending_is_not_sent(small_db, clock, receiver, sent):
    relay = relay_for(small_db, clock, receiver)
    leased = Outbox(small_db, clock).lease(["webhook"])
    PersonalData(small_db, clock=clock).erase("ada@example.com")
    relay._try(leased)
    assert receiver.seen == []


def test_logs_name_ids_and_no_person(small_db, clock, receiver, sent, caplog):
    caplog.set_level(logging.DEBUG)
    receiver.behaviours = ["500", "410"]
    relay = relay_for(small_db, clock, receiver)
    relay.run_once()
    clock.advance(minutes=1)
    relay.run_once()
    assert rows_of(small_db)[0].message_id in caplog.text
    assert not re.search(r"\bada\b", caplog.text, re.IGNORECASE)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "file:///x", "/hook", "", "http://"])
def test_a_webhook_speaks_http_or_is_refused(url):
    with pytest.raises(RouteMisconfigured, match="SERENITY_WEBHOOK_URL"):
        WebhookRoute(url, SECRET)


@pytest.mark.parametrize("secret", ["", "whsec_"])
def test_a_webhook_without_secret_is_refused(secret):
    with pytest.raises(RouteMisconfigured, match="SERENITY_WEBHOOK_SECRET"):
        WebhookRoute("https://spa.example.com/hook", secret)
