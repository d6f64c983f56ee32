"""Line icons of our own (resources/icons/*.svg), drawn in whatever colour the theme says."""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources
from gui import theme

FOLDER = Path(resources.__file__).parent / "icons"


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    drawing = (FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(drawing.encode()))


def draw(painter: QPainter, name: str, place: QRectF, colour: QColor) -> None:
    """Draw the icon into `place`; a translucent colour makes a translucent icon."""
    painter.save()
    painter.setOpacity(painter.opacity() * colour.alphaF())
    _renderer(name, colour.name()).render(painter, place)
    painter.restore()


def pixmap(name: str, size: int, role: str = "text", ratio: float = 2.0) -> QPixmap:
    """The icon as a picture, `size` logical pixels square, in a colour of the theme."""
    result = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    result.setDevicePixelRatio(ratio)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    draw(painter, name, QRectF(0, 0, size, size), theme.colour(role))
    painter.end()
    return result


def icon(name: str, role: str = "text") -> QIcon:
    """An icon that follows the theme: its colour is looked up each time it is painted."""
    return QIcon(_ThemedEngine(name, role))


class _ThemedEngine(QIconEngine):
    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name, self._role = name, role

    def clone(self) -> QIconEngine:
        return _ThemedEngine(self._name, self._role)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        role = "quiet" if mode == QIcon.Mode.Disabled else self._role
        side = min(rect.width(), rect.height())
        place = QRectF(rect.x(), rect.y() + (rect.height() - side) / 2, side, side)  # the rest parts it from the text
        draw(painter, self._name, place, theme.colour(role))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        result = QPixmap(size)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, result.rect(), mode, state)
        painter.end()
        return result
