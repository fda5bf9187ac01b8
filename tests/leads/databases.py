"""Real databases for the leads: SQLite in the test's folder, and a PostgreSQL of our own."""

import shutil
import tempfile
import uuid
from pathlib import Path

import psycopg
import pytest

from assistant.leads import Database
from tests.serving.servers import PostgresServer


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path / 'leads.sqlite3'}"


@pytest.fixture(scope="session")
def postgres_server():
    """A running PostgreSQL, or a skip, which in CI is a failure."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def postgres_url(postgres_server):
    """A schema of its own, which costs less than a database."""
    name = f"leads_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server.url, autocommit=True) as conn:
        conn.execute(f"CREATE SCHEMA {name}")
    return f"{postgres_server.url}?options=-csearch_path%3D{name}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request):
    """Both databases: what holds on one holds on the other."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """A migrated SQLite file to copy: migrating anew for each test would take most of the time."""
    path = tmp_path_factory.mktemp("migrated") / "leads.sqlite3"
    Database.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def db(url, migrated_file, tmp_path):
    if url.startswith("sqlite"):
        shutil.copy(migrated_file, tmp_path)
    opened = Database.open(url, migrate=not url.startswith("sqlite"))
    yield opened
    opened.close()


@pytest.fixture
def small_db(sqlite_url, migrated_file, tmp_path):
    """SQLite alone, where the database makes no difference."""
    shutil.copy(migrated_file, tmp_path)
    opened = Database.open(sqlite_url, migrate=False)
    yield opened
    opened.close()
