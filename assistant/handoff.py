"""When a person is passed on to the spa, and what is said then.

Owns the offer of "Book at Serenity" and the replies on the spa's own facts, which come from the
settings alone: what the owner has not set is not guessed. Keeping a request is `assistant.leads`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant import phrases
from assistant.reply import Handoff, Reply
from assistant.settings import Settings
from assistant.steps import Place
from corpus.guide import Sentence

# What the guide itself hands to professionals, and what it says of the spa.
_PROFESSIONAL = re.compile(
    r"\bprofessional (sessions?|care)\b|need a professional|Serenity Head Spa"
)
# What visitors ask of the spa itself, by topic; the first that fits counts.
_ASKED_OF_SPA = {
    "change": (
        r"cancel|resched|move my|change my|running late|can'?t (make|come)|postpone|bail",
        r"another (day|time) instead|shift my|swap my|no longer (make|come)",
        r"my (booking|appointment|appt|slot)",
    ),
    "book": (
        r"\bbook (me|us|in|it|a|an|my|him|her|for|one|online|now)\b",
        r"(can|could|do|how|where|like to|want to|wanna|need to|try to)\b[^.?!]{0,20}\bbook\b",
        r"appointment|put me down|fit me in|sign me|reserve",
    ),
    "prices": (
        r"price|pricing|cost|how much (is|are|do|does|would|for|to|will)|charge|fee\b|fees\b",
        r"\brates?\b|expensive|cheap|afford|discount|\bpay|deposit|what'?s the damage|quid|dollars",
        r"euros?\b|£|\$|€",
    ),
    "hours": (
        r"\bopen|clos(e|ing)|hours|what time|weekend|sundays?|saturdays?",
        r"late (night|opening)|bank holiday",
    ),
    "address": (
        r"where (are|r|is|abouts|do)|address|located|location|directions|parking|park\b",
        r"get (to|there)|nearest|near (me|you|here)|postcode|zip|which (street|town|city)",
        r"station|bus\b",
    ),
    "phone": (r"phone|telephone|your number|call you|ring you|whatsapp|reach you|contact",),
}
_SPA_TOPICS = [
    (topic, re.compile("|".join(ways), re.IGNORECASE)) for topic, ways in _ASKED_OF_SPA.items()
]
USEFUL_ANSWERS = 2  # so many answers before an offer that nobody asked for


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier replies of the conversation mean for the next: its offer, the step it tells."""

    answers: int = 0
    offered: bool = False
    place: Place | None = None

    def after(self, reply: Reply) -> Past:
        """What holds once `reply` has been given."""
        answers = self.answers + (reply.kind == "answer")
        return replace(self, answers=answers, offered=self.offered or reply.handoff is not None)


def booking_text(message: str, settings: Settings) -> str:
    """What is said to somebody who wants something of the spa."""
    topic = next((name for name, pattern in _SPA_TOPICS if pattern.search(message)), "book")
    if topic == "book":
        return phrases.BOOK
    if topic == "change":
        return phrases.CHANGE
    value = getattr(settings, f"spa_{topic}")
    told = phrases.OWN_FACT[topic].format(value=value) if value else phrases.UNKNOWN_FACT[topic]
    return f"{told}\n\n{phrases.WRITE_TO_US}"


def offer_after_answer(shown: Sequence[Sentence], wants: bool, past: Past) -> Handoff | None:
    """The offer beside an answer: asked for, or told by the guide, or once after useful answers."""
    if wants:
        return Handoff("asked")
    if past.offered:
        return None
    if any(_PROFESSIONAL.search(sentence.shown) for sentence in shown):
        return Handoff("guide-says-professional")
    if past.answers + 1 >= USEFUL_ANSWERS:
        return Handoff("after-answers")
    return None
