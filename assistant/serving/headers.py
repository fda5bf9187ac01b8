"""Security headers on every response, the pages' included.

Owns the content security policy. Streamlit needs inline styles, workers from blobs and
WebAssembly; scripts come from here alone, and its one inline script is let through by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class SecurityHeaders:
    """Adds the headers to whatever the app answers."""

    def __init__(self, app: ASGIApp, *, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def security_headers(frame_ancestors: str) -> dict[str, str]:
    """The headers by name; `frame_ancestors` are CSP sources of who may embed the page.

    Raises `ValueError` on what is no list of sources.
    """
    if re.search(r"[;,\r\n]", frame_ancestors) or not frame_ancestors.strip():
        raise ValueError(
            f"SERENITY_FRAME_ANCESTORS is {frame_ancestors!r}; write sources parted by spaces, "
            "such as 'self' https://spa.example"
        )
    headers = {
        "Content-Security-Policy": _policy(frame_ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": PERMISSIONS,
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    old_browsers = {"'self'": "SAMEORIGIN", "'none'": "DENY"}
    if frame_ancestors.strip() in old_browsers:
        headers["X-Frame-Options"] = old_browsers[frame_ancestors.strip()]
    return headers


def _policy(frame_ancestors: str) -> str:
    scripts = " ".join(["'self'", "'wasm-unsafe-eval'", *_hashes_of_inline_scripts()])
    return "; ".join((
        "default-src 'self'",
        f"script-src {scripts}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        f"frame-ancestors {frame_ancestors.strip()}",
    ))  # fmt: skip


def _hashes_of_inline_scripts() -> list[str]:
    """Of Streamlit's own page as installed; it is found, not imported."""
    found = importlib.util.find_spec("streamlit")
    page = Path(found.origin).parent / "static" / "index.html" if found and found.origin else None
    if page is None or not page.is_file():
        return []
    digests = (
        hashlib.sha256(script.encode()).digest()
        for script in _INLINE.findall(page.read_text(encoding="utf-8"))
    )
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
