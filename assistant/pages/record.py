"""What the chat tells the journal: steps of the funnel, questions asked in vain, thumbs.

Owns the translation of a reply into entries. Nothing is recorded of a safety reply: what a person
says about their health stays in the chat.
"""

from __future__ import annotations

from assistant.leads.journal import Journal, Thumb
from assistant.reply import Reply
from assistant.serving.reception import Reception


def record_reply(reception: Reception, question: str, reply: Reply) -> None:
    """Note how a question went; for parts that were not covered, what they asked."""
    if reply.kind != "safety":
        reception.record(lambda journal: _enter(journal, question, reply))


def record_thumb(reception: Reception, reply: Reply, *, helpful: bool) -> Thumb | None:
    """Note a thumb, with the guide's sentences that it is about; None if nothing notes now."""
    section = section_of(reply) or nearest_to(reply)
    sentences = [sentence.text for sentence in reply.sentences]
    kept: list[Thumb] = []
    reception.record(lambda journal: kept.append(journal.feedback(helpful, "", section, sentences)))
    return kept[0] if kept else None


def record_word(reception: Reception, thumb: Thumb | None, word: str) -> None:
    """Add to a thumb what the visitor says about it."""
    if thumb is not None and word.strip():
        reception.record(lambda journal: journal.add_word(thumb, word))


def section_of(reply: Reply) -> str:
    """The section of the guide that a reply came from; empty if from none."""
    return reply.citations[0].section if reply.citations else ""


def nearest_to(reply: Reply) -> str:
    """The section closest to a question that was not covered, as the trace tells it."""
    nearest = reply.trace.get("nearest", "")
    return nearest if isinstance(nearest, str) else ""


def _enter(journal: Journal, question: str, reply: Reply) -> None:
    section = section_of(reply) or nearest_to(reply)
    if reply.kind == "answer":
        journal.answered(section)
    asked_in_vain = (question,) if reply.kind == "not_covered" else reply.not_covered
    for part in asked_in_vain:
        journal.not_covered(part, nearest_to(reply))
    if reply.handoff is not None:
        journal.offered(section)
