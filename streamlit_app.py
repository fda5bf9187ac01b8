"""The web app: pages, routes, start-up and shut-down.

`streamlit run streamlit_app.py` finds `app`; any ASGI server may serve it as well. It wires, and
owns nothing: the pages are `assistant.pages`, what stands around them `assistant.serving`.
"""

import sys
from pathlib import Path

import streamlit as st

from assistant.leads.access import StaffAccessMisconfigured
from assistant.leads.routes import RouteMisconfigured
from assistant.pages import website
from assistant.pages.assets import scroll_route
from assistant.serving.app import app_options
from assistant.serving.process import live
from assistant.settings import SettingsUnreadable

try:
    options = app_options(live())
except (RouteMisconfigured, SettingsUnreadable, StaffAccessMisconfigured, ValueError) as wrong:
    sys.exit(f"The assistant cannot start. {wrong}")
options["routes"].append(scroll_route())

app = st.App(Path(website.__file__), on_script_error=website.show_trouble, **options)
