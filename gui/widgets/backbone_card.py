"""One backbone of the short list: what it is good for, how large it is, whether it is here."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel

from gui import theme, words
from gui.widgets import icons
from gui.widgets import text as labels
from gui.widgets.card import Card

BYTES_PER_WEIGHT = 4


class BackboneCard(Card):
    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__(clickable=True)
        self.row = row
        self.setAccessibleName(str(row["title"]))
        self.setAccessibleDescription(f"{row['why']} {place_words(row)}")
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_8)
        head.addWidget(labels.heading(str(row["title"])), 1)
        accuracy = row.get("accuracy")
        if accuracy:
            figure = labels.one_line(labels.label(f"{accuracy:.0f}\u00a0%", theme.EMPHASIS, tabular=True))
            figure.setToolTip(self.tr("How many of ImageNet's 50,000 test photographs it names rightly."))
            head.addWidget(figure, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.body.addWidget(labels.quiet(str(row["why"])))
        self.body.addStretch(1)
        self.body.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        here = bool(self.row["local"])
        glyph = QLabel()
        glyph.setPixmap(icons.pixmap("ready" if here else "download", 16, "good" if here else "quiet"))
        said = labels.one_line(labels.caption(place_words(self.row)))
        foot = QHBoxLayout()
        foot.setSpacing(6)
        foot.addWidget(glyph)
        foot.addWidget(said, 1)
        return foot


def place_words(row: Mapping[str, Any]) -> str:
    """`here` or `to download, 6 MB`."""
    size = words.bytes_text(int(row["parameters"]) * BYTES_PER_WEIGHT) if row["parameters"] else ""
    if row["local"]:
        text = words.translate("BackboneCard", "on this machine")
    else:
        text = words.translate("BackboneCard", "to download")
    return f"{text} · {size}" if size else text
