"""Builds what a serving process opens, in a process of its own.

Owns that process. Building takes more memory than serving, and within one interpreter every reply
would wait for it. Commands, which end anyway, build where they are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
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
from index.opening import is_exported
from index.weights import IndexFault

LONGEST = 3600.0  # seconds; a hundred thousand chunks take a quarter of it


def serving_assistant(settings: Settings) -> Assistant:
    """The assistant as `build_assistant` makes it, of which nothing is built in this process.

    Neither now nor after an edit of the corpus. Raises the same, and `IndexFault` with what the
    other process said.
    """

    def elsewhere() -> None:
        build_apart(settings)

    if not is_exported(settings.index_path, weights_key(LAYERS)):
        elsewhere()
    return build_assistant(settings, elsewhere=elsewhere)


def build_apart(settings: Settings, *, longest: float = LONGEST) -> None:
    """Build what is missing or out of date. Raises `IndexFault` if that fails or takes too long.

    The other process ends with this one, however this one ends.
    """
    own = {
        "SERENITY_CORPUS_DIR": str(settings.corpus_dir.resolve()),
        "SERENITY_INDEX_DIR": str(settings.index_path.resolve()),
        "SERENITY_CHROMA_URL": settings.chroma_url or "",
    }
    with subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=PROJECT, env=os.environ | own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as builder:  # fmt: skip
        try:
            ended = builder.wait(longest)
        except subprocess.TimeoutExpired:
            raise IndexFault(
                f"{settings.index_path}: building took longer than {longest:g} s and was ended"
            ) from None
        finally:
            builder.kill()
        said = builder.stdout.read().strip() if builder.stdout else ""
    if ended:
        raise IndexFault(said or f"{settings.index_path}: building ended with {ended}")


def main() -> int:
    """Build and open everything once; 1, and why on stdout, if that fails."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
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


def _end_with_parent() -> None:
    """Whoever began this holds the other end of stdin, which closes when that process ends."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
