"""Book at Serenity: a short form that becomes a request, and never says "booked".

Owns the words around the fields, the consent, and what is kept while a visitor corrects them. The
request is taken by the desk, which refuses for itself what this page should not have sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

import streamlit as st

from assistant.leads.booking import BookingLinkRefused
from assistant.leads.database import DatabaseUnavailable
from assistant.leads.desk import LeadRefused, Receipt, VisitContext
from assistant.leads.form import FormErrors, LeadForm, mint_key, validate_form
from assistant.pages.markup import heading_and_rest, stop_html
from assistant.pages.parts import Site
from assistant.pages.prefill import find_contact

TEXTS = ("name", "email", "phone", "wish", "message", "website")
TICKS = ("attach_chat", "consent")
CONSENT_VERSION = "1"
CONSENT = (
    "Serenity may use what I write here to answer my request. It is erased after {days} days, or "
    "earlier if I ask."
)
ATTACH = "Attach my chat, so that Serenity knows what I asked. It may tell about my health."
AWAY = (
    "Your request could not be saved just now. Nothing you wrote is lost; please send it again in "
    "a moment."
)
INTRO = """
<header class="welcome">
  <h1>Book at Serenity</h1>
  <p>Send a request, and a person at Serenity will answer you. Nothing is booked until they
  confirm it.</p>
</header>
"""


@dataclass(slots=True)
class Draft:
    """One form from its drawing to its receipt. `key` makes sending it twice harmless."""

    key: str = field(default_factory=mint_key)
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    receipt: Receipt | None = None
    sent: LeadForm | None = None


def show(site: Site) -> None:
    """Draw the form, what came of it, or the stop that forbids it."""
    if site.talk.stopped and site.talk.latest is not None:
        st.html(stop_html(site.talk.latest))
        st.page_link(site.pages["chat"], label="Back to the chat")
        return
    draft = st.session_state.get("draft")
    if draft is None:
        draft = st.session_state["draft"] = _new_draft(site)
    if draft.receipt is not None:
        _thanks(site, draft)
        return
    st.html(INTRO)
    _facts(site)
    _condition(site)
    _form(site, draft)


def _new_draft(site: Site) -> Draft:
    """A fresh form, with the contact that was typed into the chat, if one was."""
    section = site.talk.section
    site.live.reception.record(lambda journal: journal.form_shown(section))
    found = find_contact(site.talk.turns, site.settings.phone_region)
    for name, value in (("email", found.email), ("phone", found.phone)):
        if value and not st.session_state.get(_key(name)):
            st.session_state[_key(name)] = value
    return Draft()


def _form(site: Site, draft: Draft) -> None:
    if draft.trouble or draft.errors:
        count = len(draft.errors)
        said = draft.trouble or f"Please check {'one field' if count == 1 else f'{count} fields'}."
        st.html(f'<p class="trouble" role="alert">{escape(said)}</p>')
    with st.form("book", enter_to_submit=False):
        _text(draft, "name", "Your name", autocomplete="name")
        left, right = st.columns(2)
        with left:
            _text(draft, "email", "E-mail", autocomplete="email")
        with right:
            _text(draft, "phone", "Telephone", autocomplete="tel")
        st.html('<p class="quiet hint">An e-mail address or a telephone number is enough.</p>')
        _text(draft, "wish", "What would you like, and when?", autocomplete="off")
        st.text_area("Anything else (optional)", key=_key("message"), persist_state="session")
        _error(draft, "message")
        with st.container(key="trap"):  # hidden from people; see LeadForm.website
            _text(draft, "website", "Leave this empty", autocomplete="off")
        if site.talk.exchanges:
            st.checkbox(ATTACH, key=_key("attach_chat"), persist_state="session")
        st.checkbox(_consent(site), key=_key("consent"), persist_state="session")
        _error(draft, "consent")
        st.form_submit_button("Send request", type="primary", on_click=_send, args=(site, draft))


def _text(draft: Draft, name: str, label: str, *, autocomplete: str) -> None:
    st.text_input(label, key=_key(name), autocomplete=autocomplete, persist_state="session")
    _error(draft, name)


def _error(draft: Draft, name: str) -> None:
    """What to put right, under its field."""
    if name in draft.errors:
        st.html(f'<p class="field-error" role="alert">{escape(draft.errors[name])}</p>')


def _send(site: Site, draft: Draft) -> None:
    """Hand the form to the desk. A form that was sent already is not sent again."""
    if draft.receipt is not None:
        return
    given = {name: st.session_state.get(_key(name)) or "" for name in TEXTS}
    ticked = {name: bool(st.session_state.get(_key(name))) for name in TICKS}
    form = validate_form(
        {**given, **ticked, "idempotency_key": draft.key}, site.settings.phone_region
    )
    draft.trouble, draft.errors = "", {}
    if isinstance(form, FormErrors):
        draft.errors = dict(form.errors)
        draft.trouble = draft.errors.pop("idempotency_key", "")
        return
    try:
        draft.receipt = site.office.desk.submit(form, _context(site))
    except LeadRefused as refusal:
        draft.trouble = str(refusal)
    except DatabaseUnavailable:
        draft.trouble = AWAY
    else:
        draft.sent = form
        _empty_fields()


def _context(site: Site) -> VisitContext:
    talk = site.talk
    return VisitContext(
        session_id=talk.id, consent_text=_consent(site), consent_version=CONSENT_VERSION,
        turns=talk.turns, level=talk.level, condition=_condition_text(site),
        section=talk.section, locale=st.context.locale or "",
    )  # fmt: skip


def _thanks(site: Site, draft: Draft) -> None:
    """Request sent: the reference, what happens next, and a time to choose if the owner has one."""
    receipt = draft.receipt
    assert receipt is not None
    st.html(
        '<article class="reply thanks" role="status"><h1>Request sent</h1>'
        f'<p class="reference">{escape(receipt.reference)}</p>'
        f"<p>{escape(receipt.next_steps)}</p></article>"
    )
    _booking_link(site, draft)
    _facts(site)
    with st.container(key="onward", horizontal=True, vertical_alignment="center", gap="medium"):
        st.page_link(site.pages["chat"], label="Back to the chat")
        st.button("Send another request", type="tertiary", on_click=_begin_again)


def _booking_link(site: Site, draft: Draft) -> None:
    name, email = (draft.sent.name, draft.sent.email) if draft.sent else ("", "")
    try:
        link = site.office.booking_link(name, email)
    except (BookingLinkRefused, DatabaseUnavailable):  # the owner is told at start-up
        return
    if link:
        st.link_button("Or choose a time yourself", link)


def _facts(site: Site) -> None:
    """What the owner has set of the spa's own facts; nothing is made up for the rest."""
    settings = site.settings
    phone = "".join(sign for sign in settings.spa_phone if sign.isdigit() or sign == "+")
    rows = [
        ("Telephone", f'<a href="tel:{phone}">{escape(settings.spa_phone)}</a>' if phone else ""),
        ("Address", escape(settings.spa_address)),
        ("Hours", escape(settings.spa_hours)),
        ("Prices", escape(settings.spa_prices)),
    ]
    known = "".join(f"<div><dt>{label}</dt><dd>{text}</dd></div>" for label, text in rows if text)
    if known:
        st.html(f'<dl class="facts">{known}</dl>')


def _condition(site: Site) -> None:
    """What a clinician has to agree to first, said on the form as in the chat."""
    text = _condition_text(site)
    if text:
        st.html(
            '<div class="reply caution" role="note"><p class="kicker">Please ask first</p>'
            f"<p>{escape(text)}</p></div>"
        )


def _condition_text(site: Site) -> str:
    """The action and the why of the ask-first reply that stands, on one line."""
    caution = site.talk.caution
    if caution is None:
        return ""
    heading, rest = heading_and_rest(caution)
    return f"{heading} {rest.partition(chr(10))[0]}".strip()


def _consent(site: Site) -> str:
    return CONSENT.format(days=site.settings.retention_days)


def _begin_again() -> None:
    st.session_state.pop("draft", None)


def empty_form() -> None:
    """Forget what was typed and sent, for the next person at this device."""
    _begin_again()
    _empty_fields()


def _empty_fields() -> None:
    for name in (*TEXTS, *TICKS):
        st.session_state.pop(_key(name), None)


def _key(name: str) -> str:
    return f"book-{name}"
