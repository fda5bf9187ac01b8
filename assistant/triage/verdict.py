"""What triage finds: a Verdict for the visitor's last message, and the Opinion it may consult.

Owns the shapes only. A Verdict is no diagnosis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.reply import STOP_LEVELS, Level
from corpus.safety import Condition, Replies

RANK: dict[Level | None, int] = {None: 0, "ask_first": 1, "urgent": 2, "emergency": 3}


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities (0 to 1) that one text is of each level, from a learned second reader.

    `danger` is a second, calibrated probability that it tells of danger at all, where there is one.
    """

    emergency: float
    urgent: float
    ask_first: float
    benign: float
    danger: float = 1.0


SecondReader = Callable[[Sequence[str]], Sequence[Opinion]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How careful the reply to the last message has to be, and why.

    `level` is that of the reply now; `standing` is "ask_first" where an earlier message asked for
    a clinician's word first: other questions are answered, a booking shows the condition.
    `rule` and `words` explain the level; `question` is the one question that would settle it.
    `cleared` says that a professional's check, or a fresh start, ended an earlier stop.
    """

    replies: Replies = field(repr=False, compare=False)
    level: Level | None = None
    standing: Level | None = None
    condition: Condition | None = None
    rule: str = ""
    words: tuple[str, ...] = ()
    question: str | None = None
    cleared: bool = False
    failed: bool = False

    @property
    def is_stop(self) -> bool:
        """Whether the massage talk ends here."""
        return self.level in STOP_LEVELS

    @property
    def trace(self) -> dict[str, Any]:
        """The explanation as plain JSON types."""
        return {
            "level": self.level,
            "standing": self.standing,
            "condition": self.condition.slug if self.condition else None,
            "rule": self.rule,
            "words": list(self.words),
            "question": self.question,
            "cleared": self.cleared,
            "failed": self.failed,
        }
