"""PostgreSQL's connections, which wait for the server only so long.

Owns the time-outs. A server that is locked gives up by itself; one that is frozen, or a network
that swallows everything, says nothing at all, so the client has to look at the clock as well.
"""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

V = TypeVar("V")

LOCK_SECONDS, STATEMENT_SECONDS = 8, 12  # the server ends a statement
SILENT_SECONDS = 15.0  # the client ends a connection on which nothing came
CONNECT_SECONDS = 5


class BoundedConnection(psycopg.Connection[Any]):
    """A connection of which no operation waits longer than `SILENT_SECONDS`."""

    def wait(self, gen: PQGen[V], interval: float = 0.1, timeout: float | None = None) -> V:
        """As psycopg's. Raises `psycopg.OperationalError` after the time, and is closed then."""
        try:
            return super().wait(gen, interval, SILENT_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # what the server may still say belongs to nobody
            raise


def connect(_dialect: object, _record: object, args: list[Any], options: dict[str, Any]) -> Any:
    """SQLAlchemy's `do_connect`: a bounded connection, whatever its address asks for besides."""
    return BoundedConnection.connect(*args, **{"connect_timeout": CONNECT_SECONDS, **options})


def bound(conn: Connection) -> None:
    """SQLAlchemy's `begin`: the server's time-outs, for this transaction.

    Not at the connection's start, where a pooler such as PgBouncer refuses them.
    """
    conn.exec_driver_sql(
        f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'; "
        f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"
    )
