"""A few thumbnails side by side, cut to squares."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.thumbnail_loader import loader

GAP = 2


class Mosaic(QWidget):
    """`columns` by `rows` squares that fill the width."""

    def __init__(self, paths: Sequence[Path], columns: int = 4, rows: int = 2) -> None:
        super().__init__()
        self._paths, self._columns, self._rows = [str(path) for path in paths], columns, rows
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        loader().loaded.connect(self._loaded)

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(240))

    def heightForWidth(self, width: int) -> int:
        return round((width + GAP) / self._columns * self._rows) - GAP

    def _loaded(self, name: str) -> None:
        if name in self._paths:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setClipPath(shape)
        side = (self.width() + GAP) / self._columns
        for number in range(self._columns * self._rows):
            row, column = divmod(number, self._columns)
            place = QRectF(column * side, row * side, side - GAP, side - GAP)
            painter.fillRect(place, theme.colour("sunken"))
            pixmap = loader().pixmap(self._paths[number]) if number < len(self._paths) else None
            if pixmap is not None:
                short = min(pixmap.width(), pixmap.height())
                part = QRectF((pixmap.width() - short) / 2, (pixmap.height() - short) / 2, short, short)
                painter.drawPixmap(place, pixmap, part)
        painter.end()
