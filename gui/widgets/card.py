"""A white sheet with rounded corners; it may be chosen like a button."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from gui import theme
from gui.widgets import text as labels


class Card(QFrame):
    """`body` is its layout. A clickable card takes the focus and answers Enter and Space."""

    clicked = Signal()

    def __init__(self, title: str = "", clickable: bool = False) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setProperty("clickable", clickable)
        self.setProperty("selected", False)
        self._clickable = clickable
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(theme.SPACE_16, theme.SPACE_16, theme.SPACE_16, theme.SPACE_16)
        self.body.setSpacing(theme.SPACE_8)
        if title:
            self.setAccessibleName(title)
            self.body.addWidget(labels.heading(title))
        if clickable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def selected(self) -> bool:
        return bool(self.property("selected"))

    def set_selected(self, selected: bool) -> None:
        if selected != self.selected:
            self.setProperty("selected", selected)
            self.style().unpolish(self)
            self.style().polish(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if self._clickable and event.button() == Qt.MouseButton.LeftButton and inside:
            self.clicked.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if self._clickable and event.key() in keys and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
