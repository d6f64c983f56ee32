"""A read-only table for comparing: names left, numbers right with digits that stand under one another."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableWidget, QTableWidgetItem

from gui import theme
from gui.widgets.saving import copy_sheet

ROW = 36


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is shown; a `strong` cell stands out, a `quiet` one steps back; `tip` is its tooltip."""

    text: str
    strong: bool = False
    role: str = "text"
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`number` columns are right-aligned; the `wide` one takes the room that is left."""

    title: str
    number: bool = False
    wide: bool = False


class NumberTable(QTableWidget):
    """As high as its rows (up to `most`), no grid. `opened(row)` on double click or Enter."""

    opened = Signal(int)
    chosen = Signal(int)

    def __init__(self, name: str, columns: Sequence[Column], most: int = 12) -> None:
        super().__init__(0, len(columns))
        self._columns, self._most = tuple(columns), most
        self.setObjectName("plain")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for index, column in enumerate(self._columns):
            item = QTableWidgetItem(column.title)
            item.setTextAlignment(_align(column))
            self.setHorizontalHeaderItem(index, item)
            mode = QHeaderView.ResizeMode.Stretch if column.wide else QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(index, mode)
        self.cellDoubleClicked.connect(lambda row, _: self.opened.emit(row))
        self.currentCellChanged.connect(lambda row, *_: self.chosen.emit(row))
        theme.watcher().changed.connect(self._dress)
        self._cells: list[Sequence[Cell]] = []
        self.show_rows([])

    def show_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Replace all rows; the chosen row stays chosen where it still exists."""
        standing = self.currentRow()
        self.blockSignals(True)
        self._cells = list(rows)
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for index, (column, cell) in enumerate(zip(self._columns, row, strict=True)):
                item = QTableWidgetItem(cell.text)
                item.setTextAlignment(_align(column))
                item.setFont(theme.font(theme.BODY, strong=cell.strong, tabular=column.number))
                item.setToolTip(cell.tip)
                self.setItem(number, index, item)
        self._dress()
        shown = min(len(rows), self._most)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + ROW * shown + 2)
        if 0 <= standing < len(rows):
            self.setCurrentCell(standing, 0)
        self.blockSignals(False)

    def texts(self) -> list[list[str]]:
        return [[cell.text for cell in row] for row in self._cells]

    def sheet(self) -> list[list[object]]:
        """Titles and rows, for the clipboard or a CSV file."""
        rows: list[list[object]] = [[column.title for column in self._columns]]
        for row in self._cells:
            rows.append([cell.text for cell in row])
        return rows

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            copy_sheet(self.sheet())
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() and self.currentRow() >= 0:
            self.opened.emit(self.currentRow())
            return
        super().keyPressEvent(event)

    def _dress(self) -> None:
        for number, row in enumerate(self._cells):
            for index, cell in enumerate(row):
                item = self.item(number, index)
                if item is not None:
                    item.setForeground(theme.colour(cell.role))


def _align(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
