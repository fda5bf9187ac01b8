"""What a visitor gets back: the Reply and what it is made of.

Owns the shape that every door of the assistant returns (page, command, HTTP, LangChain).
It does not promise that a Reply is true to the guide: `assistant.citations` checks that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["answer", "not_covered", "safety", "booking", "small_talk"]
Level = Literal["emergency", "urgent", "ask_first"]

STOP_LEVELS: frozenset[Level] = frozenset({"emergency", "urgent"})


@dataclass(frozen=True, slots=True)
class Citation:
    """The place of one quoted sentence: `guide_text[start:end] == quote`.

    `start` and `end` count code points of the guide's file as shipped (UTF-8, LF, front matter
    included). `guide` is the file's path under the guides folder without `.md`, `section` the
    slug of the heading that holds the sentence, `n` the number shown as `[n]`.
    """

    n: int
    guide: str
    section: str
    heading: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A guide sentence as shown, with the numbers of the citations that carry it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a safety rule comes from, and whether a clinician has reviewed our row of it."""

    title: str
    url: str
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Handoff:
    """An offer to pass the visitor on to the spa; `reason` is a slug for statistics."""

    reason: str
    label: str = "Book at Serenity"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply to one visitor message.

    `text` is all that the visitor reads: fixed lead-ins and guide sentences, citations as `[n]`.
    `level` is set for `safety` only. `not_covered` lists the parts that were asked and that the
    guide does not answer. `trace` explains how the reply came about and never leaves by HTTP.
    """

    kind: Kind
    text: str
    level: Level | None = None
    sentences: tuple[CitedSentence, ...] = ()
    not_covered: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    citations: tuple[Citation, ...] = ()
    handoff: Handoff | None = None
    suggestions: tuple[str, ...] = ()
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def is_stop(self) -> bool:
        """Whether the massage talk has ended here: no booking, no form, no suggestions."""
        return self.level in STOP_LEVELS

    def as_dict(self, *, trace: bool = True) -> dict[str, Any]:
        """The reply as plain JSON types, in the order of the contract."""
        body = asdict(self)
        order = (
            "kind", "level", "text", "sentences", "not_covered", "sources", "citations",
            "handoff", "suggestions", "trace",
        )  # fmt: skip
        return {key: body[key] for key in order if trace or key != "trace"}
