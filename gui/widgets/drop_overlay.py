"""What lies over the page while a folder is dragged over the window."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui import theme
from gui.widgets import text as labels


class DropOverlay(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        words = labels.label(self.tr("Drop it to open it"), theme.TITLE, strong=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        QVBoxLayout(self).addWidget(words)
        self.hide()

    def show_over(self, place: QWidget) -> None:
        corner = place.mapTo(self.window(), QPoint(0, 0))
        self.setGeometry(corner.x() + 16, corner.y() + 16, place.width() - 32, place.height() - 32)
        self.show()
        self.raise_()
