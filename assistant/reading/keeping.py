"""Arrays that a start would have to make anew, kept in a file of the index folder.

Owns the file: named by what it was made of, written whole or not at all. A file that is missing or
broken, or a disk that is full, only costs the time to make it again.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

Array = TypeVar("Array", bound=NDArray[Any])


def kept(
    folder: Path, name: str, made_of: str, make: Callable[[], Array], fits: Callable[[Array], bool]
) -> Array:
    """What `make` makes of `made_of`, from the file if one that `fits` lies there."""
    file = folder / f"{name}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.npy"
    try:
        held: Array = np.load(file)
        if fits(held):
            return held
    except (OSError, ValueError, EOFError):
        pass
    made = make()
    draft = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        with draft.open("wb") as out:
            np.save(out, made)
        draft.replace(file)
    except OSError as error:
        log.warning("%s cannot be written (%s): each start makes it again", file, error.strerror)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return made
