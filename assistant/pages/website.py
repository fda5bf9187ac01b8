"""The script that Streamlit runs for each visitor and each of their actions.

Owns the frame around the pages: the look, the bar with the way to everything, and one clear page
when the assistant cannot be had. What the pages show is theirs.
"""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st

from assistant.pages import book, chat, guide, staff
from assistant.pages.conversation import Conversation
from assistant.pages.parts import Site
from assistant.serving.process import live

log = logging.getLogger(__name__)

ICON = Path(__file__).with_name("leaf.svg")
LOOK = Path(__file__).with_name("look.css")
CLOSED = """
<article class="reply" role="alert">
  <h1>The assistant cannot start</h1>
  <p>Please come back in a little while. If you feel unwell, do not wait: call your local emergency
  number or see a clinician.</p>
  <p class="quiet">For the owner: what is wrong, and what to do, is written where the assistant was
  started.</p>
</article>
"""
TROUBLE = (
    '<p class="trouble" role="alert">Something went wrong here. Please reload the page. '
    "If you feel unwell, do not wait: call your local emergency number or see a clinician.</p>"
)


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config("Serenity: back massage guide", str(ICON), layout="centered")
    st.html(LOOK)
    try:
        site = Site(live(), {}, _talk())
        site.live.assistant()
    except Exception as error:  # noqa: BLE001, the owner reads it, the visitor does not
        log.error("the page cannot be shown: %s", error)  # noqa: TRY400
        st.html(CLOSED)
        return
    site.pages.update(
        chat=st.Page(lambda: chat.show(site), title="Ask about back massage", default=True),
        guide=st.Page(lambda: guide.show(site), title="The guide", url_path="guide"),
        book=st.Page(lambda: book.show(site), title="Book at Serenity", url_path="book"),
        staff=st.Page(lambda: staff.show(site), title="Staff", url_path="staff"),
    )
    page = st.navigation(list(site.pages.values()), position="hidden")
    _bar(site)
    page.run()


def show_trouble(error: Exception) -> bool:
    """For `st.App(on_script_error=…)`: a sentence for the visitor, the error's kind for the log."""
    log.error("a page failed with %s", type(error).__name__)
    st.html(TROUBLE)
    return True


def _talk() -> Conversation:
    talk: Conversation = st.session_state.setdefault("talk", Conversation())
    return talk


def _bar(site: Site) -> None:
    """The way to everything, and to a booking unless a stop forbids it."""
    with st.container(key="bar", horizontal=True, vertical_alignment="center"):
        st.page_link(site.pages["chat"], label="Serenity")
        st.page_link(site.pages["guide"], label="Guide")
        if not site.talk.stopped:
            st.page_link(site.pages["book"], label="Book at Serenity")


if __name__ == "__main__":
    main()
