"""A large inviting area: drop something here, or press it to choose."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from gui import theme
from gui.pictures_taken import has_pictures, local_files, picture_in
from gui.widgets import icons
from gui.widgets import text as labels


class DropArea(QFrame):
    """`dropped` brings local paths (list of Path), `given` a QImage that came without a file, as from a browser, where
    `takes_pixels`; `clicked` asks for a file dialog."""

    dropped = Signal(object)
    given = Signal(object)
    takes_pixels = False
    clicked = Signal()

    def __init__(self, text: str, hint: str = "", icon: str = "drop", height: int = 220) -> None:
        super().__init__()
        self.setObjectName("drop")
        self.setProperty("over", False)
        self.setAcceptDrops(True)
        self.setMinimumHeight(height)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(text)
        self.setAccessibleDescription(hint)
        self._icon = icon
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_8)
        column.addStretch(1)
        column.addWidget(self._picture)
        for said in (labels.label(text, theme.TITLE, strong=True), labels.quiet(hint)):
            said.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(said)
        column.addStretch(1)
        theme.watcher().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(icons.pixmap(self._icon, 40, "accent"))

    def _set_over(self, over: bool) -> None:
        self.setProperty("over", over)
        self.style().unpolish(self)
        self.style().polish(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or (self.takes_pixels and has_pictures(event.mimeData())):
            event.acceptProposedAction()
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._set_over(False)
        paths = local_files(event.mimeData())
        image = picture_in(event.mimeData()) if self.takes_pixels else None
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)
        elif image is not None:
            event.acceptProposedAction()
            self.given.emit(image)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
