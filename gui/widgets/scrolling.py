"""What is scrolled, and bringing what has just opened into sight."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def scroller(inside: QWidget) -> QScrollArea:
    """Around `inside`, as wide as there is room; no frame, and nothing that the Tab key stops at."""
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


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
