"""The web pages: chat, guide, booking, staff. Beside streamlit_app.py, all that knows Streamlit."""
