"""A visitor's message, made safe to read.

Owns normalising and the caps on length. It judges nothing: what a message means is for later
steps, and triage reads the whole of it beyond the cap of a question; of a message past
`LONGEST_MESSAGE` everybody is given the beginning and the end.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from corpus.asking import without_end_marks

LONGEST_QUESTION = 2_000
LONGEST_MESSAGE = 100_000
_SPACE = re.compile(r"\s+")
_COMMENT = re.compile(r"<!--[^<]*?-->")  # one that holds a tag goes in the pass after
# A tag is known by its attributes: "<I have chest pain>" is somebody's words.
ATTRIBUTES = r"""(?:\s+[a-z-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s<>"']+))*\s*/?"""
TAG = re.compile(rf"<[/!]?[a-z][a-z0-9-]*{ATTRIBUTES}>", re.IGNORECASE)
_WORD = re.compile(r"\w")
_PASSES = 5
# Letters and marks that are printable by name and yet show nothing: joiners, fillers, selectors.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {
    chr(code) for code in range(0xFE00, 0xFE10)
}


@dataclass(frozen=True, slots=True)
class Message:
    """One cleaned message: `whole` for triage, `question` to answer.

    `question` has at most 2,000 characters, and no punctuation at its end. `is_cut`: there was more
    than anybody reads.
    """

    whole: str
    question: str
    is_cut: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is no letter or digit to go by."""
        return not _WORD.search(self.question)


def bounded(raw: str, most: int = LONGEST_MESSAGE) -> str:
    """`raw`, or of a longer one its beginning and its end; a danger may stand in either.

    What was cut is longer than `most` by the line in between, and stays as it is if cut again.
    """
    half = most // 2
    return raw if len(raw) <= most else f"{raw[:half]}\n{raw[-half:]}"


def clean(raw: str) -> Message:
    """Normalise `raw` (NFKC), drop marks that cannot be seen and markup, fold white space."""
    whole, before = bounded(raw), None
    for _ in range(_PASSES):  # what is dropped may bring together what was kept apart
        if whole == before:
            break
        before, whole = whole, _pass(whole)
    # The bar joins a question to the one it leans on; a visitor's own must not.
    question = without_end_marks(_shorten(whole).replace("|", "/"))
    return Message(whole, question, is_cut=len(raw) > LONGEST_MESSAGE)


def _pass(text: str) -> str:
    if not (text.isascii() and text.isprintable()):  # else every character is seen, and plain
        visible = "".join(
            character if character.isprintable() else " " if character.isspace() else ""
            for character in text
            if character not in _UNSEEN
        )
        text = unicodedata.normalize("NFKC", visible)
    return _SPACE.sub(" ", TAG.sub(" ", _COMMENT.sub(" ", text))).strip()


def _shorten(text: str) -> str:
    """The end of a long message, where the question mostly is, from a sentence's beginning on."""
    if len(text) <= LONGEST_QUESTION:
        return text
    tail = text[-LONGEST_QUESTION:].strip()
    whole = re.split(r"(?<=[.!?])\s", tail, maxsplit=1)[-1]
    return whole if len(whole) > LONGEST_QUESTION / 2 else tail
