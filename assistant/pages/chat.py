"""The chat: the welcome, the talk so far, and what a visitor can do next.

Owns what is shown around a reply. It asks the assistant in the input's callback, before anything
is drawn, so that each question costs one run of the page and the reply appears whole. Under a
stop there is nothing but the stop, on the page and once more above the input.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import streamlit as st

from assistant import phrases
from assistant.cleaning import LONGEST_MESSAGE, bounded
from assistant.leads.journal import Thumb
from assistant.pages.assets import scroll_into_view
from assistant.pages.book import empty_form
from assistant.pages.conversation import Exchange
from assistant.pages.markup import banner_html, question_html, reply_html, stop_html
from assistant.pages.parts import Site
from assistant.pages.record import record_reply, record_thumb, record_word
from assistant.reply import Reply
from assistant.serving.live import BUSY_TEXT
from assistant.serving.pool import Busy, TookTooLong

log = logging.getLogger(__name__)

STARTERS = (
    "How long should a session be?",
    "How do I do kneading?",
    "Can I press on the backbone?",
    "What do I need to prepare?",
)
WELCOME = """
<header class="welcome">
  <h1>Ask about back massage</h1>
  <p>I am an automated assistant. I answer with sentences of Serenity&rsquo;s guide and show you
  where each one stands. Where the guide is silent, I say so.</p>
  <p class="quiet">This is not medical care. In an emergency, call your local emergency number.</p>
</header>
"""
LONGEST_TALK = 120  # messages
LONGEST_ALL = LONGEST_MESSAGE  # characters of all messages


@dataclass(slots=True)
class Given:
    """The thumb of the newest reply, and whether a word was added to it."""

    about: Exchange
    thumb: Thumb | None
    said: bool = False


def show(site: Site) -> None:
    """Draw the chat."""
    talk = site.talk
    if not talk.exchanges:
        _welcome(site)
    for place, exchange in enumerate(talk.exchanges):
        _exchange(exchange, newest=place == len(talk.exchanges) - 1)
    if talk.latest is not None and not talk.stopped:
        _onward(site, talk.latest)
    if talk.exchanges:
        scroll_into_view(len(talk.exchanges))
    _input(site)


def ask(site: Site, question: str | None = None) -> None:
    """Put a question, or what was typed, to the assistant; it never raises."""
    said = question if question is not None else st.session_state.get("question") or ""
    said = bounded(said)  # more is not read, so nothing more is kept
    reply = _reply(site, said)
    site.talk.add(said, reply)
    record_reply(site.live.reception, said, reply)


def _start_over(site: Site) -> None:
    """The next person at this device finds neither talk nor form."""
    site.talk.start_over()
    empty_form()
    st.session_state.pop("thumb-given", None)


def _reply(site: Site, question: str) -> Reply:
    try:
        return site.live.ask((*site.talk.turns, question))
    except (Busy, TookTooLong):
        return _held(site, BUSY_TEXT)
    except Exception as error:  # noqa: BLE001, a visitor sees a sentence, whatever happened
        # Without the traceback: it could hold what the visitor wrote.
        log.error("a reply failed with %s", type(error).__name__)  # noqa: TRY400
        return _held(site, phrases.FAILED)


def _held(site: Site, sentence: str) -> Reply:
    """No reply came: a stop that holds goes on, anything else gets the sentence."""
    latest = site.talk.latest
    return latest if latest is not None and latest.is_stop else Reply("small_talk", sentence)


def _welcome(site: Site) -> None:
    st.html(WELCOME)
    _questions(site, _starters(site), "starter")


def _starters(site: Site) -> tuple[str, ...]:
    """Ours for our guide; for another guide, its own headings."""
    guides = site.guides
    if any(guide.name == "back-massage" for guide in guides):
        return STARTERS
    headings = [each.heading for guide in guides for each in guide.sections if each.blocks]
    return tuple(f"What does the guide say about {heading}?" for heading in headings[1:5])


def _exchange(exchange: Exchange, *, newest: bool) -> None:
    reply = exchange.reply
    shown = stop_html(reply) if reply.is_stop else reply_html(reply, newest=newest)
    st.html(question_html(exchange.question) + shown)


def _onward(site: Site, reply: Reply) -> None:
    """What may follow a reply: the offer, further questions, a thumb."""
    if reply.handoff is not None:
        with st.container(key="offer"):
            st.page_link(site.pages["book"], label=_plain(reply.handoff.label))
    _questions(site, reply.suggestions, "next")
    if reply.kind in ("answer", "not_covered"):
        _thumbs(site, site.talk.exchanges[-1])


def _questions(site: Site, questions: tuple[str, ...], name: str) -> None:
    if not questions:
        return
    with st.container(key=f"{name}s", horizontal=True, gap="small"):
        for place, question in enumerate(questions):
            key = f"{name}-{len(site.talk.exchanges)}-{place}"
            st.button(_plain(question), key=key, on_click=ask, args=(site, question))


@st.fragment
def _thumbs(site: Site, exchange: Exchange) -> None:
    """Was this helpful: kept at once; then a word may follow, and completes it."""
    given = st.session_state.get("thumb-given")
    if given is None or given.about is not exchange:
        with st.container(key="feedback", horizontal=True, vertical_alignment="center"):
            st.html('<span class="quiet">Was this helpful?</span>', width="content")
            key = f"thumb-{len(site.talk.exchanges)}"
            st.feedback("thumbs", key=key, on_change=_keep_thumb, args=(site, exchange, key))
        return
    st.html('<p class="quiet" role="status">Thank you.</p>')
    if given.said:
        return
    with (
        st.form("form-word", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("A word on it, if you like", key="word", max_chars=300)
        st.form_submit_button("Send", on_click=_keep_word, args=(site, given))


def _keep_thumb(site: Site, exchange: Exchange, key: str) -> None:
    thumb = record_thumb(site.live.reception, exchange.reply, helpful=st.session_state[key] == 1)
    st.session_state["thumb-given"] = Given(exchange, thumb)


def _keep_word(site: Site, given: Given) -> None:
    record_word(site.live.reception, given.thumb, st.session_state["word"] or "")
    given.said = True


def _input(site: Site) -> None:
    """The input at the foot of the page, under a stop that holds and the way to begin again."""
    talk = site.talk
    with st.bottom:
        if talk.latest is not None and talk.stopped:
            st.html(banner_html(talk.latest))
        if talk.exchanges:
            with st.container(key="foot", horizontal=True, vertical_alignment="center"):
                st.html('<p class="quiet">Automated assistant, not medical care.</p>')
                st.button(
                    "Start over", key="start-over", type="tertiary", on_click=_start_over,
                    args=(site,),
                )  # fmt: skip
        full = len(talk.exchanges) >= LONGEST_TALK or sum(map(len, talk.turns)) >= LONGEST_ALL
        st.chat_input(
            "Ask about back massage", key="question", on_submit=ask, args=(site,), disabled=full,
        )  # fmt: skip
    if full:
        st.html('<p class="quiet" role="status">This talk is long. Please start over.</p>')


def _plain(label: str) -> str:
    """A label with every sign escaped that Streamlit would read as Markdown."""
    return "".join(f"\\{sign}" if sign in _MARKDOWN else sign for sign in label)


_MARKDOWN = frozenset(r"\`*_{}[]()#+-.!|<>~$:&^=")
