"""The opened index: what is in it, and the search over it.

Owns the hybrid search and the view on one corpus that the assistant works with. An `Index` never
changes: after an edit of the corpus `refresh` gives another one, and the old one goes on working.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.facts import Caution
from corpus.guide import CorpusError, Guide, Sentence
from index.chunks import Chunk
from index.content import Content, corpus_snapshot
from index.dense import Dense, Places, best
from index.encoder import Encoder, Matrix
from index.fusion import fuse
from index.records import Way

if TYPE_CHECKING:
    from langchain_chroma import Chroma

    from index.lexical import Lexical

_MOST = 10_000
_POOL = 50  # with 100 the fusion is better by a thousandth, and a large search slower by a tenth


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found. `score` is between 0 and 1, of use for order only."""

    chunk: Chunk
    score: float

    def as_dict(self) -> dict[str, str | float]:
        """The hit as the commands print it."""
        return {
            "guide": self.chunk.guide, "section": self.chunk.section,
            "score": round(self.score, 4), "text": self.chunk.text,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asking:
    """How people ask: row i of `vectors` belongs to `ways[i]`.

    The vectors, float32 [n, d], unit length, are those of the trained layers.
    """

    ways: tuple[Way, ...]
    vectors: Matrix


@dataclass(frozen=True, slots=True)
class Known:
    """The sentences of guides that have a facts file; row i of `vectors` is `sentences[i]`.

    The vectors are those of the trained layers too.
    """

    sentences: tuple[Sentence, ...]
    vectors: Matrix
    facts: dict[str, Sentence]
    cautions: tuple[Caution, ...]


@dataclass(frozen=True)
class Index:
    """One corpus, ready to be searched; safe to share between threads.

    `encoder` gives the published vectors, by which chunks are found. `folder` is a place for files
    that others derive from this very content. `asking` and `known` are empty for a plain folder
    of Markdown.
    """

    content: Content
    encoder: Encoder
    chunks: tuple[Chunk, ...]
    open_lexical: Callable[[], Lexical]
    dense: Dense
    asking: Asking
    known: Known
    folder: Path
    connect: Callable[[], Chroma]
    reopen: Callable[[], Index]

    @property
    def guides(self) -> tuple[Guide, ...]:
        """The guides, parsed when first asked for."""
        return self.content.guides

    @property
    def lexical(self) -> Lexical:
        """BM25 over the chunks, opened when first asked for."""
        return self.open_lexical()

    @cached_property
    def vectorstore(self) -> Chroma:
        """The chunks as LangChain's Chroma vector store, for other chains to use."""
        return self.connect()

    def search(
        self, query: str, k: int = 10, vector: Matrix | None = None, *, sections: bool = False
    ) -> list[Hit]:
        """The `k` best chunks, or with `sections` the best chunk of each of the `k` best sections.

        Sections are looked for among the best chunks, some ten thousand at most. `vector` is the
        query's, float32 [384], if the caller has it already.
        """
        if vector is None:
            vector = self.encoder.encode([query]).vectors[0]
        pool = max(_POOL, 3 * k)
        hits = self._hits(query, k, vector, pool, sections=sections)
        most = min(len(self.chunks), _MOST)
        while sections and len(hits) < k and pool < most:  # one section may fill the pool
            pool *= 4
            hits = self._hits(query, k, vector, pool, sections=sections)
        return hits

    def _hits(self, query: str, k: int, vector: Matrix, pool: int, *, sections: bool) -> list[Hit]:
        lexical = self._lexical_half(query, pool)
        dense = self.dense.nearest(vector, min(pool, len(self.chunks)), lexical[0])
        hits: list[Hit] = []
        seen: set[tuple[str, str]] = set()
        for place, score in zip(*fuse(dense, lexical), strict=True):
            chunk = self.chunks[place]
            key = (chunk.guide, chunk.section)
            if not (sections and key in seen):
                hits.append(Hit(chunk, float(score)))
                seen.add(key)
            if len(hits) == k:
                break
        return hits

    def _lexical_half(self, query: str, pool: int) -> tuple[Places, Matrix]:
        from index.lexical import words  # scipy: only who searches pays for it

        scores = self.lexical.scores(words(query))
        found = np.flatnonzero(scores > 0)  # of a large collection few chunks hold any of the words
        places = found[best(scores[found], pool)]
        return places, scores[places]

    def is_stale(self) -> bool:
        """Whether the corpus folder has changed since it was read; cheap."""
        try:
            return corpus_snapshot(self.content.folder) != self.content.seen
        except (OSError, CorpusError):
            return True

    def refresh(self) -> Index:
        """This index, or after an edit of the corpus a new one.

        Raises `CorpusError` if the edit broke a guide: go on with this one then, and say so.
        """
        return self.reopen() if self.is_stale() else self
