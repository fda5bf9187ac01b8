"""Serving: the assistant as a web application beside the pages.

Owns start-up and shut-down, the HTTP routes, the caps and the security headers. It knows no
Streamlit: `streamlit_app.py` hands `app.app_options` to `st.App`, pages ask `process.live`.
"""
