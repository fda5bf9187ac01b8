"""`python -m assistant.serving`: check what can be checked, build the index, serve the page.

Owns the order and the words of a failed start: one message, exit code 1. The assistant is opened
here, before anything listens, and then served by Streamlit in this very process; what has to be
built is built by another.
"""

from __future__ import annotations

import logging
import os
import runpy
import socket
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from assistant.serving.app import app_options
from assistant.serving.settings import ServingSettings
from assistant.settings import PROJECT, Settings, SettingsUnreadable, read_settings

PAGE = PROJECT / "streamlit_app.py"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 an address to listen on, and none to visit


class CannotStart(Exception):
    """The page cannot be served; the message is for whoever started it."""


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the page until stopped."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("assistant").setLevel(logging.INFO)
    try:
        settings = read_settings(Settings)
        check_folder(settings.data_dir)
        check_port(address, port)
        if "public_url" not in read_settings(ServingSettings).model_fields_set:
            here = "localhost" if address in EVERYWHERE else address
            os.environ["SERENITY_PUBLIC_URL"] = f"http://{here}:{port}"
        _open()
    except (CannotStart, SettingsUnreadable) as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    options = ["--server.port", str(port), "--server.address", address]
    sys.argv = ["streamlit", "run", str(PAGE), *options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def open_or_exit() -> None:
    """Open the assistant and let it go again; exits with 1 and a message if that fails."""
    try:
        _open()
    except CannotStart as error:
        typer.echo(error, err=True)
        raise SystemExit(1) from None


def check_port(address: str, port: int) -> None:
    """Raises `CannotStart` if nothing can listen there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} on {address} cannot be used ({error.strerror}). Stop what uses it, "
                f"or choose another port: make chat PORT={port + 1 if port < 65535 else 8501}"
            ) from None


def check_folder(folder: Path) -> None:
    """Raises `CannotStart` if the data folder cannot be made or written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"room")
            file.flush()
    except OSError as error:
        raise CannotStart(
            f"The data folder {folder} cannot be written ({error.strerror}). Make it writable, "
            "make room, or name another one: SERENITY_DATA_DIR=/path make chat"
        ) from None


def _open() -> None:
    """Open what the page will use. Whatever keeps it from opening is told in one message."""
    try:
        from assistant.serving.process import live

        app_options(live())
        live().assistant()
    except Exception as error:
        raise CannotStart(f"The assistant cannot start. {error or type(error).__name__}") from error


if __name__ == "__main__":
    typer.run(serve)
