"""What was erased, remembered only as keyed digests.

Owns the answer to "was this erased?": a form sent once more after its erasure, or a request of
before it, is recognised without keeping the contact. The key lies in the database, so that every
process that shares it agrees. It does not promise to hide a contact from someone who holds the
database and already guesses that contact. A new request of the same person is welcome.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from assistant.leads.tables import secrets, tombstones


def bury(conn: Connection, contacts: Iterable[str], forms: Iterable[str], at: datetime) -> None:
    """Remember that these contact keys and idempotency keys were erased at `at`."""
    key = _key(conn)
    digests = {_digest(key, "contact", each) for each in contacts if each}
    digests |= {_digest(key, "form", each) for each in forms if each}
    conn.execute(tombstones.delete().where(tombstones.c.digest.in_(digests)))
    if digests:
        conn.execute(tombstones.insert(), [{"digest": each, "at": at} for each in sorted(digests)])


def form_is_buried(conn: Connection, idempotency_key: str) -> bool:
    """Whether this very form was sent before and erased since."""
    digest = _digest(_key(conn), "form", idempotency_key)
    found = conn.execute(select(tombstones.c.at).where(tombstones.c.digest == digest))
    return found.first() is not None


def contact_is_buried(conn: Connection, contacts: Iterable[str], asked_at: datetime) -> bool:
    """Whether one of the contacts was erased after a request that came in at `asked_at`."""
    key = _key(conn)
    digests = [_digest(key, "contact", each) for each in contacts if each]
    later = select(tombstones.c.at).where(
        tombstones.c.digest.in_(digests), tombstones.c.at >= asked_at
    )
    return conn.execute(later).first() is not None


def after_burial(conn: Connection, contacts: Iterable[str], now: datetime) -> datetime:
    """The time of a new request: now, or just after an erasure by a clock that is ahead of ours.

    Without it such a request would be taken for one of before the erasure, and never sent.
    """
    key = _key(conn)
    digests = [_digest(key, "contact", each) for each in contacts if each]
    buried = select(func.max(tombstones.c.at)).where(tombstones.c.digest.in_(digests))
    last: datetime | None = conn.execute(buried).scalar()
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _digest(key: bytes, kind: str, value: str) -> str:
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def _key(conn: Connection) -> bytes:
    row = conn.execute(select(secrets.c.value).where(secrets.c.name == "tombstones"))
    return bytes.fromhex(row.scalar_one())
