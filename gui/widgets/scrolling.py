"""Bringing what has just opened into sight."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea, QWidget


def bring_into_view(opened: QWidget, title: QWidget) -> None:
    """Scroll, once it is laid out, so far that `opened` can be seen, and its `title` above it in any case."""

    def scroll() -> None:
        area = opened.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None and opened.isVisible():
            area.ensureWidgetVisible(opened)
            area.ensureWidgetVisible(title)

    QTimer.singleShot(0, opened, scroll)
