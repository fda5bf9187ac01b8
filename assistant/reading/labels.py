"""What a question can be: the routes that the trained layers tell apart."""

from __future__ import annotations

from corpus.asking import Asked

ROUTES = ("answer", "gap", "booking", "small_talk", "emergency", "urgent", "ask_first")
OUTPUTS = ("asked", "facts", "routes")


def route_of(row: Asked) -> int:
    """The place of the row's route in ROUTES; a safety row's is its level."""
    return ROUTES.index(row.level or row.route)
