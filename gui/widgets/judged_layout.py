"""How the tabs of the Evaluate page begin: a row of cards, each with its heading and what can be saved of it."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import theme
from gui.widgets import text as labels
from gui.widgets.card import Card


def row_in(tab: QWidget) -> QHBoxLayout:
    """The row that fills a tab."""
    row = QHBoxLayout(tab)
    row.setContentsMargins(0, theme.SPACE_8, 0, 0)
    row.setSpacing(theme.SPACE_16)
    return row


def headed_card(first: QWidget | str, *others: QWidget) -> Card:
    """A card whose first line has a heading or a widget, as wide as can be, and others at its right."""
    card = Card()
    head = QHBoxLayout()
    head.addWidget(labels.heading(first) if isinstance(first, str) else first, 1)
    for other in others:
        head.addWidget(other)
    card.body.addLayout(head)
    return card
