"""What a page is drawn from: the live assistant and office, the other pages, this visitor's talk.

Owns the one object that pages are handed. It does not promise that the leads' database answers:
`office` then raises `DatabaseUnavailable`, and the chat goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from streamlit.navigation.page import StreamlitPage

from assistant.leads.office import Office
from assistant.pages.conversation import Conversation
from assistant.serving.live import Live
from assistant.settings import Settings
from corpus.guide import Guide


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of this process (`live`), and what belongs to one visitor."""

    live: Live
    pages: dict[str, StreamlitPage]
    talk: Conversation

    @property
    def settings(self) -> Settings:
        """The owner's settings."""
        return self.live.settings

    @property
    def guides(self) -> tuple[Guide, ...]:
        """The guides as they are served now; citations point into these very texts."""
        return self.live.assistant().guides

    @property
    def office(self) -> Office:
        """The leads' office. Raises `DatabaseUnavailable`."""
        return self.live.reception.office()
