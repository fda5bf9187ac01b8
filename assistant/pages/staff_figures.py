"""The owner's figures: the funnel as a chart, questions asked in vain, feedback.

Owns the drawing. The chart is a table with bars, so that it can be read aloud, needs no chart
library, and keeps the page small. It does not explain the figures; see `assistant.leads.figures`.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

from assistant.leads.figures import FunnelRow, UnansweredGroup
from assistant.pages.parts import Site

STEPS = (
    ("Asked", "questions"), ("Answered", "answered"), ("Offered", "offered"),
    ("Form", "form_shown"), ("Sent", "sent"),
)  # fmt: skip
ALL_WEEKS = "all weeks"


def show_funnel(site: Site) -> None:
    """From question to request, by section of the guide for one week, and by week."""
    rows = site.office.figures.funnel()
    if not rows:
        st.html('<p role="status">Nobody has asked yet.</p>')
        return
    weeks = list(dict.fromkeys(row.week for row in rows))
    week = st.selectbox("Week", [ALL_WEEKS, *weeks], key="staff-week")
    chosen = [row for row in rows if week in (ALL_WEEKS, row.week)]
    sections = [(_named(site, key), counts) for key, counts in _sums(chosen, "section").items()]
    st.html(_chart("By section of the guide", "Section", sections))
    st.html(_chart("By week", "Week", [*_sums(rows, "week").items()]))


def show_unanswered(site: Site) -> None:
    """What people asked in vain, under the nearest topic, most frequent first."""
    groups = site.office.figures.unanswered()
    if not groups:
        st.html('<p role="status">Every question so far was covered.</p>')
    for group in groups:
        st.html(_group(group, _named(site, group.nearest)))


def show_feedback(site: Site) -> None:
    """The newest thumbs, with their words and the sentences they are about."""
    rows = site.office.figures.feedback()
    if not rows:
        st.html('<p role="status">No feedback yet.</p>')
    for row in rows:
        thumb = "Helpful" if row.helpful else "Not helpful"
        word = f"<p>“{escape(row.word)}”</p>" if row.word else ""
        about = " ".join(row.sentences) or row.section
        st.html(
            f'<div class="lead"><span class="tag {"" if row.helpful else "warn"}">{thumb}</span> '
            f'<time>{row.at:%d %b %Y, %H:%M}</time>{word}<p class="quiet">{escape(about)}</p></div>'
        )


def _named(site: Site, section: str) -> str:
    """The heading of a section; its slug if a changed guide has it no more."""
    headings = {each.slug: each.heading for guide in site.guides for each in guide.sections}
    return headings.get(section, section) or "no section"


def _sums(rows: Iterable[FunnelRow], by: str) -> dict[str, list[int]]:
    """Each step added up by section or week, in the order in which they come."""
    sums: dict[str, list[int]] = {}
    for row in rows:
        counts = sums.setdefault(getattr(row, by), [0] * len(STEPS))
        for place, (_, step) in enumerate(STEPS):
            counts[place] += getattr(row, step)
    return sums


def _chart(caption: str, first: str, sums: list[tuple[str, list[int]]]) -> str:
    most = max((count for _, counts in sums for count in counts), default=0) or 1
    heads = "".join(f'<th scope="col">{label}</th>' for label, _ in STEPS)
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{_cells(counts, most)}</tr>'
        for name, counts in sums
    )
    return (
        f'<table class="funnel"><caption>{caption}</caption><thead><tr><th scope="col">{first}</th>'
        f"{heads}</tr></thead><tbody>{lines}</tbody></table>"
    )


def _cells(counts: list[int], most: int) -> str:
    return "".join(
        f'<td><span class="bar" style="width:{100 * count / most:.1f}%"></span>{count:,}</td>'
        for count in counts
    )


def _group(group: UnansweredGroup, nearest: str) -> str:
    lines = "".join(
        f'<li>{escape(each.text)} <span class="tag">{each.count}</span></li>'
        for each in group.questions
    )
    return (
        f'<div class="lead"><b>{escape(nearest)}</b> <span class="tag">{group.count}</span>'
        f"<ul>{lines}</ul></div>"
    )
