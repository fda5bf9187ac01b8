"""The link to the owner's booking system, with name and e-mail filled in.

Owns which links may be shown: https, to the owner's own host or to a known vendor. Cal.com,
Calendly and most others read `name` and `email` from the query. Nothing else of the visitor is
put into a link, and the page shows it for the visitor to click; nothing is fetched here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

VENDORS = frozenset({"cal.com", "calendly.com"})


class BookingLinkRefused(ValueError):
    """The link may not be shown; the owner sees why at start-up."""


def allowed_hosts(booking_url: str) -> frozenset[str]:
    """The vendors and the host of the owner's own setting."""
    return VENDORS | {_split(booking_url)[0]}


def booking_link(url: str, allowed: Collection[str], name: str = "", email: str = "") -> str:
    """The URL with `name` and `email` filled in. Raises `BookingLinkRefused`."""
    host, parts = _split(url)
    if host not in allowed and not any(host.endswith(f".{vendor}") for vendor in VENDORS):
        raise BookingLinkRefused(
            f"The booking link leads to {host!r}, which is not allowed; set SERENITY_BOOKING_URL "
            f"to that system, or use one of {', '.join(sorted(allowed))}."
        )
    kept = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in kept if key not in ("name", "email")]
    filled = [(key, value) for key, value in (("name", name), ("email", email)) if value]
    return urlunsplit(parts._replace(query=urlencode(kept + filled, quote_via=quote)))


def _split(url: str) -> tuple[str, SplitResult]:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        odd = parts.port not in (None, 443) or parts.username is not None
    except ValueError:
        host, odd, parts = "", True, urlsplit("")
    if parts.scheme != "https" or not host or odd or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        raise BookingLinkRefused(
            "The booking link is not a plain https address; set SERENITY_BOOKING_URL to "
            "https://HOST/PATH without user name or port."
        )
    return host, parts
