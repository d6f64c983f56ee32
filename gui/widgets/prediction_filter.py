"""Which answers are listed: all, those in doubt, files that could not be read, or those of one class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QComboBox

from gui import words
from gui.widgets.prediction_list import NOT_SURE, UNKNOWN

ALL, UNREAD, OF_CLASS = "all", "unread", "class "


class PredictionFilter(QComboBox):
    """Offers only what there is, each with its count. `activated` tells that the user chose."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Which answers"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMaximumWidth(320)

    def offer(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """For these rows of `predict`; all of them are listed at first."""
        kinds = Counter(kind for row in rows for kind in _kinds(row))
        self.clear()
        for kind, name in (
            (ALL, self.tr("All answers")),
            (UNKNOWN, self.tr("Unknown")),
            (NOT_SURE, self.tr("Not sure")),
            (UNREAD, self.tr("Could not be read")),
            *((kind, kind.removeprefix(OF_CLASS)) for kind in sorted(kinds) if kind.startswith(OF_CLASS)),
        ):
            if kinds[kind]:
                self.addItem(f"{name} ({words.count(kinds[kind])})", kind)

    def picked(self, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """The places of the rows that are to be listed."""
        kind = self.currentData()
        return [place for place, row in enumerate(rows) if kind in _kinds(row)]


def _kinds(row: Mapping[str, Any]) -> tuple[str, ...]:
    if row.get("probability") is None:
        return ALL, UNREAD
    return ALL, f"{OF_CLASS}{row.get('label', '')}", str(row.get("status", ""))
