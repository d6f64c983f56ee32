"""Predictions as a CSV file that spreadsheets open without running anything in it."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.project import atomic


def write_csv(rows: Sequence[dict[str, Any]], classes: Sequence[str], path: Path) -> None:
    """Write `predict_files` rows: columns path, label, probability, status and one per class; whole or not at all.

    Text that a spreadsheet could run is `quoted`. Paths come back byte for byte (UTF-8, other bytes as they are).
    Raises UserError DISK_FULL or CANNOT_WRITE.
    """
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)  # lines end as RFC 4180 has it; with "\n" alone, a "\r" in a name would go unquoted
    writer.writerow(["path", "label", "probability", "status", *map(quoted, classes)])
    for row in rows:
        chances = row["probabilities"]
        writer.writerow(
            [
                quoted(row["path"]),
                quoted(row["label"]),
                "" if row["probability"] is None else row["probability"],
                row["status"],
                *(chances.get(name, "") for name in classes),
            ]
        )
    atomic.write_bytes(path, sheet.getvalue().encode("utf-8", "surrogateescape"))


def quoted(text: str) -> str:
    """The text as a cell that stays text: one `'` more before `= + - @`, a control character, or `'` before those."""
    first = text.lstrip("'")[:1]
    return f"'{text}" if first and (first in "=+-@" or unicodedata.category(first) == "Cc") else text
