"""The user's own pictures, each beside what training would make of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.widgets import paint

GAP, HEAD, APART, SMALLEST, LARGEST = 6.0, 24.0, 16.0, 68.0, 132.0


class PreviewWall(QWidget):
    """One row a picture: the original, a gap, its variants. As high as its rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[list[QPixmap]] = []
        self._stale = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setMinimumWidth(280)
        self.setAccessibleName(self.tr("Examples of variation"))
        theme.watcher().changed.connect(self.update)

    def show_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows {picture, original, views} with PNG bytes, as the preview gives them."""
        self._rows = [[_pixmap(row["original"]), *map(_pixmap, row["views"])] for row in rows]
        self._stale = False
        text = self.tr("{rows} pictures with {views} variants each")
        views = max((len(row) - 1 for row in self._rows), default=0)
        self.setAccessibleDescription(text.format(rows=len(self._rows), views=views))
        self._fit()
        self.update()

    def set_stale(self, stale: bool) -> None:
        """Pale while newer pictures are on their way."""
        if stale != self._stale:
            self._stale = stale
            self.update()

    @property
    def pictures(self) -> int:
        return sum(len(row) for row in self._rows)

    def sizeHint(self) -> QSize:
        return QSize(560, round(HEAD + len(self._rows) * (self._side() + GAP)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setMinimumHeight(round(HEAD + max(len(self._rows), 1) * (self._side() + GAP)))

    def _columns(self) -> int:
        """As many as are there, or as fit without becoming too small to see anything."""
        most = max((len(row) for row in self._rows), default=9)
        return max(2, min(most, int((self.width() - APART + GAP) / (SMALLEST + GAP))))

    def _side(self) -> float:
        columns = self._columns()
        return min((self.width() - APART - GAP * (columns - 1)) / columns, LARGEST)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side, font, quiet = self._side(), theme.font(theme.CAPTION), theme.colour("quiet")
        if self._rows:
            paint.write(painter, QRectF(0, 0, side + APART, HEAD), self.tr("yours"), font=font, colour=quiet)
            box = QRectF(side + GAP + APART, 0, self.width() - side, HEAD)
            paint.write(painter, box, self.tr("as training may see it"), font=font, colour=quiet)
        painter.setOpacity(0.45 if self._stale else 1.0)
        for number, row in enumerate(self._rows):
            for column, pixmap in enumerate(row[: self._columns()]):
                x = column * (side + GAP) + (APART if column else 0)
                place = QRectF(x, HEAD + number * (side + GAP), side, side)
                painter.save()
                painter.setClipPath(paint.rounded(place, 6))
                painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
                painter.restore()
        painter.end()


def _pixmap(png: bytes) -> QPixmap:
    result = QPixmap()
    result.loadFromData(png)
    return result
