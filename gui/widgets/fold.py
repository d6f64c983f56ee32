"""A line that opens into more: details stay out of the way, and are not even built, until they are asked for."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from gui import theme
from gui.widgets import icons
from gui.widgets.card import Card


class Fold(QWidget):
    """Title with an arrow; what `make` gives in a card below while it is open."""

    def __init__(self, title: str, make: Callable[[], QWidget]) -> None:
        super().__init__()
        self._make = make
        self.content: QWidget | None = None
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setFont(theme.font(theme.BODY, strong=True))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setCheckable(True)
        self.button.setAccessibleName(title)
        self.button.toggled.connect(self._show)
        self._card = Card()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._card)
        self._show(False)

    def _show(self, opened: bool) -> None:
        if opened and self.content is None:
            self.content = self._make()
            self._card.body.addWidget(self.content)
        self._card.setVisible(opened)
        self.button.setIcon(icons.icon("chevron-down" if opened else "chevron-right"))
