"""The vectors of the shipped ways of asking, so that a first start does not have to make them.

Owns their file, which `make fit` writes. It is a cache: vectors of other layers are left unread,
and a way of asking that is not in it is embedded like any other text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from index.encoder import Matrix
from index.records import text_id


@dataclass(frozen=True, slots=True)
class VectorsFile:
    """Vectors in half precision [n, d], the id of each one's text, and the key of the layers."""

    path: Path

    def load(self, key: str) -> Mapping[str, Matrix]:
        """The vectors by text id, float32 of unit length; none if they are of other layers."""
        try:
            with safe_open(self.path, framework="np") as held:
                if held.metadata()["layers"] != key:
                    return {}
                ids, vectors = held.get_tensor("ids"), held.get_tensor("vectors")
        except (OSError, SafetensorError, KeyError):
            return {}
        whole = vectors.astype(np.float32)
        whole /= np.linalg.norm(whole, axis=1, keepdims=True)
        return dict(zip((row.tobytes().hex() for row in ids), whole, strict=True))

    def save(self, texts: Sequence[str], vectors: Matrix, key: str) -> None:
        """Write the vector of each text, as made by the layers of that key."""
        ids = np.stack([np.frombuffer(bytes.fromhex(text_id(text)), np.uint8) for text in texts])
        held: dict[str, NDArray[Any]] = {"ids": ids, "vectors": vectors.astype(np.float16)}
        save_file(held, self.path, metadata={"layers": key})
