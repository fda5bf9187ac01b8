"""What the second reader is given of a conversation, so that filler cannot drown a danger.

Owns cutting messages into passages: the whole message; in a long one every run of three sentences,
which filler around cannot dilute; overlapping pieces of an endless sentence; and each sentence
alone. A sentence out of its context misleads
("He fell off a ladder." of ten years ago), so it counts only where the reader is sure. The rules
read every word; of a very long message the second reader is given the beginning and the end, of a
very long conversation the latest messages cut up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.triage.reading import folded

RUN = 3
VIEW = 120  # words that the second reader takes in at once, with room to spare
MOST = 48  # passages of one message
MOST_OF_ALL = 1_500  # of a conversation; what is read once is remembered, as long as it fits
_SENTENCE_END = re.compile(r"(?<=[.!?;。！？])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to judge, the message it is from, and whether it stands without its context."""

    text: str
    turn: int
    alone: bool = False


def passages(turns: Sequence[str], first: int) -> list[Passage]:
    """The passages of the messages from number `first` on.

    Where a conversation has too many, its latest messages are cut up and the others given whole.
    """
    found: list[list[Passage]] = []
    room = MOST_OF_ALL
    for turn in reversed(range(first, len(turns))):
        cut = list(_of_message(turns[turn], turn))
        room -= len(cut)
        found.append(cut if room >= 0 else cut[:1])
    return [passage for cut in reversed(found) for passage in cut]


def _of_message(message: str, turn: int) -> Iterator[Passage]:
    if not message.strip():
        return
    yield Passage(message, turn)
    sentences = [s for s in _SENTENCE_END.split(folded(message)) if s.strip()]
    starts = range(len(sentences) - RUN + 1) if len(sentences) > RUN + 1 else ()
    pieces = [Passage(piece, turn) for sentence in sentences for piece in _in_view(sentence)]
    runs = [Passage(" ".join(sentences[at : at + RUN]), turn) for at in starts]
    several = sentences if len(sentences) > 1 else ()
    single = [Passage(sentence, turn, alone=True) for sentence in several]
    for found in (pieces, runs, single):
        yield from found if len(found) <= MOST else (*found[: MOST // 3], *found[-2 * MOST // 3 :])


def _in_view(sentence: str) -> Iterator[str]:
    """Pieces that overlap, where people write on and on; nothing for a sentence of usual length."""
    words = sentence.split()
    if len(words) > VIEW:
        for first in range(0, len(words) - VIEW // 3, VIEW - VIEW // 3):
            yield " ".join(words[first : first + VIEW])
