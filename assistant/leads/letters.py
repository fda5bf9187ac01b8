"""The two e-mails: a request told to the spa, and its confirmation to the visitor.

Owns their words and headers. What a visitor wrote stands in the body only, and a confirmation
repeats none of it, so that the form cannot be used to write to strangers. The Message-ID is the
same on each try. It does not promise delivery; see `smtp`.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from assistant.leads.notice import Notice
from assistant.leads.routes import Outcome
from assistant.leads.smtp import SmtpServer

CONFIRMATION = """\
Hello,

your request reached Serenity. Its reference is {reference}.

A person at Serenity will answer you. This is not a booking yet: nothing is booked until they
confirm it.

You agreed to this on {day}: "{consent}"

If you did not send this request, please ignore this e-mail.
"""


class EmailRoute:
    """Tells the spa by e-mail."""

    name = "email"

    def __init__(self, server: SmtpServer, sender: str, to: str) -> None:
        self._server = server
        self._sender = sender
        self._to = to

    def deliver(self, notice: Notice, message_id: str, at: datetime) -> Outcome:
        """Hand the request in once, for the spa's address."""
        again = "Asked again" if notice.again else "New request"
        flag = " (may be spam)" if notice.suspicions else ""
        letter = _letter(self._sender, self._to, f"{again}: {notice.reference}{flag}")
        letter["Message-ID"] = _message_id(message_id, self._sender)
        letter["Date"] = format_datetime(at)
        if notice.email.isascii() and notice.email and not notice.suspicions:
            letter["Reply-To"] = notice.email
        letter.set_content(_as_text(notice))
        return self._server.send(letter)


class ConfirmationRoute:
    """Confirms a request to the visitor who left an e-mail address."""

    name = "confirmation"

    def __init__(self, server: SmtpServer, sender: str) -> None:
        self._server = server
        self._sender = sender

    def deliver(self, notice: Notice, message_id: str, at: datetime) -> Outcome:
        """Hand the confirmation in once, for the visitor's address."""
        letter = _letter(
            self._sender, notice.email, f"Your request at Serenity: {notice.reference}"
        )
        letter["Message-ID"] = _message_id(message_id, self._sender)
        letter["Date"] = format_datetime(at)
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(
            CONFIRMATION.format(
                reference=notice.reference,
                day=f"{notice.consent_at:%d %B %Y}",
                consent=notice.consent_text,
            )
        )
        return self._server.send(letter)


def _letter(sender: str, to: str, subject: str) -> EmailMessage:
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = subject
    return letter


def _message_id(message_id: str, sender: str) -> str:
    domain = sender.rpartition("@")[2].strip(" >") or "localhost"
    return f"<{message_id}@{domain}>"


def _as_text(notice: Notice) -> str:
    lines = [
        f"Reference: {notice.reference}",
        f"Received: {notice.at:%d %B %Y, %H:%M} UTC",
        f"Name: {notice.name or '-'}",
        f"E-mail: {notice.email or '-'}",
        f"Telephone: {notice.phone or '-'}",
        f"Wish: {notice.wish or '-'}",
        f"Locale: {notice.locale or '-'}",
        f"Consent given: {notice.consent_at:%d %B %Y, %H:%M} UTC, text {notice.consent_version}",
        f"Consent text: {notice.consent_text}",
    ]
    if notice.suspicions:
        lines.append(f"May be spam: {'; '.join(notice.suspicions)}")
    lines += ["", "Message:", notice.message or "-"]
    if notice.conversation is not None:
        lines += ["", "The visitor attached the conversation:"]
        if notice.conversation.condition:
            lines.append(f"Condition shown: {notice.conversation.condition}")
        lines += [f"> {turn}" for turn in notice.conversation.turns]
    return "\n".join(lines) + "\n"
