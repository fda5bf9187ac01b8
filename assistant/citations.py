"""Only what stands in the guide is shown as the guide's.

Owns the check that every reply passes before it is shown, whoever composed it, and the numbering.
A sentence that is not found at its place is dropped, never repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assistant.reply import Citation, CitedSentence
from corpus.guide import Guide, Sentence


def stands_in_guide(sentence: Sentence, guides: Mapping[str, Guide]) -> bool:
    """Whether the guide holds this very sentence at this very place, in the section it names."""
    guide = guides.get(sentence.guide)
    if guide is None or not sentence.text.strip():
        return False
    if guide.text[sentence.start : sentence.end] != sentence.text:
        return False
    return any(
        sentence in block.sentences
        for section in guide.sections
        if section.slug == sentence.section
        for block in section.blocks
    )


def cite(
    sentences: Iterable[Sentence], guides: Mapping[str, Guide]
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
    """The sentences that pass the check, each with its own citation, numbered from 1."""
    cited: list[CitedSentence] = []
    citations: list[Citation] = []
    for sentence in sentences:
        if not stands_in_guide(sentence, guides):
            continue
        number = len(citations) + 1
        citations.append(
            Citation(
                number,
                sentence.guide,
                sentence.section,
                sentence.heading,
                sentence.text,
                sentence.start,
                sentence.end,
            )
        )
        cited.append(CitedSentence(sentence.shown, (number,)))
    return tuple(cited), tuple(citations)
