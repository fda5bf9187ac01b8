"""The one `Live` of this process, made from the environment.

Owns a single global, because Streamlit runs pages as scripts and nothing can be handed to them.
"""

from __future__ import annotations

import threading

from assistant.building import serving_assistant
from assistant.serving.live import Live
from assistant.serving.settings import ServingSettings
from assistant.settings import Settings, read_settings

_one = threading.Lock()
_live: Live | None = None


def live() -> Live:
    """The live parts of this process, made at the first call; nothing is opened yet.

    The pages' way to the assistant (`live().ask(turns)`) and to the leads' office
    (`live().reception.office()`). Raises `SettingsUnreadable`, `RouteMisconfigured` and
    `StaffAccessMisconfigured` on wrong settings.
    """
    global _live  # noqa: PLW0603, see the module
    with _one:
        if _live is None:
            _live = Live(read_settings(Settings), read_settings(ServingSettings), serving_assistant)
        return _live
