"""Buttons. One that is disabled says what is missing."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QToolButton

from gui import theme
from gui.widgets import icons


def plain_button(text: str, icon: str = "", why: str = "") -> QPushButton:
    """An ordinary button; `why` is its tooltip."""
    button = QPushButton(text)
    button.setToolTip(why)
    if icon:
        button.setIcon(icons.icon(icon))
        button.setIconSize(QSize(20, 16))
    return button


def primary_button(text: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("primary")
    button.setFont(theme.font(theme.BODY, strong=True))
    return button


def link_button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("link")
    return button


def icon_button(icon: str, name: str, tip: str = "") -> QToolButton:
    """A button with an icon alone; `name` is what screen readers say, and the tooltip unless `tip` is given."""
    button = QToolButton()
    button.setIcon(icons.icon(icon))
    button.setIconSize(QSize(18, 18))
    button.setAccessibleName(name)
    button.setToolTip(tip or name)
    return button


def disable(button: QPushButton | QToolButton, why: str) -> None:
    button.setEnabled(False)
    button.setToolTip(why)
    button.setAccessibleDescription(why)


def enable(button: QPushButton | QToolButton, tip: str = "") -> None:
    button.setEnabled(True)
    button.setToolTip(tip)
    button.setAccessibleDescription("")
