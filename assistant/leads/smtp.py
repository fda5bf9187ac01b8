"""The mail server: its URL, and one message handed to it.

Owns the connection (STARTTLS for `smtp://`, TLS from the start for `smtps://`) and the reading
of the server's answers. `smtp://127.0.0.1:2525?tls=none` speaks plainly, to this machine only.
It does not promise that a message arrives: a mail server that took it answers for it.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from assistant.leads.routes import DELIVERED, Outcome, RouteMisconfigured

Tls = Literal["starttls", "implicit", "none"]
PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in. `seconds` is the time-out of each step of the talk."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 15.0
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
        """Hand a message in once."""
        try:
            with self._connect() as talk:
                if self.user:
                    talk.login(self.user, self.password)
                talk.send_message(message)
        except smtplib.SMTPNotSupportedError:
            return Outcome("refused", "the mail server cannot take this address or message")
        except smtplib.SMTPAuthenticationError as error:
            return Outcome("retry", f"the mail server refused our login ({error.smtp_code})")
        except smtplib.SMTPRecipientsRefused as error:
            return _by_code(max(code for code, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            return _by_code(error.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            return Outcome("retry", f"the mail server did not answer ({type(error).__name__})")
        return DELIVERED

    def _connect(self) -> smtplib.SMTP:
        trust = self.trust or ssl.create_default_context()
        if self.tls == "implicit":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.seconds, context=trust)
        talk = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        if self.tls == "starttls":
            _encrypt(talk, trust)
        return talk


def _encrypt(talk: smtplib.SMTP, trust: ssl.SSLContext) -> None:
    """Go on encrypted or not at all."""
    try:
        talk.starttls(context=trust)
    except smtplib.SMTPNotSupportedError:
        talk.close()
        raise smtplib.SMTPConnectError(421, "no STARTTLS offered") from None
    except BaseException:
        talk.close()
        raise


def _by_code(code: int) -> Outcome:
    """The server's words may repeat an address, so only its number is kept."""
    kind: Literal["refused", "retry"] = "refused" if 500 <= code < 600 else "retry"
    return Outcome(kind, f"the mail server answered {code}")
