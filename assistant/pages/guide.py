"""The guide to read: every section of it, and the cited sentence marked and brought into view.

Owns the address `guide?guide=NAME&s=START-END&q=DIGEST`: the places of a citation, and which words
stood there. A guide may be edited after the link was made: then the sentence of those words is
marked wherever it stands now, and if it is gone, that is said. A place that is no sentence marks
nothing, an unknown guide shows the first one.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from html import escape
from urllib.parse import urlencode

import streamlit as st

from assistant.pages.assets import scroll_into_view
from assistant.pages.parts import Site
from assistant.reply import Citation
from corpus.guide import Block, Guide, Section, Sentence

GONE = (
    '<p class="quiet" role="status">The guide has been edited since; the sentence that was quoted '
    "no longer stands in it.</p>"
)


def show(site: Site) -> None:
    """Draw the guide that the address names."""
    guides = site.guides
    chosen = _chosen(guides, str(st.query_params.get("guide", "")))
    if chosen is None:
        st.html('<p role="status">There is no guide to read at the moment.</p>')
        return
    place = _place(str(st.query_params.get("s", "")))
    if place and (asked := str(st.query_params.get("q", ""))):
        place = _place_now(chosen, place, asked)
        if place is None:
            st.html(GONE)
    if len(guides) > 1:
        _other_guides(site, guides)
    st.html(guide_html(chosen, place))
    scroll_into_view("guide")


def guide_link(citation: Citation) -> str:
    """The address of a cited sentence on this page."""
    place = {
        "guide": citation.guide,
        "s": f"{citation.start}-{citation.end}",
        "q": _digest(citation.quote),
    }
    return f"guide?{urlencode(place, errors='replace')}"


def guide_html(guide: Guide, cited: tuple[int, int] | None) -> str:
    """The whole guide, escaped, with a table of contents and the cited sentence marked."""
    named = [section for section in guide.sections if section.heading != guide.title]
    contents = "".join(
        f'<li class="depth-{_depth(each)}">'
        f'<a href="#{escape(each.slug)}">{escape(each.heading)}</a></li>'
        for each in named
    )
    body = "".join(_section(each, guide, cited) for each in guide.sections)
    return (
        f'<article class="guide"><h1>{escape(guide.title)}</h1><nav aria-label="Contents">'
        f"<details><summary>Contents</summary><ul>{contents}</ul></details></nav>{body}</article>"
    )


def _section(section: Section, guide: Guide, cited: tuple[int, int] | None) -> str:
    depth = _depth(section)
    heading = (
        f'<h{depth} id="{escape(section.slug)}">{escape(section.heading)}</h{depth}>'
        if section.heading != guide.title
        else ""
    )
    return f"<section>{heading}{''.join(_block(each, cited) for each in section.blocks)}</section>"


def _block(block: Block, cited: tuple[int, int] | None) -> str:
    sentences = [_sentence(each, cited) for each in block.sentences]
    if block.kind == "paragraph":
        return f"<p>{' '.join(sentences)}</p>"
    tag = "ol" if block.kind == "steps" else "ul"
    return f"<{tag}>{''.join(f'<li>{each}</li>' for each in sentences)}</{tag}>"


def _sentence(sentence: Sentence, cited: tuple[int, int] | None) -> str:
    shown = escape(sentence.shown)
    if cited is None or not (cited[0] < sentence.end and sentence.start < cited[1]):
        return shown
    return f'<mark id="cited" tabindex="-1">{shown}</mark>'


def _depth(section: Section) -> int:
    """The level of a section's heading; the guide's title is the only one of level 1."""
    return min(max(len(section.path), 2), 6)


def _chosen(guides: tuple[Guide, ...], name: str) -> Guide | None:
    return next((guide for guide in guides if guide.name == name), next(iter(guides), None))


def _place(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d{1,9})-(\d{1,9})", text, re.ASCII)
    return (int(found[1]), int(found[2])) if found else None


def _place_now(guide: Guide, place: tuple[int, int], digest: str) -> tuple[int, int] | None:
    """Where the words of that digest stand: at `place`, or else wherever they were moved to."""
    if _digest(guide.text[slice(*place)]) == digest:
        return place
    moved = (each for each in guide.sentences if _digest(each.text) == digest)
    return next(((each.start, each.end) for each in moved), None)


def _digest(quote: str) -> str:
    return blake2b(quote.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _other_guides(site: Site, guides: tuple[Guide, ...]) -> None:
    with st.container(key="guides", horizontal=True):
        for each in guides[:50]:
            st.page_link(site.pages["guide"], label=each.title, query_params={"guide": each.name})
