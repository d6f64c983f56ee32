"""Escape closes what opened last: what lies over a page takes the key before the frame closes a banner with it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def takes_escape(event: QEvent) -> bool:
    """For a widget's `event`: claims Escape as its own where Qt asks whether it is a shortcut of the window."""
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
        return False
    if event.key() != Qt.Key.Key_Escape:
        return False
    event.accept()
    return True
