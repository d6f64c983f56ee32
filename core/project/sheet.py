"""Tables as CSV files that spreadsheets open without running anything in them."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from core.project import atomic


def write_sheet(rows: Sequence[Sequence[object]], path: Path) -> None:
    """Write rows, the first one the titles; whole or not at all. None is an empty cell.

    Text that a spreadsheet could run is `quoted`. Names come back byte for byte (UTF-8, other bytes as they are).
    Raises UserError DISK_FULL or CANNOT_WRITE.
    """
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)  # lines end as RFC 4180 has it; with "\n" alone, a "\r" in a name would go unquoted
    writer.writerows([quoted(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    atomic.write_bytes(path, sheet.getvalue().encode("utf-8", "surrogateescape"))


def quoted(text: str) -> str:
    """The text as a cell that stays text: one `'` more before `= + - @`, a control character, or `'` before those."""
    first = text.lstrip("'")[:1]
    return f"'{text}" if first and (first in "=+-@" or unicodedata.category(first) == "Cc") else text
