"""Buttons. One that is disabled says what is missing; Enter presses the one that has the focus, as Space does."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QToolButton

from gui import theme
from gui.widgets import icons


class ToolButton(QToolButton):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)


def _push_button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(True)  # what Qt asks before Enter may press it
    return button


def plain_button(text: str, icon: str = "", why: str = "") -> QPushButton:
    """An ordinary button; `why` is its tooltip."""
    button = _push_button(text)
    button.setToolTip(why)
    if icon:
        button.setIcon(icons.icon(icon))
        button.setIconSize(QSize(20, 16))
    return button


def primary_button(text: str = "") -> QPushButton:
    button = _push_button(text)
    button.setObjectName("primary")
    button.setFont(theme.font(theme.BODY, strong=True))
    return button


def link_button(text: str) -> QPushButton:
    button = _push_button(text)
    button.setObjectName("link")
    return button


def icon_button(icon: str, name: str, tip: str = "") -> QToolButton:
    """A button with an icon alone; `name` is what screen readers say, and the tooltip unless `tip` is given."""
    button = ToolButton()
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
