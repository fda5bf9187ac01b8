"""`python -m assistant`: ask, check, evaluate, and look after leads and data."""

from assistant.commands import app

app(prog_name="python -m assistant")
