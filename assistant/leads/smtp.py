"""The mail server: its URL, and one message handed to it.

Owns the connection (STARTTLS for `smtp://`, TLS from the start for `smtps://`), one total
time-out, and the reading of the server's answers. `smtp://127.0.0.1:2525?tls=none` speaks
plainly, to this machine only. It does not promise that a message arrives: a mail server that
took it answers for it.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from assistant.leads.routes import DELIVERED, LOOPBACK, Outcome, RouteMisconfigured

Tls = Literal["starttls", "implicit", "none"]
PORTS = {"smtp": 587, "smtps": 465}
FAREWELL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in. `total_seconds` is the time-out of a whole handing in."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)
    total_seconds: float = 20.0
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str, *, trust: ssl.SSLContext | None = None) -> SmtpServer:
        """Read `smtp[s]://user:password@host:port`. Raises `RouteMisconfigured`."""
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS.get(parts.scheme, 0)
        except ValueError:
            raise RouteMisconfigured("SERENITY_SMTP_URL has no readable port") from None
        host = parts.hostname or ""
        if parts.scheme not in PORTS or not host:
            raise RouteMisconfigured(
                f"SERENITY_SMTP_URL has the scheme {parts.scheme!r} and the host {host!r}; write "
                "smtp://user:password@host:587 or smtps://user:password@host:465."
            )
        tls: Tls = "implicit" if parts.scheme == "smtps" else "starttls"
        if parse_qs(parts.query).get("tls") == ["none"]:
            if host not in LOOPBACK:
                raise RouteMisconfigured("SERENITY_SMTP_URL: tls=none is for this machine only")
            tls = "none"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(host, port, tls, user, password, trust=trust)

    def send(self, message: EmailMessage) -> Outcome:
        """Hand a message in once. Call it from a thread that runs no event loop."""
        try:
            asyncio.run(self._hand_in(message))
        except TimeoutError:
            return Outcome("retry", f"no answer of the mail server in {self.total_seconds:g} s")
        except (OSError, aiosmtplib.SMTPException) as error:
            return _outcome_of(error)
        return DELIVERED

    async def _hand_in(self, message: EmailMessage) -> None:
        """The time-out is for all of it, so a server that drips its answers cannot hold us."""
        talk = aiosmtplib.SMTP(
            hostname=self.host, port=self.port, timeout=self.total_seconds,
            username=self.user or None, password=self.password or None,
            use_tls=self.tls == "implicit", start_tls=self.tls == "starttls",
            tls_context=None if self.tls == "none" else self.trust or ssl.create_default_context(),
        )  # fmt: skip
        try:
            async with asyncio.timeout(self.total_seconds):
                await talk.connect()
                await talk.send_message(message)
            with suppress(OSError, aiosmtplib.SMTPException):  # the message is taken: all is well
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await talk.quit()
        finally:
            talk.close()
            await asyncio.sleep(0)  # the loop closes the socket in its next round


def _outcome_of(error: Exception) -> Outcome:
    """What time can heal is tried again; a login too, since the owner can put it right."""
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Outcome("refused", "the mail server cannot take this address or message")
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Outcome("retry", f"the mail server refused our login ({error.code})")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _by_code(max(refused.code for refused in error.recipients))
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _by_code(error.code)
    return Outcome("retry", f"the mail server did not answer ({type(error).__name__})")


def _by_code(code: int) -> Outcome:
    """The server's words may repeat an address, so only its number is kept."""
    kind: Literal["refused", "retry"] = "refused" if 500 <= code < 600 else "retry"
    return Outcome(kind, f"the mail server answered {code}")
