"""Killed at each step: no thank-you without its lead, no lead lost, none under a second id.

On SQLite and on PostgreSQL, where the server outlives the killed and has to clear up after them.

The steps are found, not listed: the fuse of `lead_victim` grows by one until the whole act is
done without a kill, so a step that is added later is killed at as well.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from assistant.leads import Database, mint_key
from assistant.leads.tables import leads, outbox, requests, transcripts

pytestmark = pytest.mark.faults

VICTIM = Path(__file__).with_name("lead_victim.py")
LEAST_KILLS = 100


class Victim:
    """Gives orders to the process that is killed, and counts the kills."""

    def __init__(self, url, thanks):
        self._base = {"database": url, "thanks": str(thanks)}
        self._process = subprocess.Popen(
            [sys.executable, str(VICTIM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=VICTIM.parents[2],
            env={"PYTHONPATH": str(VICTIM.parents[2]), "PATH": ""},
        )
        self.kills = 0

    def order(self, **order):
        """Whether the child was killed; anything but a kill or a clean end fails."""
        self._process.stdin.write(json.dumps({**self._base, **order}) + "\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline().strip()
        assert told in ("killed", "ended 0"), told
        self.kills += told == "killed"
        return told == "killed"

    def close(self):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@pytest.fixture
def db(url):
    opened = Database.open(url)
    yield opened
    opened.close()


@pytest.fixture
def victim(url, db, tmp_path):
    started = Victim(url, tmp_path / "thanks")
    yield started
    started.close()


def a_form(number):
    email = f"guest{number}@example.com"
    return {
        "idempotency_key": mint_key(), "email": email, "consent": True, "attach_chat": True,
    }  # fmt: skip


def kept(db, column):
    with db.read() as conn:
        return conn.execute(select(column)).scalars().all()


def save_with_kills(victim, first=0):
    """Kill at step 0, 1, 2 and so on, a fresh form each time, until the act is through."""
    for fuse in range(200):
        if not victim.order(do="save", fuse=fuse, form=a_form(first + fuse)):
            return fuse
    pytest.fail("the act of saving never ends")


def test_killed_at_each_step_of_saving(victim, db, tmp_path):
    """Three rounds: into an empty database, and into one that the killed left behind."""
    steps = [save_with_kills(victim, first=1000 * number) for number in range(3)]
    assert min(steps) > 8
    thanked = (tmp_path / "thanks").read_text().split()
    references = kept(db, leads.c.reference)
    assert set(thanked) <= set(references)
    # whole or not at all
    assert len(kept(db, requests.c.id)) == len(references)
    assert len(kept(db, outbox.c.id)) == len(references)
    assert len(kept(db, transcripts.c.request_id)) == len(references)


def test_a_form_sent_again_after_each_kill_is_kept_once(victim, db, tmp_path):
    """The visitor sees an error and presses the button again, with the same form."""
    sent = 0
    for fuse in range(0, 40, 3):
        form = a_form(fuse)
        victim.order(do="save", fuse=fuse, form=form)
        assert not victim.order(do="save", fuse=10_000, form=form)
        sent += 1
    assert len(kept(db, leads.c.reference)) == sent
    assert len(kept(db, outbox.c.message_id)) == sent
    assert set((tmp_path / "thanks").read_text().split()) == set(kept(db, leads.c.reference))


def test_killed_at_each_step_of_delivering(victim, db, receiver):
    """Each lead arrives in the end, and under one id however often its relay was killed."""
    references, ahead = [], 0
    for number in range(4):
        victim.order(do="save", fuse=10_000, form=a_form(number))
        for fuse in range(200):
            ahead += 5  # the lease of the killed relay has ended
            if not victim.order(do="deliver", fuse=fuse, url=receiver.url, ahead=ahead):
                break
            _none_is_lost(db, receiver)
        victim.order(do="deliver", fuse=10_000, url=receiver.url, ahead=ahead + 5)
        ahead += 5
    references = kept(db, leads.c.reference)
    assert set(kept(db, outbox.c.state)) == {"delivered"}
    assert {reference for _, reference in arrived(receiver)} == set(references)
    assert len(set(arrived(receiver))) == len(references)
    assert victim.kills >= 40


def test_kills_in_all_are_a_hundred_at_least(victim, db, receiver, tmp_path):
    """Saving and delivering in turns until a hundred processes were killed in this one test."""
    ahead, number = 0, 0
    while victim.kills < LEAST_KILLS:
        number += 1
        victim.order(do="save", fuse=number % 23, form=a_form(number))
        ahead += 5
        victim.order(do="deliver", fuse=(number * 7) % 19, url=receiver.url, ahead=ahead)
        _none_is_lost(db, receiver)
    for _ in range(3):
        ahead += 60 * 24
        victim.order(do="deliver", fuse=10_000, url=receiver.url, ahead=ahead)
    references = kept(db, leads.c.reference)
    assert set((tmp_path / "thanks").read_text().split()) <= set(references)
    assert {reference for _, reference in arrived(receiver)} == set(references)
    assert len(set(arrived(receiver))) == len(references)
    assert victim.kills >= LEAST_KILLS


def arrived(receiver):
    """The id and the reference of each post."""
    return [
        (headers["webhook-id"], json.loads(body)["data"]["reference"])
        for _, headers, body in receiver.seen
    ]


def _none_is_lost(db, receiver):
    """Every lead is delivered or pending, and what is called delivered has arrived."""
    with db.read() as conn:
        query = select(leads.c.reference, outbox.c.state, outbox.c.message_id)
        query = query.join(requests, requests.c.lead_id == leads.c.id)
        rows = conn.execute(query.join(outbox, outbox.c.request_id == requests.c.id)).all()
        assert len(rows) == len(conn.execute(select(leads.c.id)).all())
    came = arrived(receiver)
    for reference, state, message_id in rows:
        assert state in ("pending", "delivered")
        assert state == "pending" or (message_id, reference) in came
