"""What is stored in a collection under each id, how it is read back, and what serving needs of it.

Owns the shapes between the corpus and the store; it reads and embeds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from index.chunks import Chunk
from index.content import Content


@dataclass(frozen=True, slots=True)
class Record:
    """One text to embed, its id, and what is kept beside it."""

    id: str
    text: str
    metadata: dict[str, str | int] = field(default_factory=dict)


class Way(NamedTuple):
    """One way of asking, as much of it as an answer needs; see `corpus.asking.Asked`."""

    text: str
    route: str
    level: str | None
    facts: tuple[str, ...]
    onward: str | None


def ways_of(content: Content) -> tuple[Way, ...]:
    """The ways of asking of a corpus. Raises `CorpusError`."""
    return tuple(
        Way(row.text, row.route, row.level, row.facts, row.onward) for row in content.asked
    )


def chunk_records(chunks: Iterable[Chunk]) -> list[Record]:
    """The records of the guide collection, in the guides' order."""
    return [
        Record(
            chunk.id,
            chunk.embedded,
            {
                "guide": chunk.guide, "section": chunk.section, "heading": chunk.heading,
                "kind": chunk.kind, "start": chunk.start, "end": chunk.end, "place": place,
            },
        )
        for place, chunk in enumerate(chunks)
    ]  # fmt: skip


def chunk_of(key: str, text: str, metadata: dict[str, Any]) -> Chunk:
    """The chunk that was stored so. Raises `KeyError` or `ValueError` if it is not one."""
    path, body = text.split("\n", 1)
    return Chunk(
        key, metadata["guide"], metadata["section"], metadata["heading"], tuple(path.split(" > ")),
        metadata["kind"], metadata["start"], metadata["end"], body,
    )  # fmt: skip


def asking_records(content: Content) -> list[Record]:
    """The records of the asking collection: the ways of asking, then the guides' own sentences."""
    asked = [
        Record(
            text_id(row.text),
            row.text,
            {"kind": "asked", "route": row.route, "facts": " ".join(row.facts)},
        )
        for row in content.asked
    ]
    told = [
        Record(text_id(s.shown), s.shown, {"kind": "sentence", "guide": s.guide, "start": s.start})
        for s in content.known
    ]
    return list({record.id: record for record in told + asked}.values())


def text_id(text: str) -> str:
    """The id of a text that stands for itself."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
