"""Builds what a serving process opens, in a process of its own.

Owns that process. Building takes more memory than serving, and within one interpreter every reply
would wait for it. Commands, which end anyway, build where they are.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

import typer

from assistant.assembly import build_assistant
from assistant.chain import Assistant
from assistant.reading.calibration import UnreadableCalibration
from assistant.reading.labels import weights_key
from assistant.reading.reader import LAYERS
from assistant.settings import PROJECT, Settings, SettingsUnreadable, read_settings
from corpus.guide import CorpusError
from corpus.safety import SafetyError
from index.opening import is_built
from index.weights import IndexFault


def serving_assistant(settings: Settings) -> Assistant:
    """The assistant as `build_assistant` makes it, of which nothing is built in this process.

    Neither now nor after an edit of the corpus. Raises the same, and `IndexFault` with what the
    other process said.
    """
    build_apart(settings)
    return build_assistant(settings, before_refresh=lambda: build_apart(settings))


def build_apart(settings: Settings) -> None:
    """Build what is missing or out of date. Raises `CorpusError` and `IndexFault`."""
    if is_built(settings.corpus_dir, settings.index_path, weights_key(LAYERS)):
        return
    own = {
        "SERENITY_CORPUS_DIR": str(settings.corpus_dir.resolve()),
        "SERENITY_INDEX_DIR": str(settings.index_path.resolve()),
        "SERENITY_CHROMA_URL": settings.chroma_url or "",
    }
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        check=False, cwd=PROJECT, env=os.environ | own, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        said = done.stdout.strip() or f"building the index ended with {done.returncode}"
        raise IndexFault(said)


def main() -> int:
    """Build and open everything once; 1, and why on stdout, if that fails."""
    typer.echo("Building the index …", err=True)
    with suppress(OSError):
        os.nice(10)  # replies come first
    try:
        settings = read_settings(Settings).model_copy(update={"model": None})  # it builds nothing
        build_assistant(settings)
    except (
        CorpusError, IndexFault, SafetyError, SettingsUnreadable, UnreadableCalibration,
    ) as error:  # fmt: skip
        typer.echo(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
