"""Leads for staff: the list a page at a time, and one lead in full to work on.

Owns how a lead is shown and which buttons it has. Visitors' words are escaped; what did not reach
the spa is red.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.leads.listing import Delivery, LeadDetail, LeadRow
from assistant.leads.notice import Notice
from assistant.leads.office import Office
from assistant.leads.outbox import SPA_ROUTES, NotReplayable
from assistant.leads.staff import NoSuchLead
from assistant.leads.tables import STATES, State
from assistant.pages.parts import Site

PER_PAGE = 20
OPEN = "staff-lead"


def show(site: Site) -> None:
    """Draw the list, or the lead that is open."""
    office = site.office
    reference = st.session_state.get(OPEN)
    if reference is None:
        _list(office)
        return
    try:
        detail = office.staff.lead(reference)
    except NoSuchLead as error:
        st.html(f'<p class="trouble" role="alert">{escape(str(error))}</p>')
        detail = None
    st.button("All leads", icon=":material/arrow_back:", type="tertiary", on_click=_close)
    if detail is not None:
        _lead(office, detail)


def _list(office: Office) -> None:
    _stuck(office)
    search, state, undelivered = _filters()
    asked = (search, state, undelivered)
    if st.session_state.get("staff-asked") != asked:  # another question starts on page 1
        st.session_state["staff-asked"], st.session_state["staff-page"] = asked, 1
    page = office.staff.leads(
        search=search, state=state, undelivered=undelivered,
        page=st.session_state["staff-page"], per_page=PER_PAGE,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        count = "1 lead" if page.total == 1 else f"{page.total:,} leads"
        st.html(f'<p role="status">{count}, page {page.page} of {page.pages}</p>')
        _turn("Newer", -1, disabled=page.page <= 1)
        _turn("Older", 1, disabled=page.page >= page.pages)
        st.download_button(
            "CSV", lambda: office.staff.export_csv().encode("utf-8-sig"), "leads.csv", "text/csv",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    for row in page.rows:
        line, button = st.columns([6, 1], vertical_alignment="center")
        line.html(_row(row))
        button.button(
            "Open", key=f"staff-open-{row.reference}", on_click=_open, args=(row.reference,)
        )


def _stuck(office: Office) -> None:
    """Said on every page of the list: a dead letter may belong to a lead of long ago."""
    standing = office.outbox.standing(SPA_ROUTES)
    if standing.dead:
        count = "1 delivery was" if standing.dead == 1 else f"{standing.dead:,} deliveries were"
        st.html(
            f'<p class="trouble" role="status">{count} given up. Tick “Not delivered only”, open '
            "the lead, and send it again.</p>"
        )


def _filters() -> tuple[str, State | None, bool]:
    words, states, stuck = st.columns([3, 2, 2], vertical_alignment="bottom")
    search = words.text_input("Search", key="staff-search", max_chars=100) or ""
    choice = states.selectbox("State", STATES, index=None, placeholder="any", key="staff-state")
    undelivered = stuck.checkbox("Not delivered only", key="staff-undelivered")
    return search, choice, undelivered


def _turn(label: str, by: int, *, disabled: bool) -> None:
    def turn() -> None:
        st.session_state["staff-page"] += by

    st.button(label, disabled=disabled, on_click=turn, key=f"staff-turn-{by}")


def _row(row: LeadRow) -> str:
    contact = " · ".join(escape(each) for each in (row.name, row.email, row.phone) if each)
    spam = '<span class="tag warn">may be spam</span>' if row.suspicions else ""
    again = f'<span class="tag">asked {row.requests} times</span>' if row.requests > 1 else ""
    return (
        f'<div class="lead"><span><b>{escape(row.reference)}</b> '
        f"<time>{row.last_at:%d %b %Y, %H:%M}</time></span>"
        f'<span class="tag">{escape(row.state)}</span>{_reach(row.reach)}{again}{spam}'
        f'<div>{contact}</div><div class="quiet">{escape(row.wish)}</div></div>'
    )


def _reach(reach: str) -> str:
    return f'<span class="tag {"bad" if reach == "undelivered" else ""}">{escape(reach)}</span>'


def _lead(office: Office, detail: LeadDetail) -> None:
    row = detail.row
    st.html(_row(row))
    if row.suspicions:
        st.html(f'<p class="trouble">May be spam: {escape("; ".join(row.suspicions))}</p>')
    st.segmented_control(
        "State", STATES, default=row.state, required=True, key=f"staff-state-{row.reference}",
        on_change=lambda: office.staff.set_state(
            row.reference, st.session_state[f"staff-state-{row.reference}"]
        ),
    )  # fmt: skip
    for notice in reversed(detail.requests):
        st.html(_request(notice))
    for delivery in detail.deliveries:
        _delivery(office, delivery)
    _notes(office, detail)


def _request(notice: Notice) -> str:
    rows = [
        ("Asked", f"{notice.at:%d %b %Y, %H:%M} UTC"), ("Name", notice.name),
        ("E-mail", notice.email), ("Telephone", notice.phone), ("Wish", notice.wish),
        ("Message", notice.message), ("Locale", notice.locale),
        ("Consent", f"{notice.consent_text} (version {notice.consent_version})"),
    ]  # fmt: skip
    if notice.conversation is not None:
        rows.append(("Please ask first", notice.conversation.condition))
        rows.append(("Chat", "\n".join(notice.conversation.turns)))
    known = "".join(
        f"<div><dt>{label}</dt><dd>{escape(text)}</dd></div>" for label, text in rows if text
    )
    return f'<dl class="facts">{known}</dl>'


def _delivery(office: Office, delivery: Delivery) -> None:
    dead = delivery.state == "dead"
    with st.container(horizontal=True, vertical_alignment="center"):
        error = f": {escape(delivery.last_error)}" if delivery.last_error else ""
        st.html(
            f"<p>{_reach('undelivered' if dead else delivery.state)} by {escape(delivery.route)}, "
            f"{delivery.attempts} tries{error}</p>"
        )
        if dead:
            key = f"staff-replay-{delivery.message_id}"
            st.button("Send again", key=key, on_click=_replay, args=(office, delivery.message_id))
    if st.session_state.get("staff-replay-trouble"):
        said = escape(st.session_state.pop("staff-replay-trouble"))
        st.html(f'<p class="trouble" role="alert">{said}</p>')


def _replay(office: Office, message_id: str) -> None:
    try:
        office.staff.replay(message_id)
    except NotReplayable as error:
        st.session_state["staff-replay-trouble"] = str(error)


def _notes(office: Office, detail: LeadDetail) -> None:
    written = "".join(
        f"<li><time>{note.at:%d %b %Y, %H:%M}</time> {escape(note.text)}</li>"
        for note in detail.notes
    )
    if written:
        st.html(f'<ul class="notes">{written}</ul>')
    with st.form("staff-note", clear_on_submit=True):
        text = st.text_area("Note", key="staff-note-text", max_chars=2000)
        if st.form_submit_button("Add note") and text and text.strip():
            office.staff.add_note(detail.row.reference, text)
            st.rerun()


def _open(reference: str) -> None:
    st.session_state[OPEN] = reference


def _close() -> None:
    st.session_state.pop(OPEN, None)
