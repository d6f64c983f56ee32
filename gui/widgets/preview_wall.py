"""The user's own pictures, each beside what training would make of it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.widgets import paint

GAP, HEAD, APART, SMALLEST, LARGEST = 6.0, 24.0, 16.0, 60.0, 144.0
VIEWS, MOST_ROWS = 8, 8


class PreviewWall(QWidget):
    """One row a picture: the original, a gap, its variants; as many as there is room for.

    `room_changed` tells that `rows`, `views` or `side` did: what would be worth asking for.
    """

    room_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[list[QPixmap]] = []
        self._fresh = 0  # so many rows show the choices as they stand; the others are pale
        self._room = (0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(280, round(HEAD + 3 * (SMALLEST + GAP)))
        self.setAccessibleName(self.tr("Examples of variation"))
        theme.watcher().changed.connect(self.update)

    # What there is room for.

    @property
    def rows(self) -> int:
        return max(1, min(MOST_ROWS, int((self.height() - HEAD + GAP) / (self._edge() + GAP))))

    @property
    def views(self) -> int:
        """As many as fit without becoming too small to see anything in."""
        return max(1, min(VIEWS, int((self.width() - APART + GAP) / (SMALLEST + GAP)) - 1))

    @property
    def side(self) -> int:
        """Of one picture, in pixels of the screen."""
        return round(self._edge() * self.devicePixelRatioF())

    def _edge(self) -> float:
        columns = self.views + 1
        return min((self.width() - APART - GAP * (columns - 1)) / columns, LARGEST)

    # What is shown.

    def show_rows(self, value: Mapping[str, Any], whole: bool) -> None:
        """The preview's answer; where it is not `whole`, rows below stay as they are, pale."""
        side = int(value.get("side", 0))
        new = [
            [_pixmap(pixels, side) for pixels in (row["original"], *row["views"])] for row in value.get("rows") or ()
        ]
        self._rows = new if whole else [*new, *self._rows[len(new) :]]
        self._fresh = len(new)
        text = self.tr("{rows} pictures with {views} variants each")
        views = max((len(row) - 1 for row in self._rows), default=0)
        self.setAccessibleDescription(text.format(rows=len(self._rows), views=views))
        self.update()

    @property
    def pictures(self) -> int:
        return sum(len(row) for row in self._rows)

    @property
    def fresh(self) -> int:
        """How many rows show the latest choices."""
        return self._fresh

    def set_stale(self) -> None:
        """Nothing newer will come for now."""
        self._fresh = 0
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(560, round(HEAD + 5 * (self._edge() + GAP)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = (self.rows, self.views, self.side)
        if room != self._room:
            self._room = room
            self.room_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        edge, font, quiet = self._edge(), theme.font(theme.CAPTION), theme.colour("quiet")
        if self._rows:
            paint.write(painter, QRectF(0, 0, edge + APART, HEAD), self.tr("yours"), font=font, colour=quiet)
            box = QRectF(edge + GAP + APART, 0, self.width() - edge - GAP - APART, HEAD)
            paint.write(painter, box, self.tr("as training may see it"), font=font, colour=quiet)
        for number, row in enumerate(self._rows[: self.rows]):
            painter.setOpacity(1.0 if number < self._fresh else 0.45)
            for column, pixmap in enumerate(row[: self.views + 1]):
                x = column * (edge + GAP) + (APART if column else 0)
                place = QRectF(x, HEAD + number * (edge + GAP), edge, edge)
                painter.save()
                painter.setClipPath(paint.rounded(place, 6))
                painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
                painter.restore()
        painter.end()


def _pixmap(pixels: bytes, side: int) -> QPixmap:
    """From RGB, `side` × `side`, three bytes a pixel."""
    return QPixmap.fromImage(QImage(pixels, side, side, 3 * side, QImage.Format.Format_RGB888))
