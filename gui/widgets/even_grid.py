"""A list whose cells are all alike, laid out in lines: where one lies is a division.

Qt's own layout of a wrapping list goes through all items whenever one comes or goes, 0.3 s for 100,000 of them.
"""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QCursor, QMouseEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme

Place = QModelIndex | QPersistentModelIndex


class EvenGrid(QListView):
    """The delegate's `sizeHint` is the size of every cell; call `updateGeometries` when it changes."""

    def __init__(self, model: QAbstractListModel, delegate: QStyledItemDelegate) -> None:
        super().__init__()
        self._model, self._delegate = model, delegate
        self._pressed = QPoint()
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    @property
    def chosen_rows(self) -> list[int]:
        return sorted(row for part in _ranges(self.selectionModel().selection()) for row in part)

    def choose(self, rows: Sequence[int]) -> None:
        """Select these and bring the first of them into sight."""
        self.select(rows)
        if rows:
            self.scrollTo(self._model.index(rows[0]))

    def select(self, rows: Sequence[int]) -> None:
        """These and no others; the first of them has the keys."""
        selection = QItemSelection()
        for row in rows:
            selection.select(self._model.index(row), self._model.index(row))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            place = self._model.index(rows[0])
            self.selectionModel().setCurrentIndex(place, QItemSelectionModel.SelectionFlag.NoUpdate)

    def repaint_all(self, *_: object) -> None:
        """A method of its own: Qt forgets it together with the view, which it cannot do with a lambda."""
        self.viewport().update()

    # Where things lie.

    def cell(self) -> QSize:
        return self._delegate.sizeHint(QStyleOptionViewItem(), QModelIndex())

    @property
    def columns(self) -> int:
        return max(1, self.viewport().width() // self.cell().width())

    def visualRect(self, index: Place) -> QRect:
        if not index.isValid():
            return QRect()
        cell, columns = self.cell(), self.columns
        line, column = divmod(index.row(), columns)
        return QRect(QPoint(column * cell.width(), line * cell.height() - self.verticalOffset()), cell)

    def indexAt(self, point: QPoint) -> QModelIndex:
        cell, columns = self.cell(), self.columns
        column, line = point.x() // cell.width(), (point.y() + self.verticalOffset()) // cell.height()
        row = line * columns + column
        inside = 0 <= column < columns and 0 <= row < self._model.rowCount()
        return self._model.index(row) if inside else QModelIndex()

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Place) -> bool:
        return False

    def doItemsLayout(self) -> None:
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        lines = -(-self._model.rowCount() // self.columns)
        bar, high = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, lines * self.cell().height() - high))
        bar.setPageStep(high)
        bar.setSingleStep(max(1, self.cell().height() // 3))

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)

    def scrollTo(self, index: Place, hint: QListView.ScrollHint = QListView.ScrollHint.EnsureVisible) -> None:
        place, bar = self.visualRect(index), self.verticalScrollBar()
        if hint == QListView.ScrollHint.EnsureVisible:
            if place.top() < 0:
                bar.setValue(bar.value() + place.top())
            elif place.bottom() > self.viewport().height():
                bar.setValue(bar.value() + place.bottom() - self.viewport().height())
        else:
            bar.setValue(bar.value() + place.center().y() - self.viewport().height() // 2)

    def moveCursor(self, action: QListView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        last = self._model.rowCount() - 1
        now = self.currentIndex()
        moves = QListView.CursorAction
        if last < 0 or not now.isValid():
            return self._model.index(last if action == moves.MoveEnd else 0) if last >= 0 else QModelIndex()
        columns = self.columns
        page = max(1, self.viewport().height() // self.cell().height()) * columns
        steps = {
            moves.MoveLeft: -1, moves.MovePrevious: -1, moves.MoveRight: 1, moves.MoveNext: 1, moves.MoveUp: -columns,
            moves.MoveDown: columns, moves.MovePageUp: -page, moves.MovePageDown: page, moves.MoveHome: -last - 1,
            moves.MoveEnd: last + 1,
        }  # fmt: skip
        row = now.row() + steps.get(action, 0)
        if action in (moves.MoveUp, moves.MoveDown) and not 0 <= row <= last:
            return now
        return self._model.index(min(max(row, 0), last))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Dragged from an empty place: what the rectangle meets; else from one picture to the other, as one reads."""
        selection = QItemSelection()
        if self.state() == QListView.State.DragSelectingState:
            for top, bottom in self._rows_in(rect.normalized()):
                selection.select(self._model.index(top), self._model.index(bottom))
        else:
            ends = sorted(place.row() for place in (self.indexAt(rect.topLeft()), self.indexAt(rect.bottomRight()))
                          if place.isValid())  # fmt: skip
            if ends:
                selection.select(self._model.index(ends[0]), self._model.index(ends[-1]))
        self.selectionModel().select(selection, command)

    def _rows_in(self, rect: QRect) -> list[tuple[int, int]]:
        """First and last row in each line that the rectangle (in the viewport) meets."""
        cell, columns, count = self.cell(), self.columns, self._model.rowCount()
        top = max(0, rect.top() + self.verticalOffset()) // cell.height()
        bottom = max(0, rect.bottom() + self.verticalOffset()) // cell.height()
        left = max(0, rect.left() // cell.width())
        right = min(columns - 1, rect.right() // cell.width())
        lines = ((line * columns + left, min(line * columns + right, count - 1)) for line in range(top, bottom + 1))
        return [(first, last) for first, last in lines if first <= last]

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        seen = self._rows_in(self.viewport().rect())
        for first, last in seen:
            for part in _ranges(selection):
                for row in range(max(first, part.start), min(last + 1, part.stop)):
                    region += self.visualRect(self._model.index(row))
        return region

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        selection, current = self.selectionModel(), self.currentIndex().row()
        focused = self.hasFocus()
        plain = option.state & ~(QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus)
        for first, last in self._rows_in(event.rect()):
            for row in range(first, last + 1):
                place = self._model.index(row)
                option.rect = self.visualRect(place)
                state = plain
                if selection.isSelected(place):
                    state |= QStyle.StateFlag.State_Selected
                if focused and row == current:
                    state |= QStyle.StateFlag.State_HasFocus
                option.state = state
                self._delegate.paint(painter, option, place)
        if self.state() == QListView.State.DragSelectingState:
            self._paint_band(painter)
        painter.end()

    def _paint_band(self, painter: QPainter) -> None:
        start = QPoint(self._pressed.x(), self._pressed.y() - self.verticalOffset())
        painter.setPen(theme.colour("accent"))
        painter.setBrush(theme.colour("accent", 0.12))
        painter.drawRect(QRect(start, self.viewport().mapFromGlobal(QCursor.pos())).normalized())

    # Dragged from an empty place.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint() + QPoint(0, self.verticalOffset())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self.state() == QListView.State.DragSelectingState:
            self.repaint_all()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.repaint_all()


def _ranges(selection: QItemSelection) -> list[range]:
    """The rows that are chosen, as they lie together."""
    parts = (selection.at(number) for number in range(selection.count()))
    return [range(part.top(), part.bottom() + 1) for part in parts]
