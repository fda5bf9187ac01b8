"""Files derived from what Chroma holds, beside the index: quick to read, never the truth.

Owns the folder `derived/<collection>`: chunk table, BM25 table, vectors and their signs, or the
ways of asking and their vectors. Whatever is missing or broken here when it is opened is made again
from the store. Reading 10,000 vectors back from Chroma takes most of a second and importing Chroma
takes longer; from these files it is a few milliseconds. BM25, which only a search needs, is opened
by the first one.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.chunks import Chunk
from index.dense import Dense, build_dense, load_dense, read_vectors, save_dense
from index.encoder import Matrix
from index.records import Way

if TYPE_CHECKING:
    from index.lexical import Lexical

log = logging.getLogger(__name__)

_DRAFT, _FILLING = ".draft-", 3600.0


@dataclass(frozen=True, slots=True)
class Table:
    """The chunks of a guide collection, and both halves of the search over them."""

    chunks: tuple[Chunk, ...]
    lexical: Callable[[], Lexical]
    dense: Dense


def derive(chunks: Sequence[Chunk], vectors: Matrix) -> Table:
    """The table of `chunks`, to which the rows of `vectors` belong."""
    return Table(tuple(chunks), _lexical(chunks), build_dense(vectors))


def _lexical(chunks: Sequence[Chunk], held: Path | None = None) -> Callable[[], Lexical]:
    """Opens BM25 over `chunks` once, from the folder `held` or else from their text."""

    @cache
    def opened() -> Lexical:
        from index.lexical import build_lexical, load_lexical  # scipy: a sixth of a second

        try:
            if held:
                return load_lexical(held, len(chunks))
        except Exception:  # noqa: BLE001, S110 whatever is wrong with it, it is made again
            pass
        return build_lexical([chunk.embedded for chunk in chunks])

    return opened


def read_table(folder: Path) -> Table | None:
    """What `write_table` wrote into `folder`; None if it is not there or cannot be used."""
    try:
        with (folder / "chunks.jsonl").open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        chunks = tuple(Chunk(**{**row, "path": tuple(row["path"])}) for row in rows)
        dense = load_dense(folder, len(chunks))
        return Table(chunks, _lexical(chunks, folder / "lexical"), dense)
    except Exception:  # noqa: BLE001 whatever is wrong with a derived file, the answer is to make it again
        return None


def write_table(folder: Path, table: Table) -> None:
    """Write the table whole, if the disk allows."""
    from index.lexical import save_lexical

    def write(draft: Path) -> None:
        with (draft / "chunks.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(chunk)) + "\n" for chunk in table.chunks)
        save_lexical(table.lexical(), draft / "lexical")
        save_dense(table.dense, draft)

    _replace(folder, write)


def read_ways(folder: Path, sentences: int) -> tuple[tuple[Way, ...], Matrix] | None:
    """What `write_ways` wrote; None if it is not there, cannot be used, or is of other sentences.

    The vectors are those of the ways, then of the `sentences`.
    """
    try:
        held = json.loads((folder / "ways.json").read_text(encoding="utf-8"))
        ways = tuple(Way(text, r, level, tuple(facts), on) for text, r, level, facts, on in held)
        return ways, read_vectors(folder / "vectors.npy", len(ways) + sentences)
    except Exception:  # noqa: BLE001 as above
        return None


def write_ways(folder: Path, ways: Sequence[Way], vectors: Matrix) -> None:
    """Write the ways of asking and the vectors whole, if the disk allows."""

    def write(draft: Path) -> None:
        (draft / "ways.json").write_text(json.dumps(ways), encoding="utf-8")
        np.save(draft / "vectors.npy", vectors)

    _replace(folder, write)


def is_being_written(folder: Path) -> bool:
    """Whether this is a draft of the last hour, which another process may still be filling."""
    try:
        age = time.time() - folder.stat().st_mtime
    except OSError:
        return True
    return folder.name.startswith(_DRAFT) and age < _FILLING


def _replace(folder: Path, write: Callable[[Path], None]) -> None:
    """Fill a draft and put it in place of `folder`; a full disk only costs the next start."""
    draft = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder.parent))
        write(draft)
        draft.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    except OSError as error:
        log.warning("%s cannot be written (%s): each start makes it again", folder, error.strerror)
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
