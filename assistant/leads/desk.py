"""The desk that takes a request: kept once and whole, or refused with a reason.

Owns who may send and what the visitor is told. The lead, its request, the deliveries asked for
and the funnel's count are one transaction, so that a receipt is shown only for what will last.
It does not promise an appointment: the spa answers.

Errors: `LeadRefused` is the root of `StoppedConversation` (a safety stop holds; show no form),
`TryLater` (a cap is reached; keep the form filled) and `RequestErased` (this form's data were
erased). `DatabaseUnavailable` passes through: keep the form filled.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from assistant.leads.caps import Caps
from assistant.leads.database import Clock, Database, utc_now
from assistant.leads.form import LeadForm
from assistant.leads.outbox import Outbox
from assistant.leads.register import (
    Entry,
    Person,
    enter_lead,
    find_reference,
    fingerprint,
    person_of,
)
from assistant.leads.suspicion import suspicions
from assistant.leads.tables import count_step, requests, transcripts
from assistant.leads.tombstones import after_burial, form_is_buried
from assistant.reply import STOP_LEVELS, Level

log = logging.getLogger(__name__)

LevelOf = Callable[[tuple[str, ...]], Level | None]

SENT = (
    "Your request is sent. Your reference is {reference}. A person at Serenity will answer you by "
    "{way}; nothing is booked until they confirm it."
)
CONFIRMED = "A confirmation is on its way to your e-mail."
STOPPED = (
    "Please see to your health first. When a professional has checked it, you can send a request "
    "here."
)
ERASED = "What this form held was erased on request. To send a new request, open the form again."


class LeadRefused(Exception):
    """The request is not taken; the message is for the visitor."""


class StoppedConversation(LeadRefused):
    """A medical stop holds in this conversation."""


class RequestErased(LeadRefused):
    """This very form was sent and its data were erased since."""


class TryLater(LeadRefused):
    """A cap is reached until `retry_at`."""

    def __init__(self, retry_at: datetime, now: datetime) -> None:
        minutes = max(1, math.ceil((retry_at - now) / timedelta(minutes=1)))
        super().__init__(
            "Many requests came in. Nothing you wrote is lost; please send it again in "
            f"{minutes} {'minute' if minutes == 1 else 'minutes'} (after {retry_at:%H:%M} UTC)."
        )
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class VisitContext:
    """Where a form comes from. `condition` is the text of an ask-first rule, if one was shown."""

    session_id: str
    consent_text: str
    consent_version: str
    turns: tuple[str, ...] = field(default=(), repr=False)
    level: Level | None = None
    condition: str = field(default="", repr=False)
    section: str = ""
    locale: str = ""

    @property
    def session_key(self) -> str:
        """The session for counting, without its id."""
        return hashlib.sha256(self.session_id.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the visitor is thanked with. Do not show `created`: it tells who asked before."""

    reference: str
    created: bool
    next_steps: str


class LeadDesk:
    """Takes requests into a database, for delivery by the named routes.

    `level_of` is the triage of a conversation: the visitor's turns to the level that holds.
    """

    def __init__(
        self, db: Database, level_of: LevelOf, *, routes: Sequence[str] = (), region: str = "US",
        caps: Caps | None = None, clock: Clock = utc_now,
    ) -> None:  # fmt: skip
        self._db = db
        self._level_of = level_of
        self._routes = tuple(routes)
        self._region = region
        self._caps = caps or Caps()
        self._clock = clock
        self._outbox = Outbox(db, clock)

    def submit(self, form: LeadForm, context: VisitContext) -> Receipt:
        """Keep a request once, however often it is sent; the same form gets the same reference.

        Raises `LeadRefused` (see the module) and `DatabaseUnavailable`.
        """
        self._refuse_stopped(context)
        with self._db.alone() as conn:
            entry = self._known(conn, form) or self._keep(conn, form, context)
        log.info("request kept under %s", entry.reference)
        return Receipt(entry.reference, entry.created, self._next_steps(form, entry.reference))

    def _refuse_stopped(self, context: VisitContext) -> None:
        """What the page knows and what the turns say may each stop; a failed check stops too."""
        try:
            level = self._level_of(context.turns)
        except Exception as error:  # noqa: BLE001, a triage that fails in any way must stop
            log.error(  # noqa: TRY400, a traceback could repeat the visitor's words
                "triage failed with %s; the request is refused", type(error).__name__
            )
            level = "urgent"
        if {level, context.level} & STOP_LEVELS:
            raise StoppedConversation(STOPPED)

    def _known(self, conn: Connection, form: LeadForm) -> Entry | None:
        reference = find_reference(conn, form)
        if reference is None and form_is_buried(conn, form.idempotency_key):
            raise RequestErased(ERASED)
        return None if reference is None else Entry(0, reference, created=False)

    def _keep(self, conn: Connection, form: LeadForm, context: VisitContext) -> Entry:
        now, person = self._clock(), person_of(form, self._region)
        retry_at = self._caps.next_free(conn, context.session_key, person, now)
        if retry_at is not None:
            raise TryLater(retry_at, now)
        now = after_burial(conn, (person.email_key, person.phone_key), now)
        entry = enter_lead(conn, form, person, now)
        row = _request_row(form, context, person, entry, now)
        made = conn.execute(requests.insert().values(row).returning(requests.c.id))
        request_id = made.scalar_one()
        if form.attach_chat:
            talk = {"turns": list(context.turns), "condition": context.condition}
            conn.execute(transcripts.insert().values(request_id=request_id, **talk))
        self._outbox.enqueue(conn, request_id, self._routes_for(form))
        count_step(conn, "sent", context.section, now)
        return entry

    def _routes_for(self, form: LeadForm) -> list[str]:
        """No confirmation without an e-mail address, nor to one that a spammer may have named."""
        unconfirmed = not form.email or bool(suspicions(form))
        return [route for route in self._routes if not (route == "confirmation" and unconfirmed)]

    def _next_steps(self, form: LeadForm, reference: str) -> str:
        given = (("e-mail", form.email), ("telephone", form.phone))
        text = SENT.format(reference=reference, way=" or ".join(way for way, it in given if it))
        return f"{text} {CONFIRMED}" if "confirmation" in self._routes_for(form) else text


def _request_row(
    form: LeadForm, context: VisitContext, person: Person, entry: Entry, now: datetime
) -> dict[str, object]:
    return {
        "lead_id": entry.lead_id, "at": now, "again": not entry.created,
        "fingerprint": fingerprint(form), "idempotency_key": form.idempotency_key,
        "session_key": context.session_key,
        "name": form.name, "email": form.email, "phone": form.phone,
        "email_key": person.email_key, "phone_key": person.phone_key,
        "wish": form.wish, "message": form.message, "suspicions": suspicions(form),
        "locale": context.locale[:35], "consent_text": context.consent_text,
        "consent_version": context.consent_version[:40], "consent_at": now,
    }  # fmt: skip
