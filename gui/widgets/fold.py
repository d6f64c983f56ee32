"""A line that opens into more: details stay out of the way, and are not even built, until they are asked for."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from gui import theme
from gui.widgets import icons, keys
from gui.widgets import text as labels
from gui.widgets.buttons import ToolButton
from gui.widgets.card import Card
from gui.widgets.scrolling import bring_into_view


class Fold(QWidget):
    """Title with an arrow; what `make` gives below while it is open, in a card or, `plain`, as it is."""

    def __init__(self, title: str, make: Callable[[], QWidget], plain: bool = False) -> None:
        super().__init__()
        self._make = make
        self.content: QWidget | None = None
        self.button = ToolButton()
        self.button.setText(title)
        self.button.setFont(theme.font(theme.BODY, strong=True))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setCheckable(True)
        self.button.setAccessibleName(title)
        self.button.toggled.connect(self._show)
        self._place, self._body = _plain_place() if plain else _card_place()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        self._note = labels.quiet()
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_8)
        head.addWidget(self.button)
        head.addWidget(self._note, 1)
        column.addLayout(head)
        column.addWidget(self._place)
        self._show(False)

    def set_note(self, text: str) -> None:
        """What can be known without opening it, beside the title."""
        self._note.setText(text)
        self.button.setAccessibleDescription(text)

    @property
    def note(self) -> str:
        return self._note.text()

    def _show(self, opened: bool) -> None:
        if opened and self.content is None:
            self.content = self._make()
            self._body.addWidget(self.content)
            self._follow_the_title()
        if not opened and self._place.isAncestorOf(QApplication.focusWidget() or self._place):
            self.button.setFocus()  # or it would go to whatever comes first in the window
        self._place.setVisible(opened)
        if opened and self.isVisible():
            bring_into_view(self._place, self.button)
        self.button.setIcon(icons.icon("chevron-down" if opened else "chevron-right"))

    def _follow_the_title(self) -> None:
        """The Tab key goes from the title into what it opened, though that was made after all else."""
        if self.content is not None:
            keys.after(self.button, self.content)


def _card_place() -> tuple[QWidget, QVBoxLayout]:
    card = Card()
    return card, card.body


def _plain_place() -> tuple[QWidget, QVBoxLayout]:
    place = QWidget()
    column = QVBoxLayout(place)
    column.setContentsMargins(0, 0, 0, 0)
    return place, column
