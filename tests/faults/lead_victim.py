"""A process whose children kill themselves at a given step of keeping or delivering a lead.

It imports once and forks for each order, so that a kill costs milliseconds. An order is one JSON
line on stdin; for each, one line on stdout tells how the child ended. What a visitor would be
shown goes to the file `thanks` at the moment it would be shown.
"""

import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from assistant.leads import Database, LeadDesk, Relay, VisitContext, WebhookRoute, validate_form

SECRET = "whsec_c2VjcmV0LW9mLXRoZS1zcGE="


class Fuse:
    """Counts the steps that pass and kills the process at the one it is set to."""

    def __init__(self, length):
        self.left = length

    def __call__(self, *_args):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


def attach(fuse, engine):
    """Burn before each statement, before each commit, and when a connection goes back."""
    event.listen(engine, "before_cursor_execute", fuse)
    event.listen(engine, "commit", fuse)
    event.listen(engine, "checkin", fuse)


class FusedRoute(WebhookRoute):
    """A webhook where the process may die just before sending and just after the answer."""

    def __init__(self, url, fuse):
        super().__init__(url, SECRET)
        self._fuse = fuse

    def deliver(self, notice, message_id, at):
        self._fuse()
        outcome = super().deliver(notice, message_id, at)
        self._fuse()
        return outcome


def save(order, db):
    form = validate_form(order["form"], "US")
    desk = LeadDesk(db, lambda _turns: None, routes=["webhook"])
    receipt = desk.submit(form, VisitContext(order["form"]["email"], "I agree.", "1"))
    with Path(order["thanks"]).open("a", encoding="utf-8") as thanks:
        thanks.write(f"{receipt.reference}\n")


def deliver(order, db, fuse):
    """The clock is ahead by what the caller says, so that leases of the killed have ended."""
    ahead = timedelta(minutes=order["ahead"])
    route = FusedRoute(order["url"], fuse)
    Relay(db, [route], clock=lambda: datetime.now(UTC) + ahead).run_once()


def obey(order):
    fuse = Fuse(order["fuse"])
    db = Database.open(order["database"], migrate=False)
    attach(fuse, db.engine)
    if order["do"] == "save":
        save(order, db)
    else:
        deliver(order, db, fuse)
    fuse()  # the last step: all is done but the process has not ended


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        obey(json.loads(line))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    print("killed" if killed else f"ended {os.waitstatus_to_exitcode(status)}", flush=True)
