"""One picture, whole, as large as the place allows; read off the window's thread."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.background import Background
from gui.thumbnail_loader import loader, read_small
from gui.widgets import paint

LARGEST = 900


class BigPicture(QWidget):
    """Shows the thumbnail at once where there is one, the file itself as soon as it is read."""

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._file: Path | None = None
        self._image = QPixmap()
        self.setMinimumSize(200, 180)
        self.setAccessibleName(self.tr("Picture"))
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 300)

    def show_file(self, file: Path | None) -> None:
        self._file = file
        self._image = QPixmap()
        self.setAccessibleDescription("" if file is None else str(file))
        if file is not None:
            self._image = loader().pixmap(file) or QPixmap()
            self._background.run(lambda: read_small(str(file), LARGEST), lambda image: self._came(file, image))
        self.update()

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
        place = QRectF((self.width() - size.width()) / 2, 0, size.width(), size.height())
        painter.setClipPath(paint.rounded(place))
        painter.drawPixmap(place, self._image, QRectF(self._image.rect()))
        painter.end()
