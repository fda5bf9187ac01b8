"""Past one machine, on one: two app processes, one Chroma server, one PostgreSQL."""

import shutil
import tempfile
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.running import running_app, wait_until
from tests.serving.servers import PostgresServer, chroma_server

pytestmark = [pytest.mark.postgres, pytest.mark.faults, pytest.mark.timeout(900)]

GUIDE = """# Tea

## Brewing

Green tea is brewed for two minutes.

Black tea is brewed for four minutes.
"""


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "guides"
    folder.mkdir()
    (folder / "tea.md").write_text(GUIDE, encoding="utf-8")
    return folder


@pytest.fixture
def postgres():
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: its path holds a socket
    server = PostgresServer(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def is_ready(app):
    return httpx.get(f"{app.url}/readyz", timeout=30).status_code == 200


def test_two_processes_share_one_chroma_server_and_one_postgresql(tmp_path, corpus, postgres):
    with chroma_server(tmp_path / "chroma") as chroma:
        shared = {"corpus_dir": corpus, "chroma_url": chroma, "database_url": postgres.url}
        with (
            running_app(tmp_path / "one", **shared) as one,
            running_app(tmp_path / "two", **shared) as two,
        ):
            replies = [app.ask("how long is black tea brewed").json() for app in (one, two)]
            for app in (one, two):
                wait_until(lambda app=app: is_ready(app), app)
        collections = httpx.get(
            f"{chroma}/api/v2/tenants/default_tenant/databases/default_database/collections"
        ).json()
    with psycopg.connect(postgres.url) as conn:
        versions = conn.execute("SELECT count(*) FROM alembic_version").fetchone()
    assert replies[0] == replies[1]
    assert "Black tea is brewed for four minutes." in replies[0]["text"]
    assert collections
    assert versions == (1,)


def test_a_database_that_goes_and_comes_back_stops_no_answer(tmp_path, corpus, postgres):
    settings = {"corpus_dir": corpus, "database_url": postgres.url}
    with running_app(tmp_path / "one", **settings) as app:
        wait_until(lambda: is_ready(app), app)
        postgres.stop()
        assert not is_ready(app)
        assert app.ask("how long is black tea brewed").status_code == 200
        assert httpx.get(f"{app.url}/healthz").status_code == 200
        postgres.start()
        wait_until(lambda: is_ready(app), app, seconds=60)
        assert "Traceback" not in app.log.read_text(encoding="utf-8")


def test_an_app_that_starts_before_its_database_is_ready_when_it_comes(tmp_path, corpus, postgres):
    postgres.stop()
    settings = {"corpus_dir": corpus, "database_url": postgres.url}
    with running_app(tmp_path / "one", **settings) as app:
        assert app.ask("how long is black tea brewed").status_code == 200
        assert not is_ready(app)
        postgres.start()
        wait_until(lambda: is_ready(app), app, seconds=60)
