"""Cards of one width in as many columns as there is room for."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from gui import theme


class Flow(QWidget):
    """Each card is at least `width` wide; all share the room evenly."""

    def __init__(self, width: int, most: int = 6) -> None:
        super().__init__()
        self._width, self._most = width, most
        self._cards: list[QWidget] = []
        self._columns = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.SPACE_16)

    def show_cards(self, cards: Sequence[QWidget]) -> None:
        """Replace all cards."""
        for card in self._cards:
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = list(cards)
        self._columns = 0
        self._arrange()

    @property
    def cards(self) -> Sequence[QWidget]:
        return self._cards

    def minimumSizeHint(self) -> QSize:
        """One column is enough, however many there are at the moment: else it could never become narrower."""
        return QSize(self._width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        room = (self.width() + theme.SPACE_16) // (self._width + theme.SPACE_16)
        columns = max(1, min(self._most, room))
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._columns = columns
        for number, card in enumerate(self._cards):
            self._grid.addWidget(card, number // columns, number % columns)
