"""Past one machine, on one: two app processes, one Chroma server, one PostgreSQL."""

import json
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from assistant.leads import Database, LeadDesk, VisitContext, mint_key, validate_form
from tests.running import running_app, wait_until
from tests.serving.servers import PostgresServer, chroma_server

pytestmark = [pytest.mark.postgres, pytest.mark.faults, pytest.mark.timeout(900)]

QUESTION = "how long is green tea brewed"


def keep_requests(url, count):
    """Requests as the form of a page keeps them; their references."""
    db = Database.open(url)
    desk = LeadDesk(db, lambda _turns: None, routes=["webhook"])
    receipts = []
    for number in range(count):
        form = {
            "idempotency_key": mint_key(), "email": f"guest{number}@example.com", "consent": True,
        }  # fmt: skip
        receipts.append(
            desk.submit(validate_form(form, "US"), VisitContext(f"s{number}", "I agree.", "1"))
        )
    db.close()
    return [receipt.reference for receipt in receipts]


@pytest.fixture
def postgres():
    """A PostgreSQL of the test's own, which it may stop and start."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: its path holds a socket
    server = PostgresServer(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_two_processes_share_one_chroma_server_and_one_postgresql(
    tmp_path, small_guide, postgres, receiver
):
    index = tmp_path / "index"  # of its own: what lies beside an index is not asked of a server
    with suppress(FileNotFoundError):  # the exported model takes half a minute to make
        shutil.copytree(small_guide["index_dir"] / "encoder", index / "encoder")
    with chroma_server(tmp_path / "chroma") as chroma:
        shared = small_guide | {
            "index_dir": index, "chroma_url": chroma, "database_url": postgres.url,
            "webhook_url": receiver.url, "webhook_secret": "whsec_" + "QUJD" * 8,
        }  # fmt: skip
        with (
            running_app(tmp_path / "one", **shared) as one,
            running_app(tmp_path / "two", **shared) as two,
        ):
            replies = [app.ask(QUESTION).json() for app in (one, two)]
            for app in (one, two):
                wait_until(app.is_ready, app)
            references = keep_requests(postgres.url, 6)
            wait_until(lambda: len(receiver.seen) >= len(references), one)
            time.sleep(5)  # both relays look once more
        held = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        collections = httpx.get(chroma + held).json()
    with psycopg.connect(postgres.url) as conn:
        versions = conn.execute("SELECT count(*) FROM alembic_version").fetchone()
    sent = [json.loads(body)["data"]["reference"] for _, _, body in receiver.seen]
    assert sorted(sent) == sorted(references)  # each once, by whichever process
    assert replies[0] == replies[1]
    assert replies[0]["kind"] == "answer"
    assert "Green tea is brewed for two minutes." in replies[0]["text"]
    assert collections
    assert versions == (1,)


def test_a_database_that_goes_and_comes_back_stops_no_answer(tmp_path, small_guide, postgres):
    with running_app(tmp_path / "one", **small_guide, database_url=postgres.url) as app:
        wait_until(app.is_ready, app)
        postgres.stop()
        assert not app.is_ready()
        assert app.ask(QUESTION).status_code == 200
        assert app.get("/healthz").status_code == 200
        postgres.start()
        wait_until(app.is_ready, app)
        assert "Traceback" not in app.log.read_text(encoding="utf-8")


def test_a_database_that_freezes_holds_up_no_answer_and_not_the_end(
    tmp_path, small_guide, postgres
):
    with running_app(tmp_path / "one", **small_guide, database_url=postgres.url) as app:
        wait_until(app.is_ready, app)
        with postgres.frozen():
            assert not app.is_ready()
            assert app.ask(QUESTION).status_code == 200
            assert not app.is_ready()
            assert app.stop() in {0, -signal.SIGTERM}
        assert "Traceback" not in app.log.read_text(encoding="utf-8")


def test_an_app_that_starts_before_its_database_is_ready_when_it_comes(
    tmp_path, small_guide, postgres
):
    postgres.stop()
    with running_app(tmp_path / "one", **small_guide, database_url=postgres.url) as app:
        assert app.ask(QUESTION).status_code == 200
        assert not app.is_ready()
        postgres.start()
        wait_until(app.is_ready, app)
