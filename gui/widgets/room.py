"""Tabs that ask for the room that the one needs which is seen, and no more than that: a page should not scroll for what
nobody looks at, nor because its drawings would like to be larger."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QTabWidget, QWidget


class RoomyTabs(QTabWidget):
    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(lambda _: self.updateGeometry())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self.tabBar().sizeHint().height() + least_height(self.currentWidget(), width)

    def minimumSizeHint(self) -> QSize:
        seen = self.currentWidget()
        wide = 0 if seen is None else seen.minimumSizeHint().width()
        return QSize(wide, self.tabBar().sizeHint().height())

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()


def least_height(widget: QWidget | None, width: int) -> int:
    """What a widget needs at this width, its texts wrapped and its drawings as small as they may be."""
    layout = None if widget is None else widget.layout()
    if layout is None:
        return 0 if widget is None else widget.minimumSizeHint().height()
    return (
        layout.totalMinimumHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalMinimumSize().height()
    )
