"""`GET /widget.js`: the script by which any web page opens the chat in a frame.

Owns a constant file. Who may embed the chat is `SERENITY_FRAME_ANCESTORS`, not the script.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

SCRIPT = Path(__file__).with_name("widget.js")


def widget_route() -> Route:
    """The route; browsers keep the script for an hour."""

    async def widget(_request: Request) -> Response:
        return FileResponse(
            SCRIPT,
            media_type="text/javascript",
            headers={
                "Cache-Control": "public, max-age=3600",
                "Cross-Origin-Resource-Policy": "cross-origin",
            },
        )

    return Route("/widget.js", widget)
