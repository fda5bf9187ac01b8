"""A request while the disk is full: refused in a sentence, and kept once there is room."""

from contextlib import suppress

import pytest
from sqlalchemy import func, select

from assistant.leads import (
    Database,
    DatabaseUnavailable,
    LeadDesk,
    VisitContext,
    mint_key,
    validate_form,
)
from assistant.leads.tables import leads, outbox, requests
from tests.faults.test_index_faults import small_disk

pytestmark = pytest.mark.faults
VISIT = VisitContext("session", "I agree.", "1")


def a_form(number):
    return validate_form(
        {
            "idempotency_key": mint_key(), "email": f"guest{number}@example.com", "consent": True,
            "message": "word " * 300,
        },
        "US",
    )  # fmt: skip


def counts(db):
    with db.read() as conn:
        return [
            conn.execute(select(func.count()).select_from(table)).scalar()
            for table in (leads, requests, outbox)
        ]


def fill(path):
    """Take all the room that there is."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass


def submit_until_refused(desk):
    """The log of the database has a little room of its own."""
    for number in range(1, 50):
        desk.submit(a_form(number), VISIT)


def test_a_request_on_a_full_disk_is_refused_whole_and_kept_once_there_is_room(tmp_path):
    disk = tmp_path / "disk"
    with small_disk(disk, "2m"):
        db = Database.open(f"sqlite:///{disk / 'leads.sqlite3'}")
        desk = LeadDesk(db, lambda _turns: None, routes=["webhook"])
        desk.submit(a_form(0), VISIT)
        fill(disk / "filler")
        with pytest.raises(DatabaseUnavailable, match=r"full.*Nothing was saved; try again"):
            submit_until_refused(desk)
        form, kept = a_form(99), counts(db)
        assert len(set(kept)) == 1
        (disk / "filler").unlink()
        receipt = desk.submit(form, VISIT)
        assert desk.submit(form, VISIT).reference == receipt.reference
        assert counts(db) == [each + 1 for each in kept]
        db.close()
