"""Opens the index of a corpus, building it first where it is missing, stale or damaged.

Owns the order of things at start. What a process needs is read from the derived files; Chroma is
only imported where something has to be built.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from index.content import Content, Manifest, describe, read_content
from index.derived import Table, derive, read_table, read_ways, write_table, write_ways
from index.encoder import Encoder, Matrix, encoder_folder, open_encoder
from index.records import Way, chunk_of, text_id, ways_of
from index.search import Asking, Index, Known
from index.weights import WIDTH, IndexFault, Weights, published

if TYPE_CHECKING:
    from langchain_chroma import Chroma

    from index.build import Built, Kept
    from index.store import Store

ATTEMPTS = 3  # to have an index built elsewhere, of a corpus that is edited meanwhile


@dataclass(frozen=True)
class Held:
    """A corpus, what its collections are made of, and what of them can be read; None if it cannot.

    `ways` are the ways of asking, and the vectors of those and then of the known sentences.
    """

    content: Content
    guide: Manifest
    asking: Manifest | None
    table: Table | None
    ways: tuple[tuple[Way, ...], Matrix] | None


@dataclass(frozen=True)
class Opener:
    """Opens the index of `corpus` kept in `folder`, as often as the corpus changes.

    `trained` finds the ways of asking; without it they are not indexed. `kept` gives vectors that
    it made before, by text id. With `elsewhere`, which has another process open the same and so
    make whatever is missing, nothing is built here.
    """

    corpus: Path
    folder: Path
    encoder: Encoder
    weights: Weights
    trained: Encoder | None = None
    kept: Kept = dict
    chroma_url: str | None = None
    elsewhere: Callable[[], None] | None = None

    def open(self) -> Index:
        """The index of the corpus as it is now. Raises `CorpusError` and `IndexFault`."""
        held = self._whole(self.elsewhere) if self.elsewhere else self._held()
        content, guide, asking = held.content, held.guide, held.asking
        table = held.table or self._table(content, guide)
        ways, vectors = held.ways or self._ways(content, asking)
        known = content.known if asking else ()
        return Index(
            content=content,
            encoder=self.encoder,
            chunks=table.chunks,
            open_lexical=table.lexical,
            dense=table.dense,
            asking=Asking(ways, vectors[: len(ways)]),
            known=Known(known, vectors[len(ways) :], content.facts, content.cautions),
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
            trained=self.trained, kept=self.kept, embeddings=embeddings,
            chroma_url=self.chroma_url, progress=progress,
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
        from index.store import reading

        self.build(content, progress=sys.stderr.isatty())
        with reading(manifest.collection):
            store = self.store()
            found = sorted(store.records(manifest.collection), key=lambda row: int(row[2]["place"]))
            chunks = [chunk_of(*row) for row in found]
            vectors = store.matrix(manifest.collection, [chunk.id for chunk in chunks])
        table = derive(chunks, vectors)
        write_table(self._derived(manifest), table)
        if table.dense.signs is None:
            return table
        return read_table(self._derived(manifest)) or table  # its vectors stay in their file

    def _whole(self, build: Callable[[], None]) -> Held:
        """The corpus and all of its index, which `build` makes where something is missing."""
        held = self._held()
        for _ in range(ATTEMPTS):
            if held.table and held.ways:
                return held
            build()
            held = self._held()  # the corpus may have been edited since
        if held.table and held.ways:
            return held
        raise IndexFault(
            f"{self.corpus}: its index cannot be read after it was built {ATTEMPTS} times, or the "
            "corpus is edited again and again: wait, or start again"
        )

    def _held(self) -> Held:
        """The corpus as it is now, and what of its index can be read."""
        content = read_content(self.corpus)
        guide, asking = describe(content, self.weights, self.trained.key if self.trained else "")
        ways = (
            read_ways(self._derived(asking), len(content.known))
            if asking
            else ((), np.empty((0, WIDTH), np.float32))
        )
        return Held(content, guide, asking, read_table(self._derived(guide)), ways)

    def _ways(self, content: Content, manifest: Manifest | None) -> tuple[tuple[Way, ...], Matrix]:
        """The ways of asking from the store, and their vectors and those of the known sentences."""
        from index.store import reading

        assert manifest is not None
        ways = ways_of(content)
        self.build(content, progress=sys.stderr.isatty())
        texts = [*(way.text for way in ways), *(sentence.shown for sentence in content.known)]
        with reading(manifest.collection):
            vectors = self.store().matrix(manifest.collection, [text_id(text) for text in texts])
        write_ways(self._derived(manifest), ways, vectors)
        return ways, vectors


def is_exported(folder: Path, trained: str) -> bool:
    """Whether the graphs of the published and of those trained layers lie in an index folder."""
    weights = published()
    graphs = [encoder_folder(folder, weights, key) / "model.onnx" for key in ("", trained)]
    return all(graph.is_file() for graph in graphs)


def own_folder(data_dir: Path, corpus: Path) -> Path:
    """Where the index of a corpus other than the served one lies; neither drops the other's."""
    return data_dir / "indexes" / hashlib.sha256(str(corpus.resolve()).encode()).hexdigest()[:12]


def open_index(
    corpus: Path, folder: Path, *, trained: Encoder | None = None, kept: Kept = dict,
    chroma_url: str | None = None, elsewhere: Callable[[], None] | None = None,
) -> Index:  # fmt: skip
    """The index of `corpus` in `folder`, built first if need be, `elsewhere` if that is given.

    `trained` finds the ways of asking, if there are any, and `kept` gives vectors that it made
    before. Raises `CorpusError` and `IndexFault`.
    """
    return opener(
        corpus, folder, trained=trained, kept=kept, chroma_url=chroma_url, elsewhere=elsewhere
    ).open()


def opener(
    corpus: Path, folder: Path, *, trained: Encoder | None = None, kept: Kept = dict,
    chroma_url: str | None = None, elsewhere: Callable[[], None] | None = None,
) -> Opener:  # fmt: skip
    """The opener with the published weights and the encoder of the folder."""
    weights = published()
    encoder = open_encoder(folder, weights=weights)
    return Opener(corpus, folder, encoder, weights, trained, kept, chroma_url, elsewhere)
