"""What the second reader is given of a conversation, so that filler cannot drown a danger.

Owns cutting messages into passages: the whole message; in a long one every run of three sentences,
which filler around cannot dilute; and each sentence alone. A sentence out of its context misleads
("He fell off a ladder." of ten years ago), so it counts only where the reader is sure. The rules
read every word; of a very long message the second reader is given the beginning and the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.triage.reading import clean

RUN = 3
MOST = 48  # passages of one message
_SENTENCE_END = re.compile(r"(?<=[.!?;。！？])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to judge, the message it is from, and whether it stands without its context."""

    text: str
    turn: int
    alone: bool = False


def passages(turns: Sequence[str], first: int) -> list[Passage]:
    """The passages of the messages from number `first` on."""
    return [p for turn in range(first, len(turns)) for p in _of_message(turns[turn], turn)]


def _of_message(message: str, turn: int) -> Iterator[Passage]:
    if not message.strip():
        return
    yield Passage(message, turn)
    sentences = [s for s in _SENTENCE_END.split(clean(message)) if s.strip()]
    if len(sentences) < 2:
        return
    starts = range(len(sentences) - RUN + 1) if len(sentences) > RUN + 1 else ()
    runs = [Passage(" ".join(sentences[at : at + RUN]), turn) for at in starts]
    single = [Passage(sentence, turn, alone=True) for sentence in sentences]
    for found in (runs, single):
        yield from found if len(found) <= MOST else (*found[: MOST // 3], *found[-2 * MOST // 3 :])
