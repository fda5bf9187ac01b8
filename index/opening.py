"""Opens the index of a corpus, building it first where it is missing, stale or damaged.

Owns the order of things at start. What a process needs is read from the derived files; Chroma is
only imported where something has to be built, or a large collection is searched.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from index.content import Content, Manifest, describe, read_content
from index.dense import SMALL, InChroma, InMemory
from index.derived import Table, derive, read_matrix, read_table, write_matrix, write_table
from index.encoder import Encoder, Matrix, open_encoder
from index.records import Record, asking_records, chunk_of, text_id
from index.search import Asking, Index, Known
from index.weights import WIDTH, Weights, published

if TYPE_CHECKING:
    from langchain_chroma import Chroma

    from index.build import Built
    from index.store import Store


@dataclass(frozen=True)
class Opener:
    """Opens the index of `corpus` kept in `folder`, as often as the corpus changes.

    `trained` finds the ways of asking; without it they are not indexed.
    """

    corpus: Path
    folder: Path
    encoder: Encoder
    weights: Weights
    trained: Encoder | None = None
    chroma_url: str | None = None

    def open(self) -> Index:
        """The index of the corpus as it is now. Raises `CorpusError` and `IndexFault`."""
        content = read_content(self.corpus)
        guide, asking = describe(content, self.weights, self.trained.key if self.trained else "")
        table = read_table(self._derived(guide)) or self._table(content, guide)
        rows = asking_records(content) if asking else []
        vectors = self._asking_vectors(content, asking, rows)
        places = {row.id: place for place, row in enumerate(rows)}
        asked, known = (content.asked, content.known) if asking else ((), ())
        questions = [places[text_id(row.text)] for row in asked]
        sentences = [places[text_id(s.shown)] for s in known]
        return Index(
            content=content,
            encoder=self.encoder,
            chunks=table.chunks,
            lexical=table.lexical,
            dense=InMemory(table.vectors)
            if table.vectors is not None
            else InChroma(self.store, guide.collection, [chunk.id for chunk in table.chunks]),
            asking=Asking(asked, vectors[questions]),
            known=Known(known, vectors[sentences], content.facts),
            folder=self._derived(asking or guide),
            connect=lambda: self.vectorstore(guide),
            reopen=self.open,
        )

    def build(
        self, content: Content | None = None, *, embeddings: Embeddings | None = None,
        progress: bool = False,
    ) -> Built:  # fmt: skip
        """Check the store thoroughly and build what is missing; see `index.build.build_index`."""
        from index.build import build_index

        return build_index(
            content or read_content(self.corpus), self.folder, self.encoder, self.weights,
            trained=self.trained, embeddings=embeddings, chroma_url=self.chroma_url,
            progress=progress,
        )  # fmt: skip

    def store(self) -> Store:
        """A connection to the current store."""
        from index.store import Store, place

        home = place(self.folder, self.chroma_url)
        return Store(home.connect(home.read()))

    def vectorstore(self, manifest: Manifest) -> Chroma:
        """The collection as LangChain's vector store, with our embeddings for questions."""
        return self.store().open(manifest.collection, self.encoder)

    def _derived(self, manifest: Manifest) -> Path:
        return self.folder / "derived" / manifest.collection

    def _table(self, content: Content, manifest: Manifest) -> Table:
        """The guide table from the store, which is built or mended first."""
        from index.store import matrix

        self.build(content, progress=sys.stderr.isatty())
        store = self.store()
        found = sorted(store.records(manifest.collection), key=lambda row: int(row[2]["place"]))
        chunks = [chunk_of(*row) for row in found]
        ids = [chunk.id for chunk in chunks]
        small = len(ids) <= SMALL
        vectors = matrix(store.vectors(manifest.collection, ids), ids) if small else None
        table = derive(chunks, vectors)
        write_table(self._derived(manifest), table)
        return table

    def _asking_vectors(
        self, content: Content, manifest: Manifest | None, rows: list[Record]
    ) -> Matrix:
        """The vectors of the ways of asking, from the derived file or else the store."""
        if manifest is None:
            return np.empty((0, WIDTH), np.float32)
        held = read_matrix(self._derived(manifest), len(rows), WIDTH)
        if held is not None:
            return held
        from index.store import matrix

        self.build(content, progress=sys.stderr.isatty())
        ids = [row.id for row in rows]
        made = matrix(self.store().vectors(manifest.collection, ids), ids)
        write_matrix(self._derived(manifest), made)
        return made


def open_index(
    corpus: Path, folder: Path, *, trained: Encoder | None = None, weights: Weights | None = None,
    chroma_url: str | None = None, threads: int | None = None,
) -> Index:  # fmt: skip
    """The index of `corpus` in `folder`, built first if need be.

    `trained` finds the ways of asking, if there are any; `threads` bounds those of a question.
    Raises `CorpusError` and `IndexFault`.
    """
    return opener(
        corpus, folder, trained=trained, weights=weights, chroma_url=chroma_url, threads=threads
    ).open()


def opener(
    corpus: Path, folder: Path, *, trained: Encoder | None = None, weights: Weights | None = None,
    chroma_url: str | None = None, threads: int | None = None,
) -> Opener:  # fmt: skip
    """The opener with the published weights and the encoder of the folder."""
    weights = weights or published()
    encoder = open_encoder(folder, weights=weights, threads=threads)
    return Opener(corpus, folder, encoder, weights, trained, chroma_url)
