"""Reads Markdown into sections, blocks and sentences with exact spans.

Owns the way from text to a `Guide`: markdown-it finds the blocks and their lines, nupunkt the
sentence ends, and the code here the places in the file. It judges nothing: what an edition must
keep to is in `corpus.edition`. Text inside code blocks and tables counts line by line; comments,
images and link definitions are not sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from nupunkt import sent_spans

from corpus.guide import Block, Guide, Kind, Section, Sentence

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_WORD = re.compile(r"\w")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Line:
    """The part of one source line that is text: no list mark, no quote mark, no indent."""

    text: str
    start: int


@dataclass(slots=True)
class _Draft:
    """A section while it is being read."""

    heading: str
    slug: str
    path: tuple[str, ...]
    start: int
    blocks: list[Block] = field(default_factory=list)


def plain(text: str) -> str:
    """`text` for reading: marks, tags and link targets left out, white space collapsed."""
    if not re.search(r"[*_`\[\]<>&\\\n]|  ", text):
        return text
    parts: list[str] = []
    for token in _parser().parseInline(text)[0].children or ():
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return " ".join("".join(parts).split())


def slugify(heading: str) -> str:
    """The anchor that GitHub gives a heading, before it is made unique."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def read_guide(
    name: str, text: str, *, body: int = 0, title: str = "", lines: bool = False
) -> Guide:
    """Read the Markdown `text` of the guide `name`.

    `body` is where the Markdown begins (after front matter). `title` wins over the first heading.
    With `lines` each source line is one sentence, as our own edition is written; otherwise wrapped
    lines are joined and split where sentences end.
    """
    return _Reader(name, text, body, lines).read(title)


class _Reader:
    """Walks the block tokens of one file once."""

    def __init__(self, name: str, text: str, body: int, lines: bool) -> None:
        self._name, self._text, self._by_line = name, text, lines
        # The same length as the file, so that line starts are the file's own places.
        blank = re.sub(r"[^\n]", " ", text[:body])
        self._source = blank + text[body:].replace("\ufeff", " ")
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]
        self._body = body
        self._slugs: dict[str, int] = {}
        self._drafts: list[_Draft] = []
        self._path: list[tuple[int, str]] = []
        self._count = 0

    def read(self, title: str) -> Guide:
        tokens = _parser().parse(self._source)
        at = 0
        while at < len(tokens):
            token = tokens[at]
            end = _closing(tokens, at)
            if token.type == "heading_open":
                self._open_section(token, tokens[at + 1])
            elif token.type == "ordered_list_open":
                self._add(self._lines_of(tokens[at:end]), "steps")
            elif token.type in ("bullet_list_open", "table_open"):
                self._add(self._lines_of(tokens[at:end]), "bullets")
            elif token.type == "blockquote_open":
                at += 1
                continue
            else:
                self._add(self._lines_of(tokens[at:end]), "paragraph")
            at = end
        heading = next((draft.heading for draft in self._drafts if draft.heading), "")
        return Guide(self._name, title or heading or self._fallback(), self._text, self._sections())

    def _fallback(self) -> str:
        return self._name.rsplit("/", 1)[-1].replace("-", " ").replace("_", " ")

    def _open_section(self, token: Token, inline: Token) -> None:
        level, heading = int(token.tag[1]), plain(inline.content)
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, heading))
        assert token.map is not None
        path = tuple(heading for _, heading in self._path)
        start = self._starts[token.map[0]]
        self._drafts.append(_Draft(heading, self._unique(slugify(heading)), path, start))

    def _unique(self, slug: str) -> str:
        wanted = slug
        while slug in self._slugs:
            self._slugs[wanted] += 1
            slug = f"{wanted}-{self._slugs[wanted]}"
        self._slugs[slug] = 0
        return slug

    def _lines_of(self, tokens: list[Token]) -> list[list[Line]]:
        """The text lines of a block, one list for each run of lines that belong together."""
        runs: list[list[Line]] = []
        in_table = tokens[0].type == "table_open"
        for token in tokens:
            if token.map is None:
                continue
            if token.type == "inline" and not in_table:
                runs.append(list(self._place(token.content, token.map[0])))
            elif token.type in ("fence", "code_block", "tr_open") or _is_text(token):
                first, last = token.map
                numbers = range(first + (token.type == "fence"), last - (token.type == "fence"))
                runs += [[line] for n in numbers if (line := self._whole(n))]
        return [run for run in runs if run]

    def _place(self, content: str, first: int) -> Iterator[Line]:
        """Where each line of an inline text stands in the file."""
        for number, part in enumerate(map(str.strip, content.split("\n")), first):
            source = self._line(number)
            column = len(source.rstrip()) - len(part)
            if source[column : column + len(part)] != part:
                column = source.find(part)
            if part and column >= 0:
                yield Line(part, self._starts[number] + column)

    def _whole(self, number: int) -> Line | None:
        source = self._line(number)
        text = source.strip()
        return Line(text, self._starts[number] + source.index(text)) if _WORD.search(text) else None

    def _line(self, number: int) -> str:
        last = number + 1 >= len(self._starts)
        return self._source[self._starts[number] : None if last else self._starts[number + 1] - 1]

    def _add(self, runs: list[list[Line]], kind: Kind) -> None:
        if not runs:
            return
        if not self._drafts:
            start = runs[0][0].start
            self._drafts.append(_Draft("", self._unique("top"), (), start))
        spans = [span for run in runs for span in self._sentences(run)]
        draft = self._drafts[-1]
        sentences = []
        for start, end, shown in spans:
            text = self._text[start:end]
            sentences.append(
                Sentence(text, start, end, self._name, draft.slug, draft.heading, kind,
                         self._count, shown)
            )  # fmt: skip
            self._count += 1
        if sentences:
            block = Block(kind, tuple(sentences), sentences[0].start, sentences[-1].end)
            draft.blocks.append(block)

    def _sentences(self, run: list[Line]) -> Iterator[tuple[int, int, str]]:
        """Start, end and reading text of each sentence in a run of lines."""
        for lines in [[line] for line in run] if self._by_line else [run]:
            joined = " ".join(line.text for line in lines)
            places: list[int] = []
            for line in lines:
                places += range(line.start, line.start + len(line.text) + 1)
            for start, end in [(0, len(joined))] if self._by_line else sent_spans(joined):
                text = joined[start:end].strip()
                if not _WORD.search(text):
                    continue
                first = joined.index(text, start)
                yield places[first], places[first + len(text) - 1] + 1, plain(text) or text

    def _sections(self) -> tuple[Section, ...]:
        starts = [*(draft.start for draft in self._drafts), len(self._text)]
        return tuple(
            Section(draft.slug, draft.heading, draft.path, tuple(draft.blocks), start, end)
            for draft, (start, end) in zip(self._drafts, pairwise(starts), strict=True)
        )


def _is_text(token: Token) -> bool:
    return token.type == "html_block" and bool(_WORD.search(_COMMENT.sub("", token.content)))


def _closing(tokens: list[Token], at: int) -> int:
    """The index after the block that opens at `at`."""
    depth: int = tokens[at].nesting
    while depth > 0:
        at += 1
        depth += tokens[at].nesting
    return at + 1
