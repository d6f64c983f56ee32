"""Small drawings for the why panel (resources/drawings/*.svg), whose colours are roles of the theme in braces."""

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

import resources
from gui import theme

FOLDER = Path(resources.__file__).parent / "drawings"
HEIGHT = 100


def exists(name: str) -> bool:
    return bool(name) and (FOLDER / f"{name}.svg").is_file()


@lru_cache(maxsize=64)
def _renderer(name: str, dark: bool) -> QSvgRenderer:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    for role, colour in asdict(theme.DARK if dark else theme.LIGHT).items():
        text = text.replace(f"{{{role}}}", colour)
    return QSvgRenderer(QByteArray(text.encode()))


class Drawing(QWidget):
    """Shows one drawing, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def show_drawing(self, name: str) -> None:
        self._name = name if exists(name) else ""
        self.setVisible(bool(self._name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._name:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = min(240.0, self.width())
        place = QRectF((self.width() - width) / 2, 0, width, width / 2.4)
        _renderer(self._name, theme.is_dark()).render(painter, place)
        painter.end()
