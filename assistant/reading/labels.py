"""What the trained layers tell apart, and the key that names their weights.

Owns what training and serving have to agree on; it imports no model.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from safetensors import SafetensorError, safe_open

from corpus.asking import Asked
from index.records import Way
from index.weights import IndexFault

ROUTES = ("answer", "gap", "booking", "small_talk", "emergency", "urgent", "ask_first")
# What a message may ask side by side, and whether it asks several things at all.
ASKS = ("answer", "gap", "booking", "several")
OUTPUTS = ("facts", "routes", "asks")


def route_of(row: Asked | Way) -> int:
    """The place of the row's route in ROUTES; a safety row's is its level."""
    return ROUTES.index(row.level or row.route)


def asks_of(row: Asked) -> tuple[bool, ...]:
    """Which of ASKS is true of the row."""
    routes = {part.route for part in row.parts} or {row.route}
    return (*(route in routes for route in ASKS[:-1]), len(row.parts) > 1)


def facts_taught(path: Path) -> tuple[str, ...]:
    """The fact ids that the trained layers in `path` tell apart, in the order of their output.

    Raises `IndexFault` where the file cannot be read.
    """
    try:
        with safe_open(path, framework="np") as held:
            return tuple(json.loads((held.metadata() or {})["facts"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        what = f"the trained layers cannot be read ({error})"
        raise IndexFault(f"{path}: {what}: {_AGAIN}") from error


def weights_key(path: Path) -> str:
    """Identifies trained weights: the exported graph and the vectors are named by it.

    Raises `IndexFault` where the file cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        what = error.strerror
        raise IndexFault(f"{path}: the trained layers cannot be read ({what}): {_AGAIN}") from error


_AGAIN = "restore the file as it was shipped, or run `make fit`"
