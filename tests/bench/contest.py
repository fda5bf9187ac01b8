"""Contestants side by side: started cold in turn, asked in turn, and compared round by round."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice, permutations
from pathlib import Path
from statistics import median, quantiles

from tests.bench.questions import QUESTIONS, distinct

KINDS = ("plain", "ours", "bare")
WARM_UP = 2
QUIET = 0.02  # seconds in which the threads of whoever was asked before come to rest


@dataclass(frozen=True)
class Spread:
    """A ratio over rounds: the median, the least and the most."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


@dataclass
class Times:
    """Seconds of one contestant, round by round."""

    rounds: list[list[float]] = field(default_factory=list)
    kilobytes: int = 0

    def at(self, percent: int) -> list[float]:
        """A percentile of each round."""
        return [quantiles(each, n=100, method="inclusive")[percent - 1] for each in self.rounds]


@dataclass(frozen=True)
class Cold:
    """Seconds from the start of a process to its first reply, and its peak memory then."""

    seconds: float
    kilobytes: int


def ratio(ours: list[float], theirs: list[float]) -> Spread:
    """Round by round, so that what slowed a round down slows both."""
    each = [a / b for a, b in zip(ours, theirs, strict=True)]
    return Spread(median(each), min(each), max(each))


@contextmanager
def contestant(kind: str, folder: Path):
    """A worker's process; ended at the end."""
    command = [sys.executable, "-m", "tests.bench.worker", kind, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, encoding="utf-8", **pipes) as process:
        try:
            yield process
        finally:
            process.stdin.close()


def ask(process, question: str) -> dict[str, float]:
    process.stdin.write(question + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"a contestant ended early: {process.args}")
    return json.loads(line)


def run_cold(folder: Path, kind: str) -> Cold:
    """One process from nothing to its first reply."""
    began = time.perf_counter()
    with contestant(kind, folder) as process:
        answer = ask(process, QUESTIONS[0])
        return Cold(time.perf_counter() - began, int(answer["kilobytes"]))


def run_warm(folder: Path, rounds: int) -> dict[str, Times]:
    """All stay open and take each question in turn; none is asked twice.

    Their order changes from question to question, so that nobody always follows the same one,
    whose work is still in the caches.
    """
    times = {kind: Times() for kind in KINDS}
    texts = iter(distinct((WARM_UP + rounds) * len(QUESTIONS)))
    orders = cycle(permutations(KINDS))
    with ExitStack() as stack:
        processes = {kind: stack.enter_context(contestant(kind, folder)) for kind in KINDS}
        for number in range(-WARM_UP, rounds):
            for kind in KINDS:
                times[kind].rounds.append([])
            for question in list(islice(texts, len(QUESTIONS))):
                for kind in next(orders):
                    time.sleep(QUIET)
                    answer = ask(processes[kind], question)
                    times[kind].rounds[-1].append(answer["seconds"])
                    times[kind].kilobytes = int(answer["kilobytes"])
            if number < 0:
                for kind in KINDS:
                    times[kind].rounds.clear()
    return times
