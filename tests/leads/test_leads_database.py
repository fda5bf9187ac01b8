"""The database: opened by many at once, clear when it cannot be, and as the tables say."""

import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text

from assistant.leads import Database, DatabaseUnavailable, database, postgres
from assistant.leads.tables import leads, metadata, secrets


def test_migrations_build_what_the_tables_say(db):
    with db.read() as conn:
        differences = compare_metadata(MigrationContext.configure(conn), metadata)
    assert differences == []


def test_opening_twice_changes_nothing(url):
    for _ in range(2):
        opened = Database.open(url)
        with opened.read() as conn:
            assert conn.execute(select(func.count()).select_from(secrets)).scalar() == 1
        opened.close()


def test_processes_that_open_at_once_all_get_a_migrated_database(url):
    script = (
        "import sys; from assistant.leads.database import Database; "
        "db = Database.open(sys.argv[1]); db.close()"
    )
    started = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(2)]
    assert [each.wait(60) for each in started] == [0, 0]


def test_threads_that_open_at_once_all_get_a_migrated_database(url):
    opened = []
    threads = [threading.Thread(target=lambda: opened.append(Database.open(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for each in opened:
        each.close()


def test_sqlite_keeps_a_commit_and_leaves_no_deleted_text(small_db):
    with small_db.read() as conn:
        found = {
            name: conn.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "secure_delete", "synchronous", "foreign_keys")
        }
    assert found == {
        "journal_mode": "wal",
        "secure_delete": 1,
        "synchronous": 2,
        "foreign_keys": 1,
    }


def test_a_block_that_fails_leaves_nothing(db):
    with pytest.raises(RuntimeError), db.write() as conn:  # noqa: PT012
        conn.execute(secrets.insert().values(name="half", value="done"))
        raise RuntimeError
    with db.read() as conn:
        assert conn.execute(select(secrets.c.name)).scalars().all() == ["tombstones"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "is not a database URL"),
        ("sqlite://", "without a place that lasts"),
        ("mysql://spa@127.0.0.1/x", "use a SQLite file or PostgreSQL"),
        ("postgresql://spa:geheim@127.0.0.1:1/x", "SERENITY_DATABASE_URL"),
    ],
)
def test_a_database_that_cannot_be_opened_says_so_without_its_password(url, told):
    with pytest.raises(DatabaseUnavailable, match=told) as caught:
        Database.open(url)
    assert "geheim" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "leads.sqlite3").write_text("this is a letter, not a database " * 200)
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        Database.open(f"sqlite:///{tmp_path / 'leads.sqlite3'}")


def test_a_database_of_a_newer_version_is_refused(sqlite_url):
    opened = Database.open(sqlite_url)
    with opened.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()
    with pytest.raises(DatabaseUnavailable, match="9999"):
        Database.open(sqlite_url)


def test_an_error_does_not_repeat_what_was_to_be_saved(db):
    with (
        pytest.raises(DatabaseUnavailable, match=r"IntegrityError|NotNull") as caught,
        db.write() as conn,
    ):
        conn.execute(leads.insert().values(reference="SB-1", email="canary@example.com"))
    assert "canary@example.com" not in str(caught.value)


@pytest.mark.postgres
def test_a_table_that_somebody_has_locked_is_given_up(postgres_url, monkeypatch):
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 1)
    db = Database.open(postgres_url)
    with db.engine.begin() as other:
        other.execute(text("LOCK TABLE leads"))
        with pytest.raises(DatabaseUnavailable, match="try again"), db.write() as conn:
            conn.execute(select(func.count()).select_from(leads))
    with db.write() as conn:
        assert conn.execute(select(func.count()).select_from(leads)).scalar() == 0
    db.close()


@pytest.mark.postgres
def test_a_server_that_says_nothing_any_more_is_given_up_and_used_again(
    postgres_server, postgres_url, monkeypatch
):
    monkeypatch.setattr(postgres, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 2)
    db = Database.open(postgres_url)
    with postgres_server.frozen():
        for _ in range(2):  # on the connection that stood, and on a new one
            with pytest.raises(DatabaseUnavailable, match="try again"), db.write() as conn:
                conn.execute(select(func.count()).select_from(leads))
        with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
            Database.open(postgres_url)
    with db.write() as conn:
        assert conn.execute(select(func.count()).select_from(leads)).scalar() == 0
    db.close()


@pytest.mark.postgres
def test_a_pool_that_others_hold_is_given_up(postgres_url, monkeypatch):
    monkeypatch.setattr(database, "POOL_SECONDS", 0.2)
    db = Database.open(postgres_url)
    with ExitStack() as held:
        for _ in range(15):
            held.enter_context(db.read())
        with pytest.raises(DatabaseUnavailable, match="try again"):
            held.enter_context(db.read())
    db.close()
