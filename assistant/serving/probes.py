"""Health, readiness and metrics, for the owner's machines.

Owns three GET routes. `/healthz` says that the process answers, and is what a proxy should route
by; `/readyz` says whether everything works, and is what should wake somebody up; `/metrics`
counts. None of them shows anything of a visitor.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from assistant.leads.office import NO_ROUTE
from assistant.serving.live import Live
from assistant.serving.metrics import CONTENT_TYPE

DATABASE_SECONDS = 6.0  # longer than PostgreSQL's time-out to connect


def probe_routes(live: Live) -> list[BaseRoute]:
    """The three routes, around the live parts."""
    database = DatabaseProbe(live.reception.trouble)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(_request: Request) -> Response:
        trouble = await database.trouble()
        ready = live.is_warm and not trouble
        warnings = list(live.reception.warnings)
        body = {
            "status": "ready" if ready else "not ready",
            "assistant": "ok" if live.is_warm else "still starting",
            "database": trouble or "ok",
            "delivery": "NOT CONFIGURED" if NO_ROUTE in warnings else "ok",
            "warnings": warnings,
        }
        return JSONResponse(body, 200 if ready else 503, {"Cache-Control": "no-store"})

    async def metrics(_request: Request) -> Response:
        return Response(live.metrics.as_text(), media_type=CONTENT_TYPE)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


class DatabaseProbe:
    """Asks the database in a thread of its own, once at a time however many wait for the answer.

    So probes of a silent database neither pile up nor keep the process from ending.
    """

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._asked: Future[str] | None = None

    async def trouble(self) -> str:
        """What keeps requests from being kept; "" if nothing does. For the event loop alone."""
        if self._asked is None or self._asked.done():
            self._asked = Future()
            threading.Thread(target=self._answer, args=(self._asked,), daemon=True).start()
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                return await asyncio.shield(asyncio.wrap_future(self._asked))
        except TimeoutError:
            return f"the leads database did not answer within {DATABASE_SECONDS:g} s"

    def _answer(self, asked: Future[str]) -> None:
        try:
            asked.set_result(self._ask())
        except Exception as error:  # noqa: BLE001, whoever waits has to be told
            asked.set_result(f"the leads database cannot be asked ({type(error).__name__})")
