"""Health, readiness and metrics, for the owner's machines.

Owns three GET routes. `/healthz` says that the process answers, and is what a proxy should route
by; `/readyz` says whether everything works, and is what should wake somebody up; `/metrics`
counts. None of them shows anything of a visitor.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from assistant.leads.office import NO_ROUTE
from assistant.serving.live import Live
from assistant.serving.metrics import CONTENT_TYPE

DATABASE_SECONDS = 6.0  # longer than PostgreSQL's time-out to connect


def probe_routes(live: Live) -> list[BaseRoute]:
    """The three routes, around the live parts."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(_request: Request) -> Response:
        trouble = await _database_trouble(live)
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


async def _database_trouble(live: Live) -> str:
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            return await asyncio.to_thread(live.reception.trouble)
    except TimeoutError:
        return f"the leads database did not answer within {DATABASE_SECONDS:g} s"
