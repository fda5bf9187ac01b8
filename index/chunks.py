"""Cuts guides into the pieces that search finds.

Owns the chunks and their ids. A chunk is a paragraph, a step list or a bullet list, with the
headings above it; only one that is too long for the model is cut, at sentences. Every sentence
of the guide lies in a chunk, and spans are the file's own.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from corpus.guide import Block, Guide, Kind
from corpus.markdown import plain

FORMAT = 1
LONGEST_CHUNK = 200

CountPieces = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a guide: `text` for reading, and the span `start:end` that it was made of."""

    id: str
    guide: str
    section: str
    heading: str
    path: tuple[str, ...]
    kind: Kind
    start: int
    end: int
    text: str

    @property
    def embedded(self) -> str:
        """What the model and the lexical index read: the headings, then the text."""
        return f"{' > '.join(self.path)}\n{self.text}"


def cut(guides: Iterable[Guide], count: CountPieces) -> tuple[Chunk, ...]:
    """The chunks of `guides` in their order; `count` gives the word pieces of texts.

    Ids come from the guide's name, the headings and the text, so that an edit elsewhere leaves
    them alone.
    """
    drafts = [draft for guide in guides for draft in _cut_guide(guide, count)]
    seen: Counter[str] = Counter()
    chunks = []
    for draft in drafts:
        content = f"{draft.guide}\n{draft.embedded}"
        chunks.append(_with_id(draft, f"{seen[content]}\n{content}"))
        seen[content] += 1
    return tuple(chunks)


def _with_id(chunk: Chunk, content: str) -> Chunk:
    digest = hashlib.sha256(content.encode()).hexdigest()[:24]
    return Chunk(
        digest, chunk.guide, chunk.section, chunk.heading, chunk.path, chunk.kind, chunk.start,
        chunk.end, chunk.text,
    )  # fmt: skip


def _cut_guide(guide: Guide, count: CountPieces) -> Iterator[Chunk]:
    for section in guide.sections:
        path = section.path if section.path[:1] == (guide.title,) else (guide.title, *section.path)
        for block in section.blocks:
            for start, end, text in _cut_block(guide, block, count):
                yield Chunk(
                    "", guide.name, section.slug, section.heading or guide.title, path,
                    block.kind, start, end, text,
                )  # fmt: skip


Piece = tuple[int, int, str]


def _cut_block(guide: Guide, block: Block, count: CountPieces) -> Iterator[Piece]:
    """The block whole if it fits, else cut between sentences into pieces that do."""
    sentences = [(s.start, s.end, s.shown) for s in block.sentences]
    sizes = count([text for _, _, text in sentences])
    held: list[Piece] = []
    room = LONGEST_CHUNK
    for sentence, size in zip(sentences, sizes, strict=True):
        fitting = [(sentence, size)] if size <= LONGEST_CHUNK else _cut_long(guide, sentence, count)
        for piece, weight in fitting:
            if held and weight > room:
                yield _join(held)
                held, room = [], LONGEST_CHUNK
            held.append(piece)
            room -= weight
    if held:
        yield _join(held)


def _join(pieces: list[Piece]) -> Piece:
    return pieces[0][0], pieces[-1][1], " ".join(text for _, _, text in pieces)


def _cut_long(guide: Guide, piece: Piece, count: CountPieces) -> list[tuple[Piece, int]]:
    """A sentence too long for one chunk, halved at white space until each part fits."""
    start, end, _ = piece
    raw = guide.text[start:end]
    [size] = count([piece[2]])
    middle = raw.find(" ", len(raw) // 2)
    if size <= LONGEST_CHUNK or not 0 < middle < len(raw) - 1:
        return [(piece, min(size, LONGEST_CHUNK))]
    halves = ((start, start + middle), (start + middle + 1, end))
    parts = [(a, b, " ".join(plain(guide.text[a:b]).split())) for a, b in halves]
    return [found for part in parts if part[2] for found in _cut_long(guide, part, count)]
