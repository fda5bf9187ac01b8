"""The leads database: one engine, opened and migrated, with its ways in.

Owns the connection settings that keep a committed lead: on SQLite a write-ahead log, full
synchronisation, secure deletion and a busy time-out; on PostgreSQL a pool that checks its
connections, each of which waits only so long (`postgres`). It does not promise that an erased row
leaves backups, PostgreSQL's dead rows or its archived log: the README states those limits.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

Clock = Callable[[], datetime]

BUSY_SECONDS = 15
POOL_SECONDS = 10  # how long to wait for a connection that others use
ALONE_LOCK = 7_352_481  # our advisory lock in PostgreSQL
_FAULTS = (SQLAlchemyError, CommandError, OSError, sqlite3.Error)  # of opening
_migrating = threading.Lock()  # Alembic's context is one for the process


class DatabaseUnavailable(Exception):
    """The leads database cannot be used; staff see it at start-up, visitors a "try again"."""


class ErasureIncomplete(Exception):
    """Rows are gone, but their old pages still stand in the SQLite file."""


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


class Database:
    """A migrated leads database. Make one a process with `open`, and `close` it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(reader=True)

    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Database:
        """Open the database at a SQLAlchemy URL and bring its schema up to date.

        Several processes may open it at once: one migrates, the others wait.
        Raises `DatabaseUnavailable` if it cannot be read, reached or migrated.
        """
        address = _address(url)
        engine: Engine | None = None
        try:
            engine = _engine(address)
            db = cls(engine)
            if db.is_sqlite:
                _use_wal(engine)
            if migrate:
                db._migrate()
        except (*_FAULTS, DatabaseUnavailable) as error:
            if engine is not None:
                engine.dispose()
            shown = address.render_as_string(hide_password=True)
            raise DatabaseUnavailable(
                f"The leads database {shown} cannot be opened ({_cause(error)}). Check that it "
                "runs and may be written, or set SERENITY_DATABASE_URL."
            ) from error
        return db

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; it blocks nobody."""
        with _as_unavailable(), self._reader.connect() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is kept whole if the block ends well, and dropped whole if not."""
        with _as_unavailable(), self.engine.begin() as conn:
            yield conn

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Like `write`, and no other process is inside `alone` at the same time."""
        with self.write() as conn:
            if not self.is_sqlite:  # SQLite's BEGIN IMMEDIATE has made us the only writer
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ALONE_LOCK})
            yield conn

    def forget_deleted(self) -> None:
        """Rewrite the SQLite file without deleted rows and empty its log.

        Does nothing on PostgreSQL. Raises `ErasureIncomplete` while another process reads, or where
        the file cannot be rewritten.
        """
        if not self.is_sqlite:
            return
        try:
            _vacuum(self.engine)
        except OperationalError as error:
            raise ErasureIncomplete(
                f"The rows are erased, but the SQLite file could not be rewritten without them "
                f"({_cause(error)}). Make room and run the command again."
            ) from None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with _migrating, self.alone() as conn:
            config.attributes["connection"] = conn
            command.upgrade(config, "head")


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise DatabaseUnavailable(
            "SERENITY_DATABASE_URL is not a database URL; write sqlite:///FILE or "
            "postgresql://USER:PASSWORD@HOST/NAME."
        ) from None
    name = address.get_backend_name()
    if name in ("postgres", "postgresql"):
        return address.set(drivername="postgresql+psycopg")
    if name == "sqlite" and address.database not in (None, "", ":memory:"):
        return address
    raise DatabaseUnavailable(
        f"SERENITY_DATABASE_URL names {name!r} without a place that lasts; "
        "use a SQLite file or PostgreSQL."
    )


def _engine(address: URL) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True}  # contacts stay out of error messages
    if address.get_backend_name() != "sqlite":
        from assistant.leads.postgres import bound, connect  # psycopg: only where it is used

        engine = create_engine(address, pool_pre_ping=True, pool_timeout=POOL_SECONDS, **options)
        event.listen(engine, "do_connect", connect)
        event.listen(engine, "begin", bound)
        return engine
    Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, **options)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("secure_delete=ON", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(conn: Connection) -> None:
    reads = conn.get_execution_options().get("reader")
    conn.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@retry(
    retry=retry_if_exception_type(OperationalError),
    stop=stop_after_delay(BUSY_SECONDS), wait=wait_random_exponential(0.05, max=0.5), reraise=True,
)  # fmt: skip
def _use_wal(engine: Engine) -> None:
    """Switch the log on: SQLite refuses it at once while another process does the same."""
    try:
        with _raw(engine) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        raise OperationalError(None, None, error) from error


@retry(
    retry=retry_if_exception_type(ErasureIncomplete),
    stop=stop_after_delay(BUSY_SECONDS), wait=wait_random_exponential(0.05, max=0.5), reraise=True,
)  # fmt: skip
def _vacuum(engine: Engine) -> None:
    try:
        with _raw(engine) as connection:
            connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise OperationalError(None, None, error) from error  # a full disk, say
        busy = 1
    if busy:
        raise ErasureIncomplete(
            "The rows are erased, but another process still reads the old pages of the SQLite "
            "file. Stop the other processes and run the command again."
        )


@contextmanager
def _raw(engine: Engine) -> Iterator[Any]:
    """The driver's own connection, outside any transaction."""
    pooled = engine.raw_connection()
    try:
        yield pooled.driver_connection
    finally:
        pooled.close()


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        # Not chained: a server's own message may repeat a whole row.
        raise DatabaseUnavailable(
            f"The leads database does not take this ({_cause(error)}). Nothing was saved; "
            "try again in a moment."
        ) from None


def _cause(error: Exception) -> str:
    """The first line of what the driver says; a refused row is named by its kind alone."""
    first = getattr(error, "orig", None) or error
    refused = isinstance(error, DBAPIError) and not isinstance(error, OperationalError)
    lines = [] if refused else str(first).strip().splitlines()
    return ": ".join([type(first).__name__, *lines[:1]])
