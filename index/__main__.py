"""The commands `python -m index build` and `python -m index search`."""

from index.commands import run

run()
