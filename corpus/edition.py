"""What a guide that calls itself an edition is held to.

Owns the front matter and the checks on an owner's own guide. A guide declares itself an edition
with `language`, `source` or `published` in its front matter; any other Markdown, with other
front matter or none, is taken as it is and `problems` is only a warning there.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from corpus.guide import CorpusError, Guide

_FENCE = re.compile(r"\A\ufeff?---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_DECLARES = re.compile(r"^(?:language|source|published)\s*:", re.MULTILINE)
_WORK_MARK = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
_BRACKETED = re.compile(
    r"\[\s*(?:tbd|tbc|todo|fixme|notes?|insert|placeholder|add|citation needed|check|draft)\b"
    r"[^\]\n]*\](?!\()",
    re.IGNORECASE,
)


class FrontMatter(BaseModel):
    """The head of an edition."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str = Field(min_length=1)
    language: str = Field(pattern=r"^en(-[A-Z]{2})?$", description="The assistant speaks English.")
    source: str = Field(min_length=1)
    published: datetime.date
    url: HttpUrl | None = Field(None, strict=False)


@dataclass(frozen=True, slots=True)
class Head:
    """Where the text of a file begins, its title, and whether it is an edition."""

    body: int
    title: str
    edition: bool


def read_head(text: str, where: str) -> Head:
    """Read the front matter of `text`; `where` names the file in errors.

    Raises `CorpusError` where an edition's head is broken, lacks a key, or has one too many.
    """
    fence = _FENCE.match(text)
    if not fence:
        if text.lstrip("\ufeff").startswith("---\n") and _DECLARES.search(text[:2000]):
            raise CorpusError(f"{where}:1: the front matter is not closed: end it with a line ---")
        return Head(0, "", False)
    head, edition = fence.group(1) or "", bool(_DECLARES.search(fence.group(1) or ""))
    try:
        node = yaml.compose(head, Loader=yaml.SafeLoader)
        values = yaml.safe_load(head)
    except (yaml.YAMLError, ValueError) as error:
        if not edition:
            return Head(fence.end(), "", False)
        mark = getattr(error, "problem_mark", None)
        raise CorpusError(
            f"{where}:{mark.line + 2 if mark else 1}: the front matter is not valid YAML "
            f"({getattr(error, 'problem', None) or error}): write it as `key: value` lines"
        ) from error
    if not edition:
        title = values.get("title") if isinstance(values, dict) else None
        return Head(fence.end(), title.strip() if isinstance(title, str) else "", False)
    if not isinstance(node, yaml.MappingNode):
        raise CorpusError(f"{where}:2: the front matter has no `key: value` lines")
    lines = {key.value: key.start_mark.line + 2 for key, _ in node.value}
    try:
        front = FrontMatter.model_validate(values)
    except ValidationError as error:
        raise CorpusError(_explain(error, where, lines)) from error
    return Head(fence.end(), front.title, True)


def _explain(error: ValidationError, where: str, lines: dict[str, int]) -> str:
    told = []
    for fault in error.errors():
        key = str(fault["loc"][0])
        given = "" if fault["type"] == "missing" else f", given {fault['input']!r}"
        told.append(f"{where}:{lines.get(key, 1)}: key {key!r}: {fault['msg']}{given}")
    return "\n".join(told)


def problems(guide: Guide, body: int) -> Iterator[tuple[int, str]]:
    """Line (from 1) and description of each thing that an edition must not hold."""
    offset = guide.text.count("\n", 0, body)
    for number, line in enumerate(guide.text[body:].split("\n"), offset + 1):
        note = _WORK_MARK.search(line) or _BRACKETED.search(line)
        if note:
            yield number, f"{note.group()!r} is a note to the writer: resolve it or take it out"
    for section, later in zip(guide.sections, (*guide.sections[1:], None), strict=True):
        deeper = later is not None and later.path[: len(section.path)] == section.path
        if not section.blocks and not deeper:
            number = guide.text.count("\n", 0, section.start) + 1
            yield number, f"nothing stands under {section.heading!r}: write it or drop the heading"
