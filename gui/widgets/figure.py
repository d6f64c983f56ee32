"""One figure that matters, in 28 px, with what it is above and a quiet note below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme
from gui.widgets import text as labels


class Figure(QWidget):
    def __init__(self, caption: str, value: str = "–", note: str = "") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        self._caption = caption
        self._value = labels.figure()
        self._note = labels.caption()
        for part in (self._value, self._note):  # every number can be copied
            part.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        for part in (labels.one_line(labels.caption(caption)), self._value, self._note):
            column.addWidget(part)
        self.set(value, note)

    def set(self, value: str, note: str = "") -> None:
        self._value.setText(value)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.setAccessibleName(f"{self._caption}: {value} {note}".strip())
