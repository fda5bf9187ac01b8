"""What `st.App` is given: routes, middleware, and the start and end of the process.

Owns what belongs together. It does not know Streamlit; `streamlit_app.py` writes
`app = st.App(page, **app_options(live()))`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypedDict

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from assistant.serving.ask import ask_route
from assistant.serving.headers import SecurityHeaders, security_headers
from assistant.serving.live import Live
from assistant.serving.probes import probe_routes
from assistant.serving.widget import widget_route


class AppOptions(TypedDict):
    """Keyword arguments of `st.App`."""

    lifespan: Callable[[Any], AbstractAsyncContextManager[dict[str, Any] | None]]
    routes: list[BaseRoute]
    middleware: list[Middleware]


def app_options(parts: Live) -> AppOptions:
    """Routes, middleware and lifespan around the parts, which start and end with the app.

    Raises `ValueError` on a setting that makes no header.
    """
    return {
        "lifespan": _lifespan_of(parts),
        "routes": [ask_route(parts), *probe_routes(parts), widget_route()],
        "middleware": [
            Middleware(SecurityHeaders, headers=security_headers(parts.settings.frame_ancestors))
        ],
    }


def _lifespan_of(
    parts: Live,
) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any] | None]]:
    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[dict[str, Any] | None]:
        await asyncio.to_thread(parts.start)
        try:
            yield None
        finally:
            await asyncio.to_thread(parts.close)

    return lifespan
