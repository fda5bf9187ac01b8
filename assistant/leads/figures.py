"""What the owner can learn from the chat: the funnel, the questions asked in vain, feedback.

Owns the reading of what `journal` wrote. None of it is about a person. It does not explain the
figures: a person may ask twice, and a count is of steps, not of people.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from assistant.leads.database import Database
from assistant.leads.tables import feedback, funnel, questions


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """The steps of one ISO week ("2026-W07") in one section of the guide ("" for none)."""

    week: str
    section: str
    answered: int = 0
    not_covered: int = 0
    offered: int = 0
    form_shown: int = 0
    sent: int = 0

    @property
    def questions(self) -> int:
        """All that was asked."""
        return self.answered + self.not_covered


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One question that the guide does not cover, as often as it was asked."""

    text: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class UnansweredGroup:
    """The questions nearest to one section, the most frequent first."""

    nearest: str
    count: int
    questions: tuple[Unanswered, ...]


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One thumb, with its word and the sentences of the guide that it is about."""

    at: datetime
    helpful: bool
    word: str
    section: str
    sentences: tuple[str, ...]


class Figures:
    """The figures of a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def funnel(self) -> list[FunnelRow]:
        """By week and section, the newest week first."""
        steps: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        with self._db.read() as conn:
            for week, section, step, count in conn.execute(select(funnel)):
                steps[week, section][step] = count
        rows = [FunnelRow(week, section, **counts) for (week, section), counts in steps.items()]
        rows.sort(key=lambda row: row.section)
        return sorted(rows, key=lambda row: row.week, reverse=True)

    def unanswered(self, limit: int = 500) -> list[UnansweredGroup]:
        """What was asked in vain, grouped by the nearest section, the most frequent first."""
        query = select(questions).order_by(questions.c.count.desc(), questions.c.last_at.desc())
        groups: dict[str, list[Unanswered]] = defaultdict(list)
        with self._db.read() as conn:
            for row in conn.execute(query.limit(limit)).mappings():
                asked = Unanswered(row["text"], row["count"], row["last_at"])
                groups[row["nearest"]].append(asked)
        found = [
            UnansweredGroup(nearest, sum(each.count for each in asked), tuple(asked))
            for nearest, asked in groups.items()
        ]
        return sorted(found, key=lambda group: -group.count)

    def feedback(self, limit: int = 200) -> list[FeedbackRow]:
        """The newest feedback first."""
        query = select(feedback).order_by(feedback.c.id.desc()).limit(limit)
        with self._db.read() as conn:
            return [
                FeedbackRow(row.at, row.helpful, row.word, row.section, tuple(row.sentences))
                for row in conn.execute(query)
            ]
