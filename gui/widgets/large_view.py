"""One picture, as large as the page: over everything until a key or a press closes it."""

from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from gui import theme
from gui.thumbnail_loader import loader, read_small
from gui.widgets.escape import takes_escape

if TYPE_CHECKING:
    from core.project.index import Picture
    from gui.session import Session
    from gui.widgets.page import Page

LARGEST = 2400


class LargeView(QWidget):
    """Arrow keys ask for the neighbours (`moved`), numbers for a class, Delete to leave out; Escape, Space and a press
    close."""

    moved = Signal(int)
    class_asked = Signal(int)
    exclude_asked = Signal()

    def __init__(self, parent: QWidget, session: "Session") -> None:
        super().__init__(parent)
        self._session = session
        self._picture: Picture | None = None
        self._image = QPixmap()
        self._path = self._said = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Large picture"))
        self._focus_before: QWidget | None = None
        session.project_changed.connect(self.put_away)
        self.hide()

    @property
    def picture(self) -> "Picture | None":
        return self._picture if self.isVisible() else None

    def look_at(self, picture: "Picture") -> None:
        """Show the thumbnail at once, and the file itself as soon as it is read."""
        self._picture = picture
        thumbnail = loader().pixmap(self._session.thumbnail_of(picture)) or QPixmap()
        label = picture.label or self.tr("no class yet")
        said = f"{label}   ·   {picture.path}   ·   {picture.width} × {picture.height}"
        self._open((self._session.folder or Path()) / picture.path, said, thumbnail)

    @classmethod
    def show_file(cls, page: "Page", path: Path, title: str) -> "LargeView":
        """Look at any file, over a page."""
        view = page.findChild(cls) or cls(page, page.session)
        view._picture = None
        view._open(path, f"{title}   ·   {path.name}", QPixmap())
        return view

    def _open(self, path: Path, said: str, thumbnail: QPixmap) -> None:
        self._path, self._said, self._image = str(path), said, thumbnail
        self.setAccessibleDescription(said)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        if not self.isVisible():
            self._focus_before = QApplication.focusWidget()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.update()
        name = self._path
        self._session.background.run(lambda: read_small(name, LARGEST), lambda image: self._read(name, image))

    def _read(self, name: str, image: QImage) -> None:
        if self._path == name and not image.isNull():
            self._image = QPixmap.fromImage(image)
            self.update()

    def event(self, event: QEvent) -> bool:
        return takes_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Return):
            self.put_away()
        elif event.key() in steps:
            self.moved.emit(steps[Qt.Key(event.key())])
        elif (
            Qt.Key.Key_1 <= event.key() <= Qt.Key.Key_9 and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.class_asked.emit(event.key() - Qt.Key.Key_0)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.exclude_asked.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.put_away()

    def put_away(self) -> None:
        """Back to where the keys went before."""
        before, self._focus_before = self._focus_before, None
        if before is not None and shiboken6.isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self._image = QPixmap()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), theme.colour("page", 0.96))
        image = self._image
        if not image.isNull():
            room = QRectF(self.rect()).adjusted(24, 24, -24, -56)
            scale = min(room.width() / image.width(), room.height() / image.height())
            place = QRectF(0, 0, image.width() * scale, image.height() * scale)
            place.moveCenter(room.center())
            painter.drawPixmap(place, image, QRectF(image.rect()))
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.font(theme.BODY))
        line = QRectF(24, self.height() - 44, self.width() - 48, 24)
        said = painter.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideMiddle, round(line.width()))
        painter.drawText(line, Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignCenter, said)
        painter.end()
