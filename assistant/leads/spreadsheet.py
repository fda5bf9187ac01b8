"""Leads as CSV that a spreadsheet shows and never runs.

Owns the escaping: an apostrophe goes before every sign that could open a formula, at the start
of a cell and wherever a spreadsheet with another separator would see such a start, also behind
spaces and quotes. Telephone numbers get it too. It does not promise to be read back to the
letter: it is for people.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# A sign that opens a formula, where a cell begins: at the start, or behind any sign at which a
# spreadsheet may split; spaces and quotes between the two are passed over, as importers do.
_OPENING = r"[\s\"'“”‘’]*(?=[=+\-@＝＋－＠−])"
_AT_START = re.compile(_OPENING)
_INSIDE = re.compile(rf"[,;|\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]{_OPENING}")


def disarm(cell: str) -> str:
    """The cell with nothing in it that opens a formula."""
    cell = cell.replace("\t", " ").replace("\r", "\n")  # both open a cell of their own
    cell = _INSIDE.sub(lambda found: f"{found[0]}'", cell)
    start = _AT_START.match(cell)
    return cell if start is None else f"{start[0]}'{cell[start.end() :]}"


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Every cell disarmed and quoted. Save it as UTF-8 with a mark (`utf-8-sig`) for Excel."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    for row in rows:
        writer.writerow([disarm(str(cell)) for cell in row])
    return out.getvalue()
