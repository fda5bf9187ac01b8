"""Reads a folder of guides.

Owns finding the files and naming what is wrong with one. Line ends are held as LF, whatever the
file has, and spans count in that text. A folder that changes while it is read is the index's care.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from corpus.edition import problems, read_head
from corpus.guide import CorpusError, Guide
from corpus.markdown import read_guide

log = logging.getLogger(__name__)

Snapshot = tuple[tuple[str, int, int], ...]


def load_guides(folder: Path) -> tuple[Guide, ...]:
    """All guides under `folder`, in the order of their names.

    Raises `CorpusError` if the folder is missing or holds no guide, a file cannot be read as
    UTF-8 text, or an edition breaks its rules. Plain Markdown is taken as it is: what an edition
    may not hold is logged as a warning, and a file without a sentence is left out.
    """
    return parse_guides(read_folder(folder), folder)


def read_folder(folder: Path) -> dict[str, str]:
    """The text of every guide by its name, in the order of the names. Raises `CorpusError`."""
    texts = {
        path.relative_to(folder).as_posix().removesuffix(".md"): read_text(path)
        for path in guide_files(folder)
    }
    if not texts:
        raise CorpusError(f"{folder}: no guide (*.md) in this folder: add one")
    return texts


def parse_guides(texts: Mapping[str, str], folder: Path) -> tuple[Guide, ...]:
    """The guides among `texts` that hold a sentence; `folder` names them in errors."""
    read = (parse_guide(name, text, folder / f"{name}.md") for name, text in texts.items())
    guides = tuple(guide for guide in read if guide.sentences)
    if not guides:
        raise CorpusError(f"{folder}: no guide (*.md) with a sentence in it: add one")
    return guides


def guide_files(folder: Path) -> list[Path]:
    """The Markdown files under `folder`, hidden ones left out, in the order of their names."""
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such folder: --corpus wants a folder of Markdown guides")
    files = (path for path in folder.rglob("*.md") if path.is_file())
    visible = [p for p in files if not any(x.startswith(".") for x in p.relative_to(folder).parts)]
    for path in visible:
        try:
            str(path).encode("utf-8")
        except UnicodeEncodeError as error:
            raise CorpusError(f"{str(path)!a}: a file name that is not UTF-8: rename it") from error
    return sorted(visible, key=lambda path: path.relative_to(folder).as_posix())


def snapshot(folder: Path) -> Snapshot:
    """Name, size and time of every guide and data file: cheap to take, different after an edit."""
    found = []
    for path in sorted((*folder.rglob("*.md"), *folder.rglob("*.jsonl"))):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns))
    return tuple(found)


def parse_guide(name: str, text: str, path: Path, *, warn: bool = True) -> Guide:
    """One guide from its text, which may hold no sentence if it is plain Markdown.

    Raises `CorpusError`, naming `path`, where an edition breaks its rules.
    """
    head = read_head(text, str(path))
    guide = read_guide(name, text, body=head.body, title=head.title, lines=head.edition)
    found = [f"{path}:{line}: {what}" for line, what in problems(guide, head.body)]
    if not guide.sentences:
        found.append(f"{path}: holds no sentence: write one, or take the file out")
    if head.edition and found:
        raise CorpusError("\n".join(found))
    for told in found if warn else ():
        log.warning("%s", told)
    return guide


def read_text(path: Path) -> str:
    """The file's text with LF line ends. Raises `CorpusError` if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}: not UTF-8 text (byte {error.start} is {error.object[error.start]:#04x}): "
            "save it as UTF-8"
        ) from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror}): check the file") from error
