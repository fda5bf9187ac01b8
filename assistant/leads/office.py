"""The leads' room, wired from settings: one object for the pages, the routes and the commands.

Owns the order in which its parts are made and closed, the routes that the settings name, and the
warnings for start-up and readiness. It does not promise that a route works, only that it is set.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from assistant.leads.access import StaffAccess
from assistant.leads.booking import BookingLinkRefused, allowed_hosts, booking_link
from assistant.leads.caps import Caps
from assistant.leads.database import Clock, Database, utc_now
from assistant.leads.desk import LeadDesk, LevelOf
from assistant.leads.figures import Figures
from assistant.leads.journal import Journal
from assistant.leads.letters import ConfirmationRoute, EmailRoute
from assistant.leads.outbox import SPA_ROUTES, Outbox
from assistant.leads.personal_data import PersonalData
from assistant.leads.relay import Relay
from assistant.leads.routes import Route, RouteMisconfigured
from assistant.leads.smtp import SmtpServer
from assistant.leads.staff import Staff
from assistant.leads.webhook import WebhookRoute, is_unencrypted
from assistant.settings import Settings

log = logging.getLogger(__name__)

NO_ROUTE = (
    "No way to reach the spa is set: requests are kept, and shown on the staff page only. "
    "Set SERENITY_WEBHOOK_URL with SERENITY_WEBHOOK_SECRET, or SERENITY_SMTP_URL with "
    "SERENITY_NOTIFY_EMAIL."
)
NO_MAIL_SERVER = "SERENITY_NOTIFY_EMAIL is set without SERENITY_SMTP_URL: no e-mail is sent."
PLAIN_WEBHOOK = (
    "SERENITY_WEBHOOK_URL begins with http: contacts leave this machine unencrypted. Use https."
)
CHORE_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Office:
    """Everything that leads need. `warnings` are for start-up and readiness; empty is well."""

    db: Database
    desk: LeadDesk
    journal: Journal
    staff: Staff
    figures: Figures
    access: StaffAccess
    outbox: Outbox
    relay: Relay
    personal_data: PersonalData
    warnings: tuple[str, ...]
    settings: Settings
    clock: Clock

    @classmethod
    def open(cls, settings: Settings, level_of: LevelOf, *, clock: Clock = utc_now) -> Office:
        """Open the database and wire the parts; nothing runs yet. `level_of` is the triage.

        Raises `DatabaseUnavailable`, `RouteMisconfigured`, `StaffAccessMisconfigured`.
        """
        routes = routes_from(settings)
        access = StaffAccess(_secret(settings.staff_password_hash), clock=clock)
        names, region = [route.name for route in routes], settings.phone_region
        caps = Caps(settings.leads_per_session, settings.leads_per_contact, settings.leads_per_hour)
        db = Database.open(settings.leads_url)
        return cls(
            db=db,
            desk=LeadDesk(db, level_of, routes=names, region=region, caps=caps, clock=clock),
            journal=Journal(db, clock),
            staff=Staff(db, clock),
            figures=Figures(db),
            access=access,
            outbox=Outbox(db, clock),
            relay=Relay(db, routes, clock=clock),
            personal_data=PersonalData(db, region=region, clock=clock),
            warnings=warnings_about(settings, names),
            settings=settings,
            clock=clock,
        )

    def run_until(self, stop: threading.Event) -> None:
        """Deliver, and erase what is past its retention once a day, until `stop` is set."""
        chores = threading.Thread(target=self._keep_retention, args=(stop,), name="retention")
        chores.start()
        self.relay.run_until(stop)
        chores.join()

    def booking_link(self, name: str = "", email: str = "") -> str:
        """The owner's booking system, filled in; empty if none is set."""
        return _booking_link(self.settings, name, email)

    def close(self) -> None:
        """Write the journal's last entries and close the database."""
        try:
            self.journal.close()
        finally:
            self.db.close()

    def _keep_retention(self, stop: threading.Event) -> None:
        done: datetime | None = None
        while not stop.is_set():
            if done is None or self.clock() - done >= CHORE_EVERY:
                try:
                    self.personal_data.apply_retention(self.settings.retention_days)
                except Exception as error:  # noqa: BLE001, the relay beside it must go on
                    log.error("retention failed with %s", type(error).__name__)  # noqa: TRY400, no contacts
                done = self.clock()
            stop.wait(5.0)


def routes_from(settings: Settings) -> list[Route]:
    """The ways out that the settings name. Raises `RouteMisconfigured`."""
    routes: list[Route] = []
    if settings.webhook_url:
        routes.append(WebhookRoute(settings.webhook_url, _secret(settings.webhook_secret)))
    if smtp_url := _secret(settings.smtp_url):
        server = SmtpServer.from_url(smtp_url)
        sender = settings.mail_from or settings.notify_email
        if not sender:
            raise RouteMisconfigured(
                "SERENITY_SMTP_URL is set without a sender; set SERENITY_NOTIFY_EMAIL, or "
                "SERENITY_MAIL_FROM."
            )
        if settings.notify_email:
            routes.append(EmailRoute(server, sender, settings.notify_email))
        routes.append(ConfirmationRoute(server, sender))
    return routes


def warnings_about(settings: Settings, routes: list[str]) -> tuple[str, ...]:
    """What the owner should know at start-up."""
    found = []
    if not set(routes) & set(SPA_ROUTES):
        found.append(NO_ROUTE)
    if settings.notify_email and not settings.smtp_url:
        found.append(NO_MAIL_SERVER)
    if is_unencrypted(settings.webhook_url or ""):
        found.append(PLAIN_WEBHOOK)
    try:
        _booking_link(settings, "", "")
    except BookingLinkRefused as refusal:
        found.append(f"{refusal} No link is shown until then.")
    return tuple(found)


def _booking_link(settings: Settings, name: str, email: str) -> str:
    url = settings.booking_url or ""
    return booking_link(url, allowed_hosts(url), name, email) if url else ""


def _secret(value: SecretStr | None) -> str:
    return "" if value is None else value.get_secret_value()
