"""Turns texts into vectors through ONNX Runtime.

Owns the tokenizer, the session and the batching. It imports neither torch nor transformers, is
safe to share between threads, and promises of the published model its vectors (cosine 0.999 or
better against sentence-transformers). Where no graph lies in the folder yet, `open_encoder` has
it written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.weights import LONGEST, WIDTH, IndexFault, Weights, published

if TYPE_CHECKING:
    from index.export import Trained

Matrix = NDArray[np.float32]
_BATCH = 8  # as quick a text as 32, and a process holds 35 MB less


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the model says about n texts, in the order in which they were given.

    `vectors` is float32 [n, d], unit length; the published weights have a d of 384. `tokens[i]` is
    float32 [len_i, 384], the published model's last hidden states with the marks at both ends, and
    `ids[i]` the token ids. `more` holds what else trained layers give, by name, first axis n.
    """

    vectors: Matrix
    tokens: list[Matrix]
    ids: list[list[int]]
    more: dict[str, Matrix] = field(default_factory=dict)


class Encoder(Embeddings):
    """An exported graph, opened when first used; also LangChain's `Embeddings`."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """Take the graph in `folder`; `threads` bounds one run, all cores if None."""
        self._folder = folder
        self._threads = threads
        self.key = folder.name

    @cached_property
    def _session(self) -> ort.InferenceSession:
        """The graph; a tenth of a second and 90 MB, so only who needs it pays for it."""
        options = ort.SessionOptions()
        options.log_severity_level = 3
        if self._threads:
            options.intra_op_num_threads = self._threads
        # Threads that spin within a run halve it; going on after it would burn the second core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        options.add_session_config_entry("session.force_spinning_stop", "1")
        with self._opening():
            return ort.InferenceSession(
                str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )

    @cached_property
    def _names(self) -> list[str]:
        """What the graph gives."""
        return [output.name for output in self._session.get_outputs()]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        with self._opening():
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(LONGEST)
        tokenizer.no_padding()
        return tokenizer

    @contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise IndexFault(
                f"{self._folder}: the exported model cannot be opened ({_first_line(error)}): "
                "delete that folder and run `python -m index build`"
            ) from error

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Encode `texts`, each up to 256 word pieces; longer ones are cut there.

        Raises `IndexFault` if the graph cannot be opened.
        """
        ids = self.pieces(texts)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        found: dict[str, list[Matrix]] = {name: [] for name in self._names}
        for first in range(0, len(order), _BATCH):
            said = self._run([ids[i] for i in order[first : first + _BATCH]])
            for name, values in zip(self._names, said, strict=True):
                found[name].append(values)
        back = np.argsort(order)
        states = [row for batch in found.pop("tokens", []) for row in batch]
        tokens = [states[at][: len(ids[i])] for i, at in enumerate(back)] if states else []
        more = {name: np.concatenate(parts)[back] for name, parts in found.items() if parts}
        vectors = more.pop("vector", np.empty((0, WIDTH), np.float32))
        return Encoded(vectors, tokens, ids, more)

    def _run(self, ids: list[list[int]]) -> list[Matrix]:
        width = max(map(len, ids))
        table = np.zeros((len(ids), width), np.int64)
        mask = np.zeros((len(ids), width), np.int64)
        for row, pieces in enumerate(ids):
            table[row, : len(pieces)] = pieces
            mask[row, : len(pieces)] = 1
        return list(self._session.run(None, {"ids": table, "mask": mask}))

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without the marks at its ends and uncut up to 254."""
        return [len(found.ids) - 2 for found in self._tokenizer.encode_batch_fast(list(texts))]

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, with the marks at both ends, as `encode` sees them."""
        return [found.ids for found in self._tokenizer.encode_batch_fast(list(texts))]

    def words(self, ids: Sequence[int]) -> list[str]:
        """The word piece of each token id."""
        return [self._tokenizer.id_to_token(i) or "" for i in ids]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's way to `encode`."""
        return [list(map(float, row)) for row in self.encode(texts).vectors]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's way to `encode` one text."""
        return self.embed_documents([text])[0]


def encoder_folder(index: Path, weights: Weights, trained: str = "") -> Path:
    """Where the exported graph lies: beside the index, named by what it was made of."""
    made_of = hashlib.sha256(f"6:{weights.sha256}:{trained}".encode()).hexdigest()
    return index / "encoder" / made_of[:16]


def open_encoder(
    index: Path, *, weights: Weights | None = None, load: Callable[[], Trained] | None = None,
    trained: str = "", threads: int | None = None,
) -> Encoder:  # fmt: skip
    """The encoder of the index folder, exported there first where it is not yet.

    With `trained`, the key of trained layers, it is theirs, and `load` reads them for the export.
    Raises `IndexFault` on wrong weights or a folder that cannot be written.
    """
    weights = weights or published()
    folder = encoder_folder(index, weights, trained)
    if not (folder / "model.onnx").is_file():
        from index.export import clear, export  # torch: seconds to import, needed this once

        try:
            clear(folder.parent, keep=encoder_folder(index, weights))
            export(weights, folder, trained=load() if load else None)
        except OSError as error:
            raise IndexFault(
                f"{folder}: the model cannot be written ({error.strerror or error}): make room "
                "there, or choose another folder with --index"
            ) from error
    return Encoder(folder, threads=threads)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
