"""Triage: what a message means for somebody's safety, before anything else runs."""

from assistant.triage.desk import Thresholds, Triage
from assistant.triage.replying import condition_line, safety_reply
from assistant.triage.verdict import Opinion, SecondReader, Verdict

__all__ = [
    "Opinion",
    "SecondReader",
    "Thresholds",
    "Triage",
    "Verdict",
    "condition_line",
    "safety_reply",
]
