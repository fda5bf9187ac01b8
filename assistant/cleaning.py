"""A visitor's message, made safe to read.

Owns normalising and the length cap. It judges nothing: what a message means is for later steps,
and triage reads the whole of it, beyond the cap.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from corpus.asking import without_end_marks

LONGEST_QUESTION = 2_000
LONGEST_MESSAGE = 100_000
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,200}>")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Message:
    """One cleaned message: `whole` for triage, `question` to answer.

    `question` has at most 2,000 characters, and no punctuation at its end.
    """

    whole: str
    question: str

    @property
    def is_empty(self) -> bool:
        """Whether there is no letter or digit to go by."""
        return not _WORD.search(self.question)


def clean(raw: str) -> Message:
    """Normalise `raw` (NFKC), drop marks that cannot be seen and markup, fold white space."""
    text = unicodedata.normalize("NFKC", raw[:LONGEST_MESSAGE])
    visible = "".join(
        character if character.isprintable() else " " if character.isspace() else ""
        for character in text
    )
    whole = _SPACE.sub(" ", _TAG.sub(" ", visible)).strip()
    return Message(whole, without_end_marks(_shorten(whole)))


def _shorten(text: str) -> str:
    """The end of a long message, where the question mostly is, from a sentence's beginning on."""
    if len(text) <= LONGEST_QUESTION:
        return text
    tail = text[-LONGEST_QUESTION:]
    return re.split(r"(?<=[.!?])\s", tail, maxsplit=1)[-1] or tail
