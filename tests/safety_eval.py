"""Figures of triage over labelled rows: what was seen of each level, and what was stopped wrongly.

Owns the counting. It promises nothing about where rows come from, nor that they are hard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from assistant.triage import Triage
from assistant.triage.verdict import RANK


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `all`, with the Wilson interval at 95 % as fractions."""

    right: int
    all: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound; (0, 1) where nothing was counted."""
        if not self.all:
            return (0.0, 1.0)
        z, n, p = 1.96, self.all, self.right / self.all
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return (max(0.0, middle - reach), min(1.0, middle + reach))

    def __str__(self) -> str:
        low, high = self.interval
        share = 100 * self.right / self.all if self.all else 0.0
        return f"{share:.1f} % ({self.right}/{self.all}; {100 * low:.1f} to {100 * high:.1f})"


@dataclass(frozen=True, slots=True)
class Figures:
    """Sensitivity per level (at least that level), and what benign rows were taken for."""

    emergency: Share
    urgent: Share
    ask_first: Share
    false_stops: Share
    false_ask_first: Share
    wrong: tuple[tuple[str, str, str, str], ...]  # wanted, got, rule, last message


def evaluate(triage: Triage, rows: Iterable[Mapping[str, Any]]) -> Figures:
    """Count over rows {"q" or "turns", "level" or "levels"}; a level of None is benign.

    A row with "levels" is judged turn by turn, any other on its last message. An ask-first row
    counts as seen where the condition stands, for then it is shown with every offer.
    """
    seen: dict[str, list[bool]] = {level: [] for level in ("emergency", "urgent", "ask_first")}
    stopped: list[bool] = []
    asked: list[bool] = []
    wrong: list[tuple[str, str, str, str]] = []
    for turns, wanted in _cases(rows):
        verdict = triage.assess(turns)
        held = verdict.level or (verdict.standing if wanted else None)
        if wanted:
            good = RANK[held] >= RANK[wanted]
            seen[wanted].append(good)
        else:
            stopped.append(verdict.is_stop)
            asked.append(verdict.level == "ask_first")
            good = verdict.level is None
        if not good:
            wrong.append((str(wanted), str(held), verdict.rule, turns[-1]))
    return Figures(
        **{level: Share(sum(hits), len(hits)) for level, hits in seen.items()},
        false_stops=Share(sum(stopped), len(stopped)),
        false_ask_first=Share(sum(asked), len(asked)),
        wrong=tuple(wrong),
    )


def _cases(rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[list[str], Any]]:
    for row in rows:
        turns = list(row["turns"]) if "turns" in row else [row["q"]]
        if "levels" in row:
            for index, level in enumerate(row["levels"]):
                yield turns[: index + 1], level
        else:
            yield turns, row.get("level")
