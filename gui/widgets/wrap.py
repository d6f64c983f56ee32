"""A row that goes on in a further line where there is no room: other languages need longer words."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem

from gui import theme


class WrapRow(QLayout):
    """Parts side by side at the width that they ask for; a stretch takes what is left of its line."""

    def __init__(self, spacing: int = theme.SPACE_8) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)
        self._items: list[QLayoutItem] = []

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def addStretch(self) -> None:
        self.addItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding))

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = self._lines(width)
        return sum(_height(line) for line in lines) + self.spacing() * max(0, len(lines) - 1)

    def minimumSize(self) -> QSize:
        least = [item.minimumSize() for item in self._seen()]
        return QSize(
            max((size.width() for size in least), default=0), max((size.height() for size in least), default=0)
        )

    def sizeHint(self) -> QSize:
        whole = self._lines(1 << 20)
        return QSize(self._width(whole[0]), _height(whole[0])) if whole else QSize()

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        top = rect.top()
        for line in self._lines(rect.width()):
            self._place(line, QRect(rect.left(), top, rect.width(), _height(line)))
            top += _height(line) + self.spacing()

    def _place(self, line: list[QLayoutItem], room: QRect) -> None:
        stretches = [item for item in line if item.spacerItem()]
        left = max(0, room.width() - self._width(line))
        at = room.left()
        for item in line:
            if item.spacerItem():
                at += left // len(stretches)
                continue
            size = QSize(min(item.sizeHint().width(), room.width()), min(item.sizeHint().height(), room.height()))
            item.setGeometry(QRect(QPoint(at, room.top() + (room.height() - size.height()) // 2), size))
            at += size.width() + self.spacing()

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        for item in self._seen():
            if lines and self._width([*lines[-1], item]) <= width:
                lines[-1].append(item)
            else:
                lines.append([item])
        return lines

    def _seen(self) -> list[QLayoutItem]:
        return [item for item in self._items if item.spacerItem() or not item.isEmpty()]

    def _width(self, line: list[QLayoutItem]) -> int:
        parts = [item.sizeHint().width() for item in line if not item.spacerItem()]
        return sum(parts) + self.spacing() * max(0, len(parts) - 1)


def _height(line: list[QLayoutItem]) -> int:
    return max(item.sizeHint().height() for item in line)
