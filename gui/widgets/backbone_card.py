"""One backbone of the short list: what it is good for, how large it is, whether it is here."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel

from gui import backbone_rows, theme
from gui.widgets import icons
from gui.widgets import text as labels
from gui.widgets.backbone_details import licence_mark
from gui.widgets.card import Card


class BackboneCard(Card):
    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__(clickable=True)
        self.row = row
        self.setAccessibleName(str(row["title"]))
        self.setAccessibleDescription(
            f"{row['why']} {backbone_rows.place_text(row)}. {backbone_rows.licence_text(row)}"
        )
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_8)
        head.addWidget(labels.heading(str(row["title"])), 1)
        accuracy = row.get("accuracy")
        if accuracy:
            figure = labels.one_line(labels.label(f"{accuracy:.0f}\u00a0%", theme.EMPHASIS, tabular=True))
            figure.setToolTip(self.tr("How many of ImageNet's 50,000 test photographs it names rightly."))
            head.addWidget(figure, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.body.addWidget(labels.quiet(backbone_rows.why_text(row)))
        self.body.addStretch(1)
        self.body.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(6)
        glyph = QLabel()
        glyph.setPixmap(icons.pixmap(backbone_rows.place_icon(self.row)[0], 16, backbone_rows.place_icon(self.row)[1]))
        foot.addWidget(glyph)
        said = backbone_rows.place_text(self.row)
        value = backbone_rows.milliseconds(self.row)
        if value is not None:
            said = self.tr("here · {time} ms a picture").format(time=backbone_rows.milliseconds_text(value))
        foot.addWidget(labels.caption(said), 1)
        mark = licence_mark(self.row)
        if mark is not None:
            foot.addWidget(mark)
        return foot
