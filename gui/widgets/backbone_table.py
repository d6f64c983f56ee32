"""All backbones as a table that is searched, filtered and sorted; of a thousand rows only those on screen are drawn."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui import backbone_rows, theme, words
from gui.backbone_rows import Row
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.backbone_model import COLUMNS, BackboneFilter, BackboneModel, Index
from gui.words import QT_TRANSLATE_NOOP

ROW = 36
HEIGHT = 460
ROOMY = 760  # in less, the column of families gives way: they can be filtered by
# Sizes to filter by, in millions of weights.
SIZES = (
    (QT_TRANSLATE_NOOP("BackboneTable", "Any size"), 0.0, 0.0),
    (QT_TRANSLATE_NOOP("BackboneTable", "Up to 5 M weights"), 0.0, 5.0),
    (QT_TRANSLATE_NOOP("BackboneTable", "5 to 25 M weights"), 5.0, 25.0),
    (QT_TRANSLATE_NOOP("BackboneTable", "25 to 90 M weights"), 25.0, 90.0),
    (QT_TRANSLATE_NOOP("BackboneTable", "Above 90 M weights"), 90.0, float("inf")),
)


class BackboneTable(QWidget):
    """`picked(row)` when a row becomes the current one, `opened(row)` on Enter or double click."""

    picked = Signal(object)
    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.model = BackboneModel()
        self.filter = BackboneFilter(self.model)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Name, family, or any timm name"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.family, self.sizes = QComboBox(), QComboBox()
        self.family.setAccessibleName(self.tr("Family"))
        self.sizes.setAccessibleName(self.tr("Size"))
        for title, low, high in SIZES:
            self.sizes.addItem(words.translate("BackboneTable", title), (low, high))
        for box in (self.family, self.sizes):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(14)
        self.here, self.commercial = QCheckBox(self.tr("Here")), QCheckBox(self.tr("Commercial use allowed"))
        self.view = _View(self.filter)
        self.said = labels.caption()
        self.typed = buttons.link_button("")
        self.typed.clicked.connect(lambda: self.opened.emit(backbone_rows.unknown(self.search.text().strip())))
        self._lay_out()
        self._fill_families()
        self._connect()

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for line in (first, second):
            line.setSpacing(theme.SPACE_8)
        first.addWidget(self.search, 1)
        first.addWidget(self.family)
        first.addWidget(self.sizes)
        second.addWidget(self.here)
        second.addSpacing(theme.SPACE_8)
        second.addWidget(self.commercial)
        second.addStretch(1)
        second.addWidget(self.typed)
        second.addWidget(labels.one_line(self.said))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.view)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda text: self._apply(words=tuple(text.casefold().split())))
        self.family.activated.connect(lambda: self._apply(family=self.family.currentData()))
        self.sizes.activated.connect(lambda: self._apply(size=self.sizes.currentData()))
        self.here.toggled.connect(lambda on: self._apply(here=on))
        self.commercial.toggled.connect(lambda on: self._apply(commercial=on))
        self.view.selectionModel().currentRowChanged.connect(self._pick)
        self.view.entered_row.connect(lambda index: self._emit(self.opened, index))
        self.view.doubleClicked.connect(lambda index: self._emit(self.opened, index))

    def show_rows(self, rows: Sequence[Row]) -> None:
        if rows != self.model.rows:
            self.model.show_rows(rows)
            self._fill_families()
            self._say()

    def shown(self) -> list[Row]:
        """The rows that the filters let through, in the order in which they stand."""
        places = (self.filter.mapToSource(self.filter.index(n, 0)).row() for n in range(self.filter.rowCount()))
        return [self.model.rows[place] for place in places]

    def mark(self, name: str) -> None:
        """Make the row of that name the current one, without telling of it."""
        current = self.view.currentIndex()
        if current.isValid() and self._row(current)["name"] == name:
            return
        for number in range(self.filter.rowCount()):
            index = self.filter.index(number, 0)
            if self._row(index)["name"] == name:
                self.view.selectionModel().blockSignals(True)
                flags = QItemSelectionModel.SelectionFlag
                self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
                self.view.selectionModel().blockSignals(False)
                self.view.viewport().update()
                return

    def _fill_families(self) -> None:
        standing = self.family.currentData()
        self.family.clear()
        self.family.addItem(self.tr("All families"), "")
        for name in backbone_rows.families(self.model.rows):
            self.family.addItem(name, name)
        self.family.setCurrentIndex(max(0, self.family.findData(standing)))

    def _apply(self, **wanted: Any) -> None:
        self.filter.set(**wanted)
        self._say()

    def _say(self) -> None:
        shown, all_of_them = self.filter.rowCount(), len(self.model.rows)
        text = self.tr("{shown} of {all}").format(shown=words.count(shown), all=words.count(all_of_them))
        self.said.setText(text)
        name = self.search.text().strip()
        self.typed.setVisible(not shown and bool(name) and " " not in name)
        self.typed.setText(self.tr("Ask timm for “{name}”").format(name=name))

    def _row(self, index: Index) -> Row:
        return self.model.rows[self.filter.mapToSource(index).row()]

    def _emit(self, signal: Any, index: Index) -> None:
        if index.isValid():
            signal.emit(self._row(index))

    def _pick(self, index: QModelIndex) -> None:
        self._emit(self.picked, index)


class _View(QTableView):
    entered_row = Signal(QModelIndex)

    def __init__(self, model: BackboneFilter) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(self.tr("All backbones"))
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as it came: the short list first
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(20, 16))
        self.setFixedHeight(HEIGHT)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for number, column in enumerate(COLUMNS):
            header.resizeSection(number, column.width)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setColumnHidden(1, self.width() < ROOMY)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.entered_row.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
