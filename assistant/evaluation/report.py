"""The tables of `make eval`: shares with intervals, by measure, kind and style; each failure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import sqrt

from assistant.evaluation.labelled import Judged

_Z = 1.96  # 95 %


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), as fractions."""
    if not of:
        return 0.0, 1.0
    share, squared = right / of, _Z * _Z
    middle = (share + squared / (2 * of)) / (1 + squared / of)
    half = _Z * sqrt(share * (1 - share) / of + squared / (4 * of * of)) / (1 + squared / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(rows: Sequence[Judged], good: Callable[[Judged], bool] = lambda j: j.right) -> str:
    """For example "91.2 % (88.0-93.6) of 338"."""
    right = sum(map(good, rows))
    low, high = wilson(right, len(rows))
    part = 100 * right / max(len(rows), 1)
    return f"{part:.1f} % ({100 * low:.1f}-{100 * high:.1f}) of {len(rows)}"


def group(rows: Iterable[Judged], key: Callable[[Judged], str]) -> dict[str, list[Judged]]:
    """Rows by a key, in the order of the keys."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(sorted(found.items()))


def table(judged: Sequence[Judged]) -> str:
    """A Markdown table of every measure, then of answers and gaps by kind and by style."""
    lines = ["| measure | right, 95 % interval |", "|---|---|"]
    for measure, rows in group(judged, lambda j: j.measure).items():
        lines.append(f"| {measure} | {share(rows)} |")
        if measure == "answerable":
            answered = [j for j in rows if j.reply.kind == "answer"]
            mean = sum(j.extra for j in answered) / max(len(answered), 1)
            lines.append(f"| … and nothing beside | {share(rows, lambda j: j.right and j.exact)} |")
            lines.append(f"| … further sentences an answer | {mean:.2f} |")
    benign = [j for j in judged if j.row.route not in (None, "safety") and len(j.row.turns) == 1]
    lines.append(f"| benign talk stopped | {share(benign, lambda j: j.reply.is_stop)} |")
    asked_first = share(benign, lambda j: j.reply.level == "ask_first")
    lines.append(f"| benign talk told to ask first | {asked_first} |")
    wishes = [
        j for j in judged if j.row.route in ("answer", "gap", "small_talk") and not j.row.parts
    ]
    lines.append(
        f"| booking wish falsely seen | {share(wishes, lambda j: j.reply.kind == 'booking')} |"
    )
    lines += _split(judged, "kind", lambda j: j.row.kind)
    lines += _split(judged, "style", lambda j: j.row.style)
    return "\n".join(lines)


def _split(judged: Sequence[Judged], name: str, key: Callable[[Judged], str]) -> list[str]:
    """A table of its own for answers and gaps by `key`, where any row has it."""
    chosen = [j for j in judged if key(j) and j.measure in ("answerable", "not_covered")]
    if not chosen:
        return []
    rows = [f"| {value} | {share(rows)} |" for value, rows in group(chosen, key).items()]
    return ["", f"| {name} | right |", "|---|---|", *rows]


COMPARED = (
    "answerable", "not_covered", "booking", "emergency", "urgent", "ask_first",
)  # fmt: skip


def comparison(methods: Mapping[str, Sequence[Judged]]) -> str:
    """One row a method: the share right of each measure, single messages only."""
    head = [*COMPARED, "stopped without danger", "sentences beside"]
    lines = [f"| method | {' | '.join(head)} |", "|---" * (len(head) + 1) + "|"]
    for name, judged in methods.items():
        alone = [j for j in judged if len(j.row.turns) == 1 and not j.row.parts]
        by_measure = group(alone, lambda j: j.measure)
        cells = [f"{_part(by_measure.get(measure, []))}" for measure in COMPARED]
        benign = [j for j in alone if j.row.route != "safety"]
        stopped = sum(j.reply.is_stop for j in benign) / max(len(benign), 1)
        shown = [j.extra for j in by_measure.get("answerable", []) if j.reply.kind == "answer"]
        beside = sum(shown) / max(len(shown), 1)
        lines.append(f"| {name} | {' | '.join(cells)} | {100 * stopped:.1f} % | {beside:.2f} |")
    return "\n".join(lines)


def _part(rows: Sequence[Judged]) -> str:
    return f"{100 * sum(j.right for j in rows) / len(rows):.1f} %" if rows else "-"


def failure(judged: Judged) -> str:
    """One wrong reply, with what was wanted and why it came out so."""
    row, reply = judged.row, judged.reply
    levels = "/".join(str(level) for level in row.levels)
    wanted = row.level or row.route or levels or "no stop"
    asked = " // ".join(row.turns)
    return "\n".join(
        [
            f"- {row.id} [{judged.measure}] wanted {wanted} {' '.join(row.facts)}: {asked}",
            f"  got {reply.kind} {reply.level or ''}: {reply.text[:160]!r}",
            f"  trace {reply.trace}",
        ]
    )
