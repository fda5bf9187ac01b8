"""The pages' one script, which brings into view what the visitor came for.

Owns a constant file and its route, `GET /scroll.js`: served from here, so that the content
security policy needs no exception.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

SCRIPT = Path(__file__).with_name("scroll.js")


def scroll_route() -> Route:
    """The route; browsers keep the script for an hour."""

    async def scroll(_request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=3600"}
        return FileResponse(SCRIPT, media_type="text/javascript", headers=headers)

    return Route("/scroll.js", scroll)


def scroll_into_view(occasion: str | int) -> None:
    """Run the script once for each new occasion; the occasion must be no visitor's text."""
    st.html(
        f'<script src="scroll.js" data-occasion="{occasion}"></script>',
        unsafe_allow_javascript=True,
    )
