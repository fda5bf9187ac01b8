"""A Reply as HTML: paragraphs, steps, and citations at the sentence that open on the spot.

Owns the escaping: every text of a visitor, guide or model passes `html.escape` here, and the tags
around it are constant. HTML and not Markdown, because escaping HTML is one complete function,
while Markdown has no end of signs to escape (links, `$`, `:red[…]`, emoji names); and because
`<details>` opens a quote at its sentence, by mouse or keyboard, without asking the server. The
browser cleans it once more (`st.html` runs DOMPurify, scripts off).

It does not judge a reply: what it gets was checked before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby

from assistant.pages.guide import guide_link
from assistant.reply import Citation, Reply, Source

SHOWN = 600  # characters of a visitor's message that are repeated on the page
_STEP = re.compile(r"^\d+[.)]\s+")
_BULLET = re.compile(r"^[-*•]\s+")
_MARK = re.compile(r"\[(\d{1,3})\]")
# The numbers of corpus/safety/replies.yaml; letters may touch them, as in Chinese.
_EMERGENCY = re.compile(
    r"(?<![\d.,/-])(?<!\d )(0800 111 0 111|116 123|12356|911|999|112|111|120|188|192|988)"
    r"(?!\d|[.,/-]\d| \d)"
)
_WHERE = {"911": " (US)", "999": " (UK)", "112": " (EU)"}
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def question_html(question: str) -> str:
    """A visitor's message as they sent it, shortened if it is very long."""
    text = _UNSEEN.sub("", question).strip() or "…"
    text = text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()} …"
    return f'<div class="said" dir="auto"><span class="unseen">You: </span>{escape(text)}</div>'


def reply_html(reply: Reply, *, newest: bool = False) -> str:
    """A reply that is no stop. The newest one is read out by screen readers."""
    kind = "caution" if reply.level == "ask_first" else reply.kind.replace("_", "-")
    live = ' aria-live="polite"' if newest else ""
    body = _blocks(reply.text, {each.n: each for each in reply.citations})
    sources = _sources(reply.sources) if reply.kind == "safety" else ""
    return f'<article class="reply {kind}"{live}>{_TITLES.get(kind, "")}{body}{sources}</article>'


def stop_html(reply: Reply) -> str:
    """A stop in full: its first line is the heading, its numbers can be tapped."""
    heading, rest = heading_and_rest(reply)
    body = _EMERGENCY.sub(_telephone, _blocks(rest, {}))
    return (
        f'<article class="stop {reply.level}" role="alert"><h2>{_with_numbers(heading)}</h2>'
        f"{body}{_sources(reply.sources)}</article>"
    )


def banner_html(reply: Reply) -> str:
    """The stop in one line, for above the input, as long as it holds."""
    heading, rest = heading_and_rest(reply)
    numbers = dict.fromkeys(_EMERGENCY.findall(f"{heading} {rest}"))
    calls = "".join(
        f'<a class="call" href="tel:{_dialled(each)}">Call {each}{_WHERE.get(each, "")}</a>'
        for each in numbers
    )
    return (
        f'<section class="banner {reply.level}" aria-label="Safety first">'
        f"<strong>{escape(heading)}</strong>{calls}</section>"
    )


def heading_and_rest(reply: Reply) -> tuple[str, str]:
    """The first line, or the first sentence of a single line, and what follows."""
    heading, _, rest = reply.text.strip().partition("\n")
    if not rest:
        found = re.match(r"(.{10,160}?[.!?])\s+(?=\S)", heading)
        if found:
            return found[1], heading[found.end() :]
    return heading, rest.strip()


_TITLES: Mapping[str, str] = {
    "not-covered": '<p class="kicker">Not in the guide</p>',
    "caution": '<p class="kicker">Please ask first</p>',
}


def _blocks(text: str, citations: Mapping[int, Citation]) -> str:
    """Lines as paragraphs; lines that open with a number or a dash as lists."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(_group(kind, list(each), citations) for kind, each in groupby(lines, _kind))


def _kind(line: str) -> str:
    if _STEP.match(line):
        return "ol"
    return "ul" if _BULLET.match(line) else "p"


def _group(kind: str, lines: list[str], citations: Mapping[int, Citation]) -> str:
    if kind == "p":
        return "".join(f'<div class="para">{_cited(line, citations)}</div>' for line in lines)
    opening = _STEP if kind == "ol" else _BULLET
    items = (f"<li>{_cited(opening.sub('', line), citations)}</li>" for line in lines)
    return f"<{kind}>{''.join(items)}</{kind}>"


def _cited(line: str, citations: Mapping[int, Citation]) -> str:
    """The line with its `[n]` turned into citations that open; other brackets stay text."""

    def opened(found: re.Match[str]) -> str:
        citation = citations.get(int(found[1]))
        return found[0] if citation is None else _citation(citation)

    return re.sub(rf"\s*{_MARK.pattern}", opened, escape(line)) if citations else escape(line)


def _citation(citation: Citation) -> str:
    heading = escape(citation.heading)
    return (
        f'<details class="cite"><summary aria-label="Source {citation.n}: {heading}">'
        f'{citation.n}</summary><span class="quote"><q>{escape(citation.quote)}</q>'
        f'<span class="place">{heading} · <a href="{escape(guide_link(citation))}" '
        f'target="_blank">Read it in the guide</a></span></span></details>'
    )


def _sources(sources: Iterable[Source]) -> str:
    """Where a safety rule comes from, and that nobody has reviewed our wording, while so."""
    sources = tuple(sources)
    if not sources:
        return ""
    links = ", ".join(
        f'<a href="{escape(each.url)}" target="_blank">{escape(each.title)}</a>'
        if each.url.startswith("https://")
        else escape(each.title)
        for each in sources
    )
    return f'<p class="sources">Source: {links}</p>'


def _with_numbers(text: str) -> str:
    return _EMERGENCY.sub(_telephone, escape(text))


def _telephone(found: re.Match[str]) -> str:
    return f'<a href="tel:{_dialled(found[1])}">{found[1]}</a>'


def _dialled(number: str) -> str:
    return number.replace(" ", "")
