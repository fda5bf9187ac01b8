"""Builds the index: embeds what changed, and switches to it whole.

Owns the way from content to finished collections, the lock of the one writer, and the clearing
away of what nobody uses any more. A build that is killed leaves the former index in use, and the
next one goes on where it stopped.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock
from langchain_core.embeddings import Embeddings
from tqdm import tqdm

from index.chunks import Chunk, cut
from index.content import Content, Manifest, describe
from index.derived import is_being_written
from index.encoder import Encoder, Matrix
from index.records import Record, asking_records, chunk_records
from index.store import EmbeddedPlace, Place, Pointer, Store, StoreFault, chroma_faults, place
from index.weights import IndexFault, Weights

log = logging.getLogger(__name__)
Kept = Callable[[], Mapping[str, Matrix]]
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: how many records there are, and how many had to be embedded."""

    records: int
    embedded: int


class KeptVectors(Embeddings):
    """Gives back the vectors that are known already and has only the others embedded."""

    def __init__(self, known: dict[str, Matrix], embeddings: Embeddings) -> None:
        self._known, self._embeddings = known, embeddings
        self.made = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vector of each text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        made = dict(zip(new, self._embeddings.embed_documents(new), strict=True)) if new else {}
        self.made += len(made)
        return [made[text] if text in made else self._known[text].tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


def build_index(
    content: Content, index: Path, encoder: Encoder, weights: Weights, *,
    trained: Encoder | None = None, kept: Kept = dict, embeddings: Embeddings | None = None,
    chroma_url: str | None = None, progress: bool = False,
) -> Built:  # fmt: skip
    """Make the collections of `content` current, unless they are.

    `embeddings` embeds the chunks, `encoder` where it is None, and `trained` the ways of asking,
    which are left out without it; `kept` gives, by text id, vectors that it made before. Waits for
    another builder on the same folder. Raises `CorpusError` and `IndexFault`.
    """
    home = place(index, chroma_url)
    with only_writer(index):
        pointer = home.read()
        made_of = describe(content, weights, trained.key if trained else "")
        wanted = [manifest for manifest in made_of if manifest]
        records = whole(home, pointer, wanted)
        if records is not None:
            return Built(records, 0)
        if isinstance(home, EmbeddedPlace) and _says_whole(pointer, wanted):
            log.warning("%s: the index is damaged: building it anew", index)
            pointer = home.fresh()
        embedded_by = {"guide": embeddings or encoder, "asking": trained or encoder}
        chunks = cut(content.guides, encoder.count)
        writer = _Writer(home, index, content, chunks, embedded_by, kept, progress)
        try:
            return writer.write(pointer, wanted)
        except StoreFault:
            if not isinstance(home, EmbeddedPlace):
                raise
            log.warning("%s: the index cannot be used: building it anew", index)
            return writer.write(home.fresh(), wanted)


@contextmanager
def only_writer(index: Path) -> Iterator[None]:
    """Hold the index folder's lock; a second builder waits here. Raises `IndexFault`."""
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / "build.lock")
        lock.acquire()
    except OSError as error:
        raise IndexFault(
            f"{index}: cannot be written ({error.strerror or error}): "
            "choose a folder of your own with --index or SERENITY_DATA_DIR"
        ) from error
    try:
        yield
    except OSError as error:
        what = error.strerror or error
        raise IndexFault(f"{index}: cannot be written ({what}): {_ROOM}") from error
    finally:
        lock.release()


_ROOM = "make room there, or choose another folder with --index"


def whole(home: Place, pointer: Pointer, wanted: Sequence[Manifest]) -> int | None:
    """The records of the current collections, if those are the wanted ones and hold all of them."""
    if not _says_whole(pointer, wanted):
        return None
    if isinstance(home, EmbeddedPlace) and not home.holds(pointer):
        return None  # open connections would go on answering from a file that is gone
    try:
        with chroma_faults("the index"):
            store = Store(home.connect(pointer))
            counts = [store.count(manifest) for manifest in wanted]
    except StoreFault:
        if isinstance(home, EmbeddedPlace):
            return None
        raise
    return sum(filter(None, counts)) if None not in counts else None


def _says_whole(pointer: Pointer, wanted: Sequence[Manifest]) -> bool:
    return {manifest.collection for manifest in wanted} <= set(pointer.current)


class _Writer:
    """Writes one content into a store."""

    def __init__(
        self, home: Place, index: Path, content: Content, chunks: Sequence[Chunk],
        embedded_by: Mapping[str, Embeddings], kept: Kept, progress: bool,
    ) -> None:  # fmt: skip
        self._home, self._index, self._progress = home, index, progress
        self._sets = {"guide": chunk_records(chunks), "asking": asking_records(content)}
        self._embedded_by, self._kept = embedded_by, kept

    def write(self, pointer: Pointer, wanted: Sequence[Manifest]) -> Built:
        embedded = 0
        if isinstance(self._home, EmbeddedPlace) and self._home.read() != pointer:
            self._home.write(pointer)  # so that the next build finds what a killed one has made
        with chroma_faults(f"Chroma cannot write the index ({_ROOM})"):
            store = Store(self._home.connect(pointer))
            for manifest in wanted:
                records = self._sets[manifest.kind]
                whole = replace(manifest, count=len(records))
                embedded += self._fill(store, whole, records, pointer)
            names = tuple(manifest.collection for manifest in wanted)
            done = replace(pointer, current=names, previous=pointer.current)
            self._home.write(done)
            self._clear(store, pointer, done)
        return Built(sum(len(self._sets[m.kind]) for m in wanted), embedded)

    def _fill(
        self, store: Store, manifest: Manifest, records: Sequence[Record], pointer: Pointer
    ) -> int:
        """Put the records that are missing into the collection; the count of those embedded."""
        name = manifest.collection
        embeddings = self._embedded_by[manifest.kind]
        store.open(name, embeddings, manifest)
        there = store.ids(name)
        # Texts of like length go through the model together: the shorter are padded to the longest.
        missing = sorted((r for r in records if r.id not in there), key=lambda r: len(r.text))
        ids = [record.id for record in missing]
        known: dict[str, Matrix] = {}
        if missing and manifest.kind == "asking":
            known.update(self._kept())
        for other in store.made_alike(manifest, (*pointer.current, *pointer.previous)):
            known.update(store.vectors(other, ids))
        texts = {record.text: known[record.id] for record in missing if record.id in known}
        kept = KeptVectors(texts, embeddings)
        target = store.open(name, kept, manifest)
        bar = tqdm(
            total=len(missing), desc=f"index: {manifest.kind}", unit="text",
            disable=not self._progress,
        )  # fmt: skip
        with bar:
            for first in range(0, len(missing), _BATCH):
                batch = missing[first : first + _BATCH]
                target.add_texts(
                    [record.text for record in batch],
                    [dict(record.metadata) for record in batch],
                    [record.id for record in batch],
                )
                bar.update(len(batch))
        return kept.made

    def _clear(self, store: Store, before: Pointer, done: Pointer) -> None:
        """Drop what readers cannot be using any more."""
        keep = {*done.current, *done.previous}
        # On a server another builder may be at work, so only what the pointer has named is dropped.
        embedded = isinstance(self._home, EmbeddedPlace)
        drop = (store.names() if embedded else set(before.previous)) - keep
        for name in sorted(drop):
            store.client.delete_collection(name)
        if isinstance(self._home, EmbeddedPlace):
            self._home.sweep(done)
            for folder in self._home.others(done):
                shutil.rmtree(folder, ignore_errors=True)
        for folder in (self._index / "derived").glob("*-*"):
            if folder.name not in keep and not is_being_written(folder):
                shutil.rmtree(folder, ignore_errors=True)
