"""Predictions as a CSV file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.project.sheet import quoted, write_sheet

__all__ = ["quoted", "write_csv"]


def write_csv(rows: Sequence[dict[str, Any]], classes: Sequence[str], path: Path) -> None:
    """Write `predict_files` rows: columns path, label, probability, status and one per class; whole or not at all.

    Raises UserError DISK_FULL or CANNOT_WRITE.
    """
    titles = ["path", "label", "probability", "status", *classes]
    write_sheet(
        [
            titles,
            *(
                [
                    row["path"],
                    row["label"],
                    row["probability"],
                    row["status"],
                    *(row["probabilities"].get(name, "") for name in classes),
                ]
                for row in rows
            ),
        ],
        path,
    )
