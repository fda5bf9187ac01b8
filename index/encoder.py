"""Turns texts into vectors through ONNX Runtime.

Owns the tokenizer, the session and the batching. It imports neither torch nor transformers, is
safe to share between threads, and promises the published vectors (cosine 0.999 or better against
sentence-transformers). Where no graph lies in the folder yet, `open_encoder` has it written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.weights import LONGEST, WIDTH, IndexFault, Weights, published

if TYPE_CHECKING:
    from index.export import Fork

Matrix = NDArray[np.float32]
_BATCH = 32
TRAINED = "asked"  # the output of trained layers by which ways of asking are found


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the model says about n texts, in the order in which they were given.

    `vectors` is float32 [n, 384], unit length. `tokens[i]` is float32 [len_i, 384], the last
    hidden states with the marks at both ends, and `ids[i]` the token ids that go with them.
    `more` holds a fork's outputs by name, first axis n.
    """

    vectors: Matrix
    tokens: list[Matrix]
    ids: list[list[int]]
    more: dict[str, Matrix] = field(default_factory=dict)


class Encoder(Embeddings):
    """The published weights, ready to run; also LangChain's `Embeddings`."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """Open the graph in `folder`; `threads` bounds one run, all cores if None."""
        options = ort.SessionOptions()
        options.log_severity_level = 3
        if threads:
            options.intra_op_num_threads = threads
        # Spinning would burn the second core between two questions.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = ort.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            raise IndexFault(
                f"{folder}: the exported model cannot be opened ({_first_line(error)}): "
                "delete that folder and run `python -m index build`"
            ) from error
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()
        self._outputs = [output.name for output in self._session.get_outputs()]
        self.key = folder.name

    @property
    def has_trained_layers(self) -> bool:
        """Whether the graph has trained layers beside the published ones."""
        return TRAINED in self._outputs

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Encode `texts`, each up to 256 word pieces; longer ones are cut there."""
        ids = self.pieces(texts)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        tokens: list[Matrix] = [np.empty((0, WIDTH), np.float32)] * len(ids)
        found: dict[str, list[Matrix]] = {name: [] for name in self._outputs[1:]}
        for first in range(0, len(order), _BATCH):
            places = order[first : first + _BATCH]
            hidden, *rest = self._run([ids[i] for i in places])
            for row, place in enumerate(places):
                tokens[place] = hidden[row, : len(ids[place])]
            for name, values in zip(self._outputs[1:], rest, strict=True):
                found[name].append(values)
        back = np.argsort(order)
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
        return list(self._session.run(self._outputs, {"ids": table, "mask": mask}))

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without the marks at its ends and uncut up to 254."""
        return [len(found.ids) - 2 for found in self._tokenizer.encode_batch_fast(list(texts))]

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, with the marks at both ends, as `encode` sees them."""
        return [found.ids for found in self._tokenizer.encode_batch_fast(list(texts))]

    def ids_of(self, words: Sequence[str]) -> frozenset[int]:
        """The token ids of words that are word pieces of their own; others are left out."""
        found = (self._tokenizer.token_to_id(word) for word in words)
        return frozenset(i for i in found if i is not None)

    def words(self, ids: Sequence[int]) -> list[str]:
        """The word piece of each token id."""
        return [self._tokenizer.id_to_token(i) or "" for i in ids]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's way to `encode`."""
        return [list(map(float, row)) for row in self.encode(texts).vectors]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's way to `encode` one text."""
        return self.embed_documents([text])[0]


class AskingEmbeddings(Embeddings):
    """Both vectors of a text side by side: the published one, then that of the trained layers."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The two vectors of each text."""
        found = self._encoder.encode(texts)
        return [list(map(float, row)) for row in np.hstack((found.vectors, found.more[TRAINED]))]

    def embed_query(self, text: str) -> list[float]:
        """The two vectors of one text."""
        return self.embed_documents([text])[0]


def encoder_folder(index: Path, weights: Weights, fork_key: str = "") -> Path:
    """Where the exported graph lies: beside the index, named by what it was made of."""
    made_of = hashlib.sha256(f"1:{weights.sha256}:{fork_key}".encode()).hexdigest()
    return index / "encoder" / made_of[:16]


def open_encoder(
    index: Path, *, weights: Weights | None = None, fork: Fork | None = None,
    fork_key: str = "", threads: int | None = None,
) -> Encoder:  # fmt: skip
    """The encoder of the index folder, exported there first where it is not yet.

    With a fork, give `fork_key` alone to open what was exported, and `fork` to export it. Raises
    `IndexFault` on wrong weights or a folder that cannot be written.
    """
    weights = weights or published()
    folder = encoder_folder(index, weights, fork.key if fork else fork_key)
    if not (folder / "model.onnx").is_file():
        if fork_key and not fork:
            raise IndexFault(f"{folder}: the trained layers are not exported yet: build the index")
        from index.export import export  # torch: seconds to import, needed this once

        try:
            export(weights, folder, fork=fork)
        except OSError as error:
            raise IndexFault(
                f"{folder}: the model cannot be written ({error.strerror or error}): make room "
                "there, or choose another folder with --index"
            ) from error
    return Encoder(folder, threads=threads)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
