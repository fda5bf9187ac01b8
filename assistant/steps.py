"""One step of a list at a time: "what was step 3 again", "next", "and the last one".

Owns where in a list of steps a conversation is, and telling which of its steps a message asks for.
Whatever asks for more than that is left to the reading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.reply import Reply
from corpus.guide import Guide, Sentence

_ORDER = {
    name: number
    for number, names in enumerate(
        ("1 one first 1st", "2 two second 2nd", "3 three third 3rd", "4 four fourth 4th",
         "5 five fifth 5th", "6 six sixth 6th", "7 seven seventh 7th", "8 eight eighth 8th"), 1
    )
    for name in names.split()
}  # fmt: skip
_LAST = ("last", "final")
_NAMES = "|".join((*_ORDER, *_LAST))
_BEFORE = (
    r"(?:(?:and|so|ok|okay|but|sorry|wait|um|er|hang on|right|please) )*"
    r"(?:(?:what|which)(?:'?s| is| was| were| about)? (?:it )?|how about |(?:can|could) you |"
    r"(?:repeat|say|tell me|give me|show me|go back to|back to|remind me of|i forgot|i missed) )*"
    r"(?:the |your |that )?"
)
_BEHIND = r"(?: (?:again|please|pls|then|once more|now|though|sorry|was|is|it))*"
_STEP = re.compile(
    f"{_BEFORE}(?:step (?:number |no )?(?P<number>{_NAMES})|(?P<order>{_NAMES}) step){_BEHIND}"
)
_ONE = re.compile(f"{_BEFORE}(?P<order>{_NAMES}) (?:one|bit|part){_BEHIND}")
_NEXT = re.compile(
    f"{_BEFORE}next(?: step| one| bit)?{_BEHIND}|"
    r"(?:ok |okay |right )?(?:and )?(?:then|after that|go on|carry on)(?: what| please)?|"
    r"(?:and |so )?what(?:'?s| is| comes| do i do)? (?:after that|next|then)(?: please)?"
)
_OF_STEPS = re.compile(rf"\b(?:steps?|next|start|begin|then|{'|'.join((*_ORDER, *_LAST))})\b")


@dataclass(frozen=True, slots=True)
class Place:
    """The list that a conversation is at, and the step that was told last; 0: none, or all.

    `fresh` where the newest reply told steps of it.
    """

    guide: str
    section: str
    number: int = 0
    fresh: bool = True


def step_asked(message: str, place: Place | None, guides: Sequence[Guide]) -> Sentence | None:
    """The one step that `message` asks for, if it asks for nothing else."""
    steps = _steps(guides, place) if place else []
    if not place or not steps:
        return None
    text = " ".join(re.sub(r"[^\w' ]+", " ", message.lower()).split())
    found = _STEP.fullmatch(text) or (_ONE.fullmatch(text) if place.fresh else None)
    if found:
        name = next(filter(None, found.groups()))
        number = len(steps) if name in _LAST else _ORDER[name]
    elif place.fresh and place.number and _NEXT.fullmatch(text):
        number = place.number + 1
    else:
        return None
    return steps[number - 1] if number <= len(steps) else None


def place_after(
    reply: Reply, message: str, before: Place | None, guides: Sequence[Guide]
) -> Place | None:
    """Where the conversation is once `reply` has answered `message`."""
    left = replace(before, fresh=False) if before else None
    sections = {(citation.guide, citation.section) for citation in reply.citations}
    if len(sections) != 1:
        return left
    at = Place(*sections.pop())
    numbers = {sentence.start: number for number, sentence in enumerate(_steps(guides, at), 1)}
    if not numbers:
        return left
    told = [numbers[c.start] for c in reply.citations if c.start in numbers]
    if not told and left and (left.guide, left.section) == (at.guide, at.section):
        return left
    alone = len(told) == 1 and _OF_STEPS.search(message.lower())
    return replace(at, number=told[0] if alone else 0, fresh=bool(told))


def _steps(guides: Sequence[Guide], place: Place) -> list[Sentence]:
    """The steps of the list in the section of `place`."""
    by_name: Mapping[str, Guide] = {guide.name: guide for guide in guides}
    guide = by_name.get(place.guide)
    return [
        sentence
        for section in (guide.sections if guide else ())
        if section.slug == place.section
        for block in section.blocks
        if block.kind == "steps"
        for sentence in block.sentences
    ]
