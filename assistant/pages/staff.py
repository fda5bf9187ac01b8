"""The staff page: its door, and the rooms behind it.

Owns who is let in for this session. No page links here. Nothing of a lead is read before the
door has opened, and the one-time token leaves the address as soon as it was used.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from assistant.leads.access import StaffAccess, TooManyAttempts
from assistant.leads.database import DatabaseUnavailable
from assistant.pages import staff_figures, staff_leads
from assistant.pages.parts import Site

INSIDE = "staff-inside"
ROOMS = {
    "Leads": staff_leads.show,
    "Funnel": staff_figures.show_funnel,
    "Not covered": staff_figures.show_unanswered,
    "Feedback": staff_figures.show_feedback,
}


def show(site: Site) -> None:
    """Draw the door, or what is behind it."""
    office = site.office
    if not st.session_state.get(INSIDE):
        _door(site)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html("<h1>Staff</h1>")
        st.button("Sign out", type="tertiary", on_click=_leave)
    for warning in office.warnings:
        st.html(f'<p class="trouble" role="status">{escape(warning)}</p>')
    room = st.segmented_control(
        "Show", list(ROOMS), default="Leads", required=True, label_visibility="collapsed",
        key="staff-room",
    )  # fmt: skip
    try:
        ROOMS[room](site)
    except DatabaseUnavailable:
        st.html('<p class="trouble" role="alert">The database does not answer. Try again soon.</p>')


def _door(site: Site) -> None:
    access = site.office.access
    token = st.query_params.get("token")
    if token:
        _redeem(access, str(token))
    st.html("<h1>Staff</h1>")
    if st.session_state.get("staff-refused"):
        st.html(f'<p class="trouble" role="alert">{escape(st.session_state["staff-refused"])}</p>')
    if site.settings.staff_password_hash:
        with st.form("staff-door"):
            st.text_input("Password", type="password", key="staff-password")
            st.form_submit_button("Sign in", type="primary", on_click=_login, args=(access,))
        return
    st.html(
        "<p>Please open the one-time link that was printed when the assistant started, or set "
        "SERENITY_STAFF_PASSWORD_HASH and start it again.</p>"
    )


def _redeem(access: StaffAccess, token: str) -> None:
    del st.query_params["token"]
    _enter(lambda: access.redeem(token, _client()), "This link was used already, or is not ours.")
    if st.session_state.get(INSIDE):
        st.rerun()


def _login(access: StaffAccess) -> None:
    password = st.session_state.pop("staff-password", "")
    _enter(lambda: access.login(password, _client()), "This is not the password.")


def _enter(attempt: Callable[[], bool], refusal: str) -> None:
    st.session_state.pop("staff-refused", None)
    try:
        if attempt():
            st.session_state[INSIDE] = True
        else:
            st.session_state["staff-refused"] = refusal
    except TooManyAttempts as error:
        st.session_state["staff-refused"] = str(error)


def _client() -> str:
    return st.context.ip_address or ""


def _leave() -> None:
    for key in [key for key in st.session_state if str(key).startswith("staff-")]:
        del st.session_state[key]
