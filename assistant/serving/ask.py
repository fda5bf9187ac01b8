"""`POST /api/ask`: a conversation in, the reply to its last message out.

Owns the door: size, shape, rate, and the words of each refusal. It keeps no state and never
shows a traceback; the reply's `trace` stays inside.
"""

from __future__ import annotations

import asyncio
import logging
import math
from ipaddress import ip_address, ip_network
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from assistant import phrases
from assistant.serving.live import BUSY_TEXT, Live
from assistant.serving.pool import Busy, TookTooLong
from assistant.serving.rate import RateLimit

log = logging.getLogger(__name__)

QUESTION_BYTES = 4_096  # a longer body counts as several questions: reading it costs as much
BODY_SECONDS = 10.0  # a body that drips in slower than this is let go
RETRY_SECONDS = 2
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

SHAPE_TEXT = 'Please send JSON like {"turns": ["How long should a session be?"]}, oldest first.'
LARGE_TEXT = "This conversation is too long to read. Please send its last messages only."
SLOW_BODY_TEXT = "The question did not arrive in time. Please send it again."
RATE_TEXT = "You ask faster than I can read. Please wait a moment and send it again."
BROKEN_TEXT = f"Something went wrong on our side. Please send your question again. {phrases.UNWELL}"


class Body(BaseModel):
    """The body of a request: the visitor's messages, oldest first."""

    model_config = ConfigDict(extra="forbid", strict=True)

    turns: Annotated[list[str], Field(min_length=1)]


class Refused(Exception):
    """A request that gets no reply; carries what the caller is told."""

    def __init__(
        self, status: int, code: str, message: str, *, detail: str = "", retry: float = 0
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.detail = status, code, message, detail
        self.retry = math.ceil(retry)

    def as_response(self) -> JSONResponse:
        """The refusal as JSON, with Retry-After where waiting helps."""
        body = {"code": self.code, "message": self.message}
        if self.detail:
            body["detail"] = self.detail
        headers = {"Retry-After": str(self.retry)} if self.retry else {}
        if self.status == 405:
            headers["Allow"] = "POST"
        return JSONResponse({"error": body}, self.status, headers)


def ask_route(live: Live) -> Route:
    """The route, around the live parts; open to scripts of the origins that the settings name."""
    rate = RateLimit(live.serving.api_per_minute)
    origins = live.serving.api_cors_origins.split()
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["POST"],
        allow_headers=["content-type"],
    )

    async def ask(request: Request) -> Response:
        try:
            _refuse_other_methods(request)
            body = await _read_in_time(request, live.serving.api_body_bytes)
            _refuse_fast_asker(rate, request, 1 + len(body) // QUESTION_BYTES)
            turns = _turns_in(body, live.serving.api_turns)
            reply = await live.ask_async(turns, door="http")
        except (Busy, TookTooLong):
            return Refused(503, "busy", BUSY_TEXT, retry=RETRY_SECONDS).as_response()
        except Refused as refused:
            live.metrics.refused("http", refused.code)
            return refused.as_response()
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:  # noqa: BLE001, a visitor never sees a traceback
            log.error("a question over HTTP failed with %s", type(error).__name__)  # noqa: TRY400
            live.metrics.refused("http", "error")
            return Refused(500, "error", BROKEN_TEXT).as_response()
        return JSONResponse(reply.as_dict(trace=False), headers={"Cache-Control": "no-store"})

    # All of them come here: what no route takes, the page would answer with itself.
    return Route("/api/ask", ask, methods=METHODS, middleware=[cors] if origins else [])


def _refuse_other_methods(request: Request) -> None:
    if request.method != "POST":
        raise Refused(405, "method", SHAPE_TEXT)


def _refuse_fast_asker(rate: RateLimit, request: Request, questions: int) -> None:
    wait = rate.wait(_asker(request), questions)
    if wait:
        raise Refused(429, "rate", RATE_TEXT, retry=wait)


def _asker(request: Request) -> str:
    """Who asks, by address; of IPv6 the network, of which one machine has all addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == 4 or address.ipv4_mapped or address in _NAT64:
        return host  # as a listener on both kinds, or a gateway, names a machine of IPv4
    return str(ip_network((int(address), 64), strict=False))


_NAT64 = ip_network("64:ff9b::/96")


async def _read_in_time(request: Request, most: int) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read_body(request, most)
    except TimeoutError:
        raise Refused(408, "slow_body", SLOW_BODY_TEXT) from None


def _turns_in(body: bytes, most_turns: int) -> list[str]:
    try:
        turns = Body.model_validate_json(body).turns
    except ValidationError as error:
        raise Refused(422, "invalid", SHAPE_TEXT, detail=_first_of(error)) from None
    if len(turns) > most_turns:
        raise Refused(422, "too_many_turns", LARGE_TEXT, detail=f"at most {most_turns} turns")
    return turns


async def _read_body(request: Request, most: int) -> bytes:
    """The body, refused as soon as it grows past `most` bytes, whatever its header said."""
    declared = request.headers.get("content-length", "")
    body = bytearray()
    if not (declared.isdigit() and int(declared) > most):
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                break
        else:
            return bytes(body)
    raise Refused(413, "large", LARGE_TEXT, detail=f"at most {most} bytes")


def _first_of(error: ValidationError) -> str:
    """Where and what, without the visitor's words."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
