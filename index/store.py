"""Where the vectors lie: Chroma, embedded in the index folder or on a server, and the pointer.

Owns connecting, the names and manifests of collections, and which of them are current. Readers
follow the pointer, which is switched last, so they never see a half-built collection. Chroma's
embedded client allows one writing process: `index.build` holds the lock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateHNSWConfiguration
from chromadb.config import Settings
from chromadb.errors import NotFoundError
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings

from index.content import Manifest
from index.encoder import Matrix
from index.weights import WIDTH, IndexFault

SILENT_SECONDS = 10.0
_PAGE = 1000
_SEGMENT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_POINTER = "serenity-current"
_SEARCHED: CreateHNSWConfiguration = {"space": "ip"}  # by other chains: `Index.vectorstore`
# The ways of asking are read back whole, so their graph only has to be there.
_READ_WHOLE: CreateHNSWConfiguration = {"space": "ip", "ef_construction": 16, "max_neighbors": 8}


class StoreFault(IndexFault):
    """Chroma did not answer, or what it holds cannot be read."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The collections that readers use, and those they may still be using from before."""

    folder: str = ""
    current: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()


class Place(Protocol):
    """Where Chroma runs and where its pointer is kept."""

    def read(self) -> Pointer:
        """The pointer, empty if there is none yet or it cannot be read."""

    def write(self, pointer: Pointer) -> None:
        """Switch to `pointer`, at once for every reader."""

    def connect(self, pointer: Pointer) -> ClientAPI:
        """A client on the store that `pointer` names."""

    def fresh(self) -> Pointer:
        """An empty pointer to start anew with, for when the store cannot be used any more."""


class EmbeddedPlace:
    """Chroma in this process, in a folder of the index; the pointer is a small file."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._file = index / "current.json"

    def read(self) -> Pointer:
        """As `Place.read`."""
        try:
            held = json.loads(self._file.read_text(encoding="utf-8"))
            return Pointer(held["folder"], tuple(held["current"]), tuple(held["previous"]))
        except (OSError, ValueError, KeyError, TypeError):
            return self.fresh()

    def write(self, pointer: Pointer) -> None:
        """As `Place.write`: a file put in place of the former one."""
        draft = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            with draft.open("w", encoding="utf-8") as file:
                json.dump(asdict(pointer), file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._file)
        finally:
            draft.unlink(missing_ok=True)

    def connect(self, pointer: Pointer) -> ClientAPI:
        """As `Place.connect`."""
        folder = self._folder(pointer)
        return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))

    def _folder(self, pointer: Pointer) -> Path:
        return self._index / (Path(pointer.folder).name or "chroma")

    def holds(self, pointer: Pointer) -> bool:
        """Whether the store that `pointer` names has its database."""
        return (self._folder(pointer) / "chroma.sqlite3").is_file()

    def others(self, pointer: Pointer) -> list[Path]:
        """Stores of ours that `pointer` does not use."""
        found = self._index.glob("chroma-????????")
        return [folder for folder in found if folder.name != pointer.folder]

    def sweep(self, pointer: Pointer) -> None:
        """Remove the vector files of dropped collections, which Chroma leaves in its folder.

        For the one writer. https://github.com/chroma-core/chroma/issues/5259
        """
        folder = self._folder(pointer)
        address = (folder / "chroma.sqlite3").resolve().as_uri() + "?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            held = {row[0] for row in database.execute("SELECT id FROM segments")}
        for left in folder.iterdir():
            if left.is_dir() and _SEGMENT.fullmatch(left.name) and left.name not in held:
                shutil.rmtree(left, ignore_errors=True)

    def fresh(self) -> Pointer:
        """A folder of another name: Chroma keeps a folder's system open while the process lives."""
        return Pointer(folder=f"chroma-{uuid.uuid4().hex[:8]}")


class ServerPlace:
    """A Chroma server; the pointer is the metadata of a collection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise IndexFault(f"CHROMA_URL {url!r} is not http://host:port: correct the setting")
        secure = parts.scheme == "https"
        self._address = (parts.hostname, parts.port or (443 if secure else 8000), secure)

    def connect(self, pointer: Pointer) -> ClientAPI:  # noqa: ARG002 there is only one store
        """As `Place.connect`."""
        host, port, ssl = self._address
        settings = Settings(anonymized_telemetry=False)
        with chroma_faults(f"the Chroma server at {self._url}"):
            # Chroma's own client waits for ever for a server that takes a call and says nothing.
            beat = httpx.get(
                f"{'https' if ssl else 'http'}://{host}:{port}/api/v2/heartbeat",
                timeout=SILENT_SECONDS,
            )
            beat.raise_for_status()
            return chromadb.HttpClient(host, port, ssl, settings=settings)

    def read(self) -> Pointer:
        """As `Place.read`. Raises `StoreFault` if the server does not answer."""
        try:
            client = self.connect(Pointer())
            with chroma_faults(f"the Chroma server at {self._url}"):
                held = client.get_collection(_POINTER, embedding_function=None).metadata or {}
        except NotFoundError:
            return Pointer()
        return Pointer("", _names(held.get("current")), _names(held.get("previous")))

    def write(self, pointer: Pointer) -> None:
        """As `Place.write`: metadata is replaced in one request."""
        held = {"current": " ".join(pointer.current), "previous": " ".join(pointer.previous)}
        client = self.connect(pointer)
        client.get_or_create_collection(_POINTER, embedding_function=None).modify(metadata=held)

    def fresh(self) -> Pointer:
        """As `Place.fresh`."""
        return Pointer()


def place(index: Path, chroma_url: str | None) -> Place:
    """The server at `chroma_url`, or else the folder `index`."""
    return ServerPlace(chroma_url) if chroma_url else EmbeddedPlace(index)


class Store:
    """The collections behind one pointer."""

    def __init__(self, client: ClientAPI) -> None:
        self.client = client

    def names(self) -> set[str]:
        """The collections of ours that are there, whole or not."""
        return {
            found.name
            for found in self.client.list_collections()
            if found.name.startswith(("guide-", "asking-"))
        }

    def made_alike(self, manifest: Manifest, among: Iterable[str]) -> list[str]:
        """The collections of `among` whose vectors come from the same weights as `manifest`'s."""
        return [
            found.name
            for found in self.client.list_collections()
            if found.name in set(among) - {manifest.collection}
            and (found.metadata or {}).get("kind") == manifest.kind
            and (found.metadata or {}).get("weights") == manifest.weights
        ]

    def count(self, manifest: Manifest) -> int | None:
        """The records of the collection; None if it is not whole.

        Whole is what has the manifest, all records, and answers.
        """
        try:
            found = self.client.get_collection(manifest.collection, embedding_function=None)
        except NotFoundError:
            return None
        held = dict(found.metadata or {})
        count = int(held.pop("count", -1))
        wanted = {key: value for key, value in asdict(manifest).items() if key != "count"}
        if held != wanted or found.count() != count:
            return None
        if count:
            probe = found.get(limit=1, include=["embeddings"])["embeddings"]
            answered = found.query(query_embeddings=probe, n_results=1, include=[])["ids"]
            if [len(ids) for ids in answered] != [1]:
                return None
        return count

    def open(self, name: str, embeddings: Embeddings, manifest: Manifest | None = None) -> Chroma:
        """The collection as LangChain's vector store; with a manifest it is made where missing."""
        graph = _READ_WHOLE if name.startswith("asking") else _SEARCHED
        return Chroma(
            name,
            embeddings,
            client=self.client,
            collection_metadata=asdict(manifest) if manifest else None,
            collection_configuration={"hnsw": graph},
            create_collection_if_not_exists=manifest is not None,
        )

    def ids(self, name: str) -> set[str]:
        """The ids of all records."""
        return set(self.client.get_collection(name, embedding_function=None).get(include=[])["ids"])

    def vectors(self, name: str, ids: Sequence[str]) -> dict[str, Matrix]:
        """The vectors of those of `ids` that the collection holds."""
        collection = self.client.get_collection(name, embedding_function=None)
        held: dict[str, Matrix] = {}
        for first in range(0, len(ids), _PAGE):
            page = collection.get(ids=list(ids[first : first + _PAGE]), include=["embeddings"])
            rows = page["embeddings"]
            if rows is not None and len(rows):
                held.update(zip(page["ids"], np.asarray(rows, np.float32), strict=True))
        return held

    def matrix(self, name: str, ids: Sequence[str]) -> Matrix:
        """The vectors of `ids`, in that order, [n, d]. Raises `KeyError` if one is missing."""
        collection = self.client.get_collection(name, embedding_function=None)
        places = {held: place for place, held in enumerate(dict.fromkeys(ids))}
        unique, found = list(places), np.empty((0, WIDTH), np.float32)
        for first in range(0, len(unique), _PAGE):
            wanted = unique[first : first + _PAGE]
            page = collection.get(ids=wanted, include=["embeddings"])
            rows = np.asarray(page["embeddings"], np.float32)
            if len(page["ids"]) != len(wanted):
                raise KeyError(next(iter(set(wanted) - set(page["ids"]))))
            if not len(found):
                found = np.empty((len(places), rows.shape[1]), np.float32)
            found[[places[held] for held in page["ids"]]] = rows
        return found if len(places) == len(ids) else found[[places[held] for held in ids]]

    def records(self, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Id, document and metadata of every record."""
        collection = self.client.get_collection(name, embedding_function=None)
        for first in range(0, collection.count(), _PAGE):
            page = collection.get(limit=_PAGE, offset=first, include=["documents", "metadatas"])
            documents, metadatas = page["documents"] or [], page["metadatas"] or []
            for found, text, more in zip(page["ids"], documents, metadatas, strict=True):
                yield found, text, dict(more)


@contextmanager
def chroma_faults(what: str) -> Iterator[None]:
    """Turn whatever Chroma raises, a panic of its Rust core included, into a `StoreFault`."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, IndexFault, NotFoundError):
        raise
    except BaseException as error:
        told = (str(error).strip().splitlines() or [""])[0][:200]
        raise StoreFault(f"{what}: {told or type(error).__name__}") from error


@contextmanager
def reading(collection: str) -> Iterator[None]:
    """Turn whatever goes wrong while a collection is read back into a `StoreFault`."""
    try:
        with chroma_faults("the index"):
            yield
    except (NotFoundError, KeyError) as error:
        raise StoreFault(f"{collection} was lost while it was read: start again") from error


def _names(held: object) -> tuple[str, ...]:
    return tuple(str(held or "").split())
