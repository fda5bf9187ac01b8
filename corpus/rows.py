"""Reads JSON Lines into validated rows, with errors that name file, line, key and value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from corpus.folder import read_text
from corpus.guide import CorpusError

Row = TypeVar("Row", bound=BaseModel)


def read_rows(path: Path, shape: type[Row]) -> list[tuple[int, Row]]:
    """Line number (from 1) and row of each line that is not blank. Raises `CorpusError`."""
    return list(parse_rows(read_text(path).split("\n"), shape, str(path)))


def parse_rows(lines: Iterable[str], shape: type[Row], where: str) -> Iterator[tuple[int, Row]]:
    """As `read_rows`, over lines that are already there; `where` names them in errors."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, shape.model_validate_json(line)
            except ValidationError as error:
                raise CorpusError(explain(error, f"{where}:{number}")) from error


def explain(error: ValidationError, where: str) -> str:
    """One line for each fault: the place, the key, what is wrong, and the value given."""
    return "\n".join(
        f"{where}: "
        + (f"key {'.'.join(map(str, fault['loc']))!r}: " if fault["loc"] else "")
        + fault["msg"]
        + ("" if fault["type"] == "missing" else f", given {_short(fault['input'])}")
        for fault in error.errors()
    )


def _short(value: object) -> str:
    told = repr(value)
    return told if len(told) <= 120 else told[:117] + "..."
