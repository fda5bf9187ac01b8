"""The web app: pages, routes, start-up and shut-down.

`streamlit run streamlit_app.py` finds `app`; any ASGI server may serve it as well. It wires, and
owns nothing: the pages are `assistant.pages`, what stands around them `assistant.serving`.
"""

from pathlib import Path

import streamlit as st

from assistant.pages import website
from assistant.pages.assets import scroll_route
from assistant.serving.app import app_options
from assistant.serving.process import live

options = app_options(live())
options["routes"].append(scroll_route())

app = st.App(Path(website.__file__), on_script_error=website.show_trouble, **options)
