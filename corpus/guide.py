"""What a guide is once it is read: sections, blocks and sentences with their exact places.

Owns the shapes that the other rooms work on. It promises that every span is exact,
`guide.text[s.start:s.end] == s.text`, and nothing about how good the guide is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["paragraph", "steps", "bullets"]


class CorpusError(Exception):
    """Something in the corpus cannot be used; the owner sees the message as it is.

    The message names the file, the line and key where there is one, the value, and what to do.
    """


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a guide.

    `start` and `end` count code points of the guide's text; `text` is that very slice. `shown` is
    the same for reading: white space collapsed, Markdown marks and link targets left out.
    `section` is the slug of the heading above it, `index` its position in the guide, from 0.
    """

    text: str
    start: int
    end: int
    guide: str
    section: str
    heading: str
    kind: Kind
    index: int
    shown: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a whole list, as it stands in the guide; never empty."""

    kind: Kind
    sentences: tuple[Sentence, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, up to the next heading of any level.

    `path` holds the headings from the outermost down to this one. `start` is where the heading
    begins, or the text itself where a guide begins without a heading.
    """

    slug: str
    heading: str
    path: tuple[str, ...]
    blocks: tuple[Block, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Guide:
    """One Markdown file. `name` is its path under the corpus folder, without `.md`."""

    name: str
    title: str
    text: str
    sections: tuple[Section, ...]

    @property
    def blocks(self) -> Iterator[Block]:
        """All blocks in the guide's order."""
        return (block for section in self.sections for block in section.blocks)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences in the guide's order."""
        return tuple(sentence for block in self.blocks for sentence in block.sentences)
