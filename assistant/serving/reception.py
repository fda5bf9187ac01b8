"""The leads' office in a running app: opened as soon as its database answers, then kept running.

Owns the waiting: a database that is away at start-up is tried again while the chat already
answers. It does not promise that a request can be kept now: `office` then raises
`DatabaseUnavailable`, and the form stays filled.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import text

from assistant.leads.access import StaffAccess
from assistant.leads.database import DatabaseUnavailable
from assistant.leads.desk import LevelOf
from assistant.leads.journal import Journal
from assistant.leads.office import Office, routes_from, warnings_about
from assistant.settings import Settings

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
SHARED_SECONDS = 0.5  # a failure to open is told to all who come within this
CLOSING_SECONDS = 25.0  # a delivery under way has a time-out of its own below this


class Reception:
    """Holds the office of one process. Safe for concurrent use.

    `warnings` says loudly what the owner should set. Raises `RouteMisconfigured` and
    `StaffAccessMisconfigured` when made, so that wrong settings end the start-up.
    """

    def __init__(self, settings: Settings, level_of: LevelOf, *, public_url: str = "") -> None:
        routes = routes_from(settings)
        password_hash = settings.staff_password_hash
        StaffAccess(password_hash.get_secret_value() if password_hash else "")
        self.warnings = warnings_about(settings, [route.name for route in routes])
        self._settings = settings
        self._level_of = level_of
        self._public_url = public_url.rstrip("/")
        self._office: Office | None = None
        self._opening = threading.Lock()
        self._failure = ""
        self._failed_at = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def office(self) -> Office:
        """The open office, opened now if it is not. Raises `DatabaseUnavailable`.

        Who comes while a database is being waited for, or just after, shares what was found: no
        visitor waits behind another.
        """
        came = time.monotonic()
        with self._opening:
            if self._office is None:
                if self._failure and came < self._failed_at + SHARED_SECONDS:
                    raise DatabaseUnavailable(self._failure)
                try:
                    self._office = Office.open(self._settings, self._level_of)
                except DatabaseUnavailable as error:
                    self._failure, self._failed_at = str(error), time.monotonic()
                    raise
            return self._office

    def record(self, note: Callable[[Journal], None]) -> None:
        """Let the journal note something; until the database first answers nothing is noted."""
        if self._office is not None:
            note(self._office.journal)

    def trouble(self) -> str:
        """What keeps requests from being kept, for the owner; "" if nothing does."""
        try:
            with self.office().db.read() as conn:
                conn.execute(text("SELECT 1 FROM alembic_version"))
        except DatabaseUnavailable as error:
            log.warning("%s", error)
            return "the leads database does not answer; requests cannot be kept now"
        return ""

    def start(self) -> None:
        """Deliver from now on, or from when the database answers."""
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End deliveries, write what the journal still holds, close the database."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(CLOSING_SECONDS)
        with self._opening:
            if self._office is None:
                return
            try:
                self._office.close()
            except DatabaseUnavailable as error:
                log.warning("the journal's last entries are lost: %s", error)

    def _run(self) -> None:
        told = False
        while not self._stop.is_set():
            try:
                office = self.office()
            except DatabaseUnavailable as error:
                if not told:
                    log.warning("%s Until then it is tried every few seconds.", error)
                told = True
                self._stop.wait(RETRY_SECONDS)
            else:
                self._greet_staff(office)
                office.run_until(self._stop)

    def _greet_staff(self, office: Office) -> None:
        if token := office.access.one_time_token:
            link = f"{self._public_url}/staff?token={token}"
            log.warning("No staff password is set. This opens the staff page once: %s", link)
