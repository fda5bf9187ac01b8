"""A message that may ask several things, taken apart in the ways in which it could be.

Owns finding where a further question could begin. It does not decide whether there really is one:
`assistant.deciding` reads the parts and the whole, and keeps the parts only where they ask.
"""

from __future__ import annotations

import re

_ASKS = (
    r"(?:how|what|whats|what's|which|where|when|why|who|whose|is|are|am|was|were|can|could|do|does|"
    r"did|should|shall|will|would|may|must|has|have|isn't|aren't|don't|doesn't|can't|any|wht|wat|"
    r"wot|hw|shud|cn|tell me|explain|show me|i (?:want|need|would like|wonder|'d like)|book|wanna)"
)
_ASIDE = (
    r"(?:btw|also|plus|oh|by the way|second(?:ly)?|another thing|one more(?: thing)?|then|"
    r"while i'm here)"
)
_SENTENCE = re.compile(r"(?<=[.?!;])\s+|\n+")
_JOINED = re.compile(
    rf"\s*[,;]?\s+(?:and|plus|&|n|but|or)\s+(?:(?:{_ASIDE})[,:]?\s+)*(?={_ASKS}\b)"
    rf"|\s*[,;]?\s+{_ASIDE}[,:]?\s+(?={_ASKS}\b)"
    rf"|,\s+(?={_ASKS}\b)",
    re.IGNORECASE,
)
# Where a message could be cut in two, whatever stands on either side.
_JOINER = rf"(?:(?:and|plus|&|\+|n|but|or|as well as|{_ASIDE}|\d[).:])\s+)"
_CUT = re.compile(rf"(?:(?<=[.?!;:])\s+|\n+|\s*,\s+){_JOINER}*|\s+{_JOINER}+", re.IGNORECASE)
_QUESTION = re.compile(rf"\?\s*$|^(?:\W|and|so|ok|hi|hello|hey|{_ASIDE})*{_ASKS}\b", re.IGNORECASE)
_ASKED_INSIDE = re.compile(
    r"\b(?:how (?:do|to|long|hard|many|much|should|can)|what (?:do|is|are|does|should)|which|"
    r"should i|can (?:i|you|we)|do i|is it|where (?:do|should)|tell me|wonder(?:ing)?|"
    r"price|cost|book)\b",
    re.IGNORECASE,
)
_MOST = 4
_MOST_CUTS = 8
_SHORTEST = 2  # words


def split_parts(question: str) -> tuple[str, ...]:
    """The questions in a message, in order; one where nothing tells a second one apart."""
    pieces = [
        piece.strip(" ,;-")
        for sentence in _SENTENCE.split(question)
        for piece in _split_joined(sentence)
    ]
    asking = [p for p in pieces if len(p.split()) >= _SHORTEST and is_question(p)]
    return tuple(asking) if 1 < len(asking) <= _MOST else (question,)


def sentences(question: str) -> list[str]:
    """The message sentence by sentence, whatever each of them does."""
    pieces = (piece.strip(" ,;-") for piece in _SENTENCE.split(question))
    return [piece for piece in pieces if piece]


def cuts(question: str) -> list[tuple[str, str]]:
    """The ways in which the message could be two things, one after the other.

    Of very many places the last are tried, where a question mostly stands.
    """
    found = [
        (question[: cut.start()].strip(" ,;:-"), question[cut.end() :].strip(" ,;:-"))
        for cut in _CUT.finditer(question)
    ]
    return [(left, right) for left, right in found if left and right][-_MOST_CUTS:]


def _split_joined(sentence: str) -> list[str]:
    """A sentence at the joints where both sides ask; a list of things stays whole."""
    found: list[str] = []
    rest = sentence
    for joint in _JOINED.finditer(sentence):
        left = sentence[len(sentence) - len(rest) : joint.start()]
        if is_question(left) and len(left.split()) > _SHORTEST:
            found.append(left)
            rest = sentence[joint.end() :]
    return [*found, rest]


def is_question(piece: str) -> bool:
    """Whether `piece` asks something, by its words."""
    return bool(_QUESTION.search(piece) or _ASKED_INSIDE.search(piece))
