"""Files derived from what Chroma holds, beside the index: quick to read, never the truth.

Owns the folder `derived/<collection>`: chunk table, BM25 table and vectors. Whatever is missing or
broken here is made again from the store. Reading 10,000 vectors back from Chroma takes most of a
second and importing Chroma takes longer; from these files it is a few milliseconds.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from index.chunks import Chunk
from index.encoder import Matrix
from index.lexical import Lexical, build_lexical, load_lexical, save_lexical
from index.weights import WIDTH


@dataclass(frozen=True, slots=True)
class Table:
    """The chunks of a guide collection, BM25 over them, and their vectors unless it is large."""

    chunks: tuple[Chunk, ...]
    lexical: Lexical
    vectors: Matrix | None


def derive(chunks: Sequence[Chunk], vectors: Matrix | None) -> Table:
    """The table of `chunks`."""
    return Table(tuple(chunks), build_lexical([chunk.embedded for chunk in chunks]), vectors)


def read_table(folder: Path) -> Table | None:
    """What `write_table` wrote into `folder`; None if it is not there or cannot be used."""
    try:
        with (folder / "chunks.jsonl").open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        chunks = tuple(Chunk(**{**row, "path": tuple(row["path"])}) for row in rows)
        held = folder / "vectors.npy"
        vectors = _read_vectors(held, len(chunks)) if held.is_file() else None
        return Table(chunks, load_lexical(folder / "lexical", len(chunks)), vectors)
    except Exception:  # noqa: BLE001 whatever is wrong with a derived file, the answer is to make it again
        return None


def write_table(folder: Path, table: Table) -> None:
    """Write the table whole, if the disk allows."""

    def write(draft: Path) -> None:
        with (draft / "chunks.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(chunk)) + "\n" for chunk in table.chunks)
        save_lexical(table.lexical, draft / "lexical")
        if table.vectors is not None:
            np.save(draft / "vectors.npy", table.vectors)

    _replace(folder, write)


def read_matrix(folder: Path, rows: int, width: int) -> Matrix | None:
    """The matrix [rows, width] that lies in `folder`; None if it does not."""
    try:
        return _read_vectors(folder / "vectors.npy", rows, width)
    except Exception:  # noqa: BLE001 as above
        return None


def write_matrix(folder: Path, vectors: Matrix) -> None:
    """Write the matrix whole, if the disk allows."""
    _replace(folder, lambda draft: np.save(draft / "vectors.npy", vectors))


def _read_vectors(path: Path, rows: int, width: int = WIDTH) -> Matrix:
    held: Matrix = np.load(path)
    if held.shape != (rows, width) or held.dtype != np.float32:
        raise ValueError(f"{path}: {held.dtype} {held.shape}")
    return held


def _replace(folder: Path, write: Callable[[Path], None]) -> None:
    """Fill a draft and put it in place of `folder`; a full disk only costs the next start."""
    draft = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
        write(draft)
        draft.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    except OSError:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
