"""Who may see the staff page.

Owns the check of the password (its argon2 hash is a setting) and, with none set, of a one-time
token printed at start-up. Attempts are limited, for each client and in all, in this process's
memory. It does not promise a session: the page remembers who came in, and forgets on close.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import deque
from datetime import datetime, timedelta

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError

from assistant.leads.database import Clock, utc_now

WINDOW = timedelta(minutes=15)


class StaffAccessMisconfigured(ValueError):
    """The password's hash cannot be used; the owner sees it at start-up."""


class TooManyAttempts(Exception):
    """No further attempt is looked at before `retry_at`; staff see it."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"Too many attempts. Please try again after {retry_at:%H:%M} UTC.")
        self.retry_at = retry_at


def hash_password(password: str) -> str:
    """The argon2 hash to put into SERENITY_STAFF_PASSWORD_HASH."""
    return PasswordHasher().hash(password)


class StaffAccess:
    """The door of the staff page."""

    def __init__(
        self, password_hash: str = "", *, clock: Clock = utc_now, per_client: int = 5,
        in_all: int = 50,
    ) -> None:  # fmt: skip
        self._hash = _checked(password_hash)
        self._token = "" if password_hash else secrets.token_urlsafe(32)
        self._clock = clock
        self._caps = (per_client, in_all)
        self._failures: deque[tuple[datetime, str]] = deque()
        self._lock = threading.Lock()

    @property
    def one_time_token(self) -> str:
        """The token to print as a link; empty if there is a password or the token was used."""
        return self._token

    def login(self, password: str, client: str = "") -> bool:
        """Whether this is the password. Raises `TooManyAttempts`; `client` is an address."""
        with self._lock:
            self._refuse_too_many(client)
            if self._hash and _verifies(self._hash, password[:1000]):
                return True
            self._failures.append((self._clock(), client))
            return False

    def redeem(self, token: str, client: str = "") -> bool:
        """Whether this is the one-time token; it is used up by that. Raises `TooManyAttempts`."""
        with self._lock:
            self._refuse_too_many(client)
            if self._token and hmac.compare_digest(self._token.encode(), token.encode()):
                self._token = ""
                return True
            self._failures.append((self._clock(), client))
            return False

    def _refuse_too_many(self, client: str) -> None:
        now = self._clock()
        while self._failures and self._failures[0][0] <= now - WINDOW:
            self._failures.popleft()
        own = [at for at, who in self._failures if who == client]
        per_client, in_all = self._caps
        if len(own) >= per_client:
            raise TooManyAttempts(own[-per_client] + WINDOW)
        if len(self._failures) >= in_all:
            raise TooManyAttempts(self._failures[-in_all][0] + WINDOW)


def _verifies(password_hash: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(password_hash, password)
    except Argon2Error:
        return False


def _checked(password_hash: str) -> str:
    if password_hash:
        try:
            extract_parameters(password_hash)
        except InvalidHashError:
            raise StaffAccessMisconfigured(
                "SERENITY_STAFF_PASSWORD_HASH is not an argon2 hash; make one with "
                "`python -m assistant hash-password`."
            ) from None
    return password_hash
