"""A Verdict in the visitor's words: heading with the action, why, source, review state.

Owns the wording's order only; the words are data (`corpus/safety`). No booking, no suggestion
and no citation ever stands in a stop.
"""

from __future__ import annotations

from assistant.reply import Reply, Source
from assistant.settings import Settings
from assistant.triage.verdict import Verdict
from corpus.safety import Condition, Group


def safety_reply(verdict: Verdict, settings: Settings) -> Reply:
    """The Reply of kind "safety" for a verdict with a level.

    Raises ValueError for a verdict without a level: there is nothing to warn of.
    """
    if verdict.level is None:
        raise ValueError("a verdict without a level has no safety reply; answer the question")
    row = verdict.condition
    if row is None or verdict.failed:
        text = _careful(verdict, settings)
        return Reply("safety", text, level=verdict.level, trace={"triage": verdict.trace})
    source = Source(row.source.title, row.source.url, row.reviewed)
    return Reply(
        "safety",
        _text(verdict, row, settings),
        level=verdict.level,
        sources=(source,),
        trace={"triage": verdict.trace},
    )


def condition_line(verdict: Verdict) -> str:
    """One line beside answers and offers while ask-first stands; empty if nothing does.

    It names the visitor's own words where a rule has found some: a condition's title may name many.
    """
    if verdict.standing != "ask_first" or verdict.condition is None:
        return ""
    words = " … ".join(verdict.words)
    told = f"You wrote “{words}”" if words else f"With {verdict.condition.title}"
    return f"{told}: please ask a clinician before any massage, and tell the team what they say."


def _text(verdict: Verdict, row: Condition, settings: Settings) -> str:
    replies = verdict.replies
    group = replies.groups["question" if verdict.question else row.group]
    heading = _filled(group, verdict, settings)
    lines = [heading, f"{group.why_label} {row.why}"]
    if not row.reviewed:
        lines.append(group.unreviewed or replies.unreviewed)
    return "\n\n".join(lines)


def _filled(group: Group, verdict: Verdict, settings: Settings) -> str:
    phones = verdict.replies.phones[settings.locale]
    return group.heading.format(
        emergency=group.emergency.get(settings.locale, phones.emergency),
        urgent=phones.urgent,
        crisis=phones.crisis,
        question=verdict.question or "",
    )


def _careful(verdict: Verdict, settings: Settings) -> str:
    careful = verdict.replies.careful
    phones = verdict.replies.phones[settings.locale]
    heading = careful.heading.format(emergency=phones.emergency)
    return f"{heading}\n\n{careful.why}\n\n{verdict.replies.unreviewed}"
