"""What the trained layers tell apart, and the key that names their weights.

Owns what training and serving have to agree on; it imports no model.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from corpus.asking import Asked

ROUTES = ("answer", "gap", "booking", "small_talk", "emergency", "urgent", "ask_first")
OUTPUTS = ("facts", "routes")


def route_of(row: Asked) -> int:
    """The place of the row's route in ROUTES; a safety row's is its level."""
    return ROUTES.index(row.level or row.route)


def weights_key(path: Path) -> str:
    """Identifies trained weights: the exported graph and the vectors are named by it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
