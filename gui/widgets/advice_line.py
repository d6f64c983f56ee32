"""What the curve says, in one line, with the button that does something about it."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import theme
from gui.widgets import buttons
from gui.widgets import text as labels


class AdviceLine(QWidget):
    """At most one piece of advice; empty, it takes no room."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_16)
        self.label = labels.body()
        self.button = buttons.plain_button("")
        self._act: Callable[[], object] | None = None
        self.button.clicked.connect(self._press)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.say("")

    def say(self, text: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        self._act = act
        self.setVisible(bool(text))
        self.label.setText(f"→ {text}" if text else "")
        self.button.setVisible(bool(action) and act is not None)
        self.button.setText(action)

    @property
    def text(self) -> str:
        return self.label.text()

    def _press(self) -> None:
        if self._act is not None:
            self._act()
