"""Requests posted to the owner's own system, signed as Standard Webhooks asks.

Owns one POST: the signature, one total time-out, and the reading of the answer's status. The
answer's body is not read and a redirect not followed, since it would carry a contact to a place
that the owner did not name. It does not promise that the receiver acts on what it took.
"""

from __future__ import annotations

import asyncio
import binascii
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from assistant.leads.notice import Notice
from assistant.leads.routes import DELIVERED, LOOPBACK, Outcome, RouteMisconfigured

PASSING = frozenset({408, 409, 421, 425, 429})  # errors of the client's side that time can heal
MOVED = frozenset({301, 308})


class WebhookRoute:
    """Posts to one URL. Raises `RouteMisconfigured` if URL or secret cannot work."""

    name = "webhook"

    def __init__(self, url: str, secret: str, *, total_seconds: float = 20.0) -> None:
        self._url = _checked_url(url)
        self._signer = _signer(secret)
        self._total = total_seconds

    def deliver(self, notice: Notice, message_id: str, at: datetime) -> Outcome:
        """Post the notice once. Call it from a thread that runs no event loop."""
        body = json.dumps(
            {
                "type": "lead.requested",
                "timestamp": notice.at.isoformat(),
                "data": notice.as_dict(),
            },
            ensure_ascii=False,
        )
        headers = {
            "content-type": "application/json",
            "user-agent": "serenity-guide-assistant",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(message_id, at.astimezone(UTC), body),
        }
        try:
            return asyncio.run(self._post(body, headers, at))
        except TimeoutError:
            return Outcome("retry", f"no answer within {self._total:g} s")
        except httpx.HTTPError as error:
            return Outcome("retry", f"no answer ({type(error).__name__})")

    async def _post(self, body: str, headers: dict[str, str], at: datetime) -> Outcome:
        """The time-out is for all of it, so a receiver that drips its answer cannot hold us."""
        async with asyncio.timeout(self._total):
            client = httpx.AsyncClient(timeout=self._total, follow_redirects=False, trust_env=False)
            async with (
                client,
                client.stream("POST", self._url, content=body.encode(), headers=headers) as answer,
            ):
                return _read_answer(answer, at)


def _read_answer(answer: httpx.Response, at: datetime) -> Outcome:
    status = answer.status_code
    reason = f"the receiver answered {status}"
    if answer.is_success:
        return DELIVERED
    if status in MOVED:
        return Outcome("refused", f"{reason}: it has moved; set SERENITY_WEBHOOK_URL and replay")
    if answer.is_client_error and status not in PASSING:
        return Outcome("refused", reason)
    return Outcome("retry", reason, _retry_after(answer.headers.get("retry-after", ""), at))


def _retry_after(text: str, at: datetime) -> timedelta | None:
    """Seconds or a date, as HTTP has it; None for anything else or for the past."""
    try:
        if text.isascii() and text.isdigit():
            return timedelta(seconds=min(int(text[:12]), 10**9))
        until = parsedate_to_datetime(text)
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - at
    except (ValueError, TypeError, OverflowError):
        return None
    return wait if wait > timedelta(0) else None


def is_unencrypted(url: str) -> bool:
    """Whether what is posted there could be read on its way to another machine."""
    parts = httpx.URL(url)
    return parts.scheme == "http" and parts.host not in LOOPBACK


def _checked_url(url: str) -> str:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        raise RouteMisconfigured("SERENITY_WEBHOOK_URL is not a URL; write https://…") from None
    if parts.scheme not in ("https", "http") or not parts.host:
        raise RouteMisconfigured(
            f"SERENITY_WEBHOOK_URL has the scheme {parts.scheme!r}; only https and http with a "
            "host are possible."
        )
    return url


def _signer(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except (EmptyWebhookSecretError, binascii.Error, ValueError, RuntimeError):
        raise RouteMisconfigured(
            "SERENITY_WEBHOOK_SECRET is missing or not base64; make one with "
            "`openssl rand -base64 32` and put whsec_ before it."
        ) from None
