"""One picture, whole, as large as the place allows; read off the window's thread."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QEnterEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.background import Background
from gui.thumbnail_loader import loader, read_small
from gui.widgets import paint
from gui.widgets.evidence import Evidence

LARGEST = 900


class BigPicture(QWidget):
    """Shows the thumbnail at once where there is one, the file itself as soon as it is read.

    Where there is evidence, it is laid over the picture while the pointer rests on it, and with E until E again.
    """

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._file: Path | None = None
        self._image = QPixmap()
        self._evidence = Evidence()
        self._over, self._held = False, False
        self.setMinimumSize(200, 160)
        self.setAccessibleName(self.tr("Picture"))
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 160)

    def show_file(self, file: Path | None) -> None:
        self._file = file
        self._image = QPixmap()
        self._evidence = Evidence()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleDescription("" if file is None else str(file))
        if file is not None:
            self._image = loader().pixmap(file) or QPixmap()
            self._background.run(lambda: read_small(str(file), LARGEST), lambda image: self._came(file, image))
        self.update()

    def show_evidence(self, heat: Mapping[str, Any], box: Sequence[float]) -> None:
        """`heat` and `box` as `core.requests.Explain` has them, of the file that is shown."""
        self._evidence = Evidence(heat, box)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.update()

    @property
    def shows_evidence(self) -> bool:
        return bool(self._evidence) and (self._over or self._held)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._over = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = False
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_E and not event.modifiers():
            self._held = not self._held
            self.update()
        else:
            super().keyPressEvent(event)

    def _came(self, file: Path, image: QImage) -> None:
        if file == self._file and not image.isNull():
            self._image = QPixmap.fromImage(image)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = QSizeF(self._image.size()).scaled(QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(self.rect()).center())
        painter.setClipPath(paint.rounded(place))
        painter.drawPixmap(place, self._image, QRectF(self._image.rect()))
        if self.shows_evidence:
            self._evidence.draw(painter, place)
        painter.end()
