"""All backbones as a table that is searched, filtered and sorted; of a thousand rows only those on screen are drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
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
from gui.widgets import buttons, icons
from gui.widgets import text as labels
from gui.widgets.stage_blocks import short_count
from gui.words import QT_TRANSLATE_NOOP

ROW = 36
HEIGHT = 460
ROOMY = 760  # in less, the column of families gives way: they can be filtered by
SORTED = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """What a cell says, by what it is sorted, and its icon with that one's role."""

    title: str
    tip: str
    text: Callable[[Row], str]
    key: Callable[[Row], Any]
    width: int
    number: bool = False
    icon: Callable[[Row], tuple[str, str]] = lambda row: ("", "")


COLUMNS = (
    Column(
        QT_TRANSLATE_NOOP("BackboneTable", "Name"), "", lambda row: str(row["title"]),
        lambda row: str(row["title"]).casefold(), 200, icon=backbone_rows.place_icon,
    ),
    Column(
        QT_TRANSLATE_NOOP("BackboneTable", "Family"), "", lambda row: str(row["family"]),
        lambda row: str(row["family"]).casefold(), 116,
    ),
    Column(
        QT_TRANSLATE_NOOP("BackboneTable", "Weights"),
        QT_TRANSLATE_NOOP("BackboneTable", "How many numbers were learned, without the classifier."),
        lambda row: short_count(int(row["parameters"])) if row["parameters"] else "",
        lambda row: int(row["parameters"]), 72, True,
    ),
    Column(
        QT_TRANSLATE_NOOP("BackboneTable", "Pixels"),
        QT_TRANSLATE_NOOP("BackboneTable", "The side of the pictures it looks at."),
        lambda row: str(row["image_size"] or ""), lambda row: int(row["image_size"]), 62, True,
    ),
    Column(
        QT_TRANSLATE_NOOP("BackboneTable", "ImageNet"),
        QT_TRANSLATE_NOOP("BackboneTable", "How many of ImageNet's 50,000 test photographs it names rightly; empty "
                          "where its library does not say."),
        lambda row: f"{row['accuracy']:.1f} %" if row.get("accuracy") else "",
        lambda row: float(row.get("accuracy") or 0), 84, True,
    ),
    Column(
        QT_TRANSLATE_NOOP("BackboneTable", "Download"),
        QT_TRANSLATE_NOOP("BackboneTable", "Its size; reckoned from the weights where the library does not tell."),
        backbone_rows.download_short,
        backbone_rows.download_bytes, 100, True,
    ),
    Column(
        QT_TRANSLATE_NOOP("BackboneTable", "ms here"),
        QT_TRANSLATE_NOOP("BackboneTable", "Milliseconds that a picture takes on this machine, where it was measured."),
        lambda row: backbone_rows.milliseconds_text(backbone_rows.milliseconds(row)),
        lambda row: backbone_rows.milliseconds(row) or 0.0, 72, True,
    ),
    Column(
        QT_TRANSLATE_NOOP("BackboneTable", "Licence"),
        QT_TRANSLATE_NOOP("BackboneTable", "That of the weights."), backbone_rows.licence_text,
        backbone_rows.licence_text, 140,
        icon=lambda row: backbone_rows.LICENCE_USES[str(row.get("licence_use", "free"))][:2],
    ),
)  # fmt: skip
# Sizes to filter by, in millions of weights.
SIZES = (
    (QT_TRANSLATE_NOOP("BackboneTable", "Any size"), 0.0, 0.0),
    (QT_TRANSLATE_NOOP("BackboneTable", "Up to 5 M weights"), 0.0, 5.0),
    (QT_TRANSLATE_NOOP("BackboneTable", "5 to 25 M weights"), 5.0, 25.0),
    (QT_TRANSLATE_NOOP("BackboneTable", "25 to 90 M weights"), 25.0, 90.0),
    (QT_TRANSLATE_NOOP("BackboneTable", "Above 90 M weights"), 90.0, float("inf")),
)


class BackboneModel(QAbstractTableModel):
    """The rows as Qt asks for them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def show_rows(self, rows: Sequence[Row]) -> None:
        """The same networks in the same order are only told anew, so that nothing jumps."""
        same = [row["name"] for row in rows] == [row["name"] for row in self.rows]
        if same:
            self.rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return words.translate("BackboneTable", column.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.translate("BackboneTable", column.tip) if column.tip else ""
        return _align(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.UserRole:
                return column.key(row)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _align(column)
            case Qt.ItemDataRole.FontRole:
                return theme.font(theme.BODY, tabular=column.number)
            case Qt.ItemDataRole.DecorationRole:
                name, colour = column.icon(row)
                return icons.icon(name, colour) if name else None
            case Qt.ItemDataRole.ForegroundRole:
                return theme.colour("quiet" if index.column() == 1 else "text")
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(row, column)
            case Qt.ItemDataRole.AccessibleTextRole if index.column() == 0:
                return f"{row['title']}, {backbone_rows.place_text(row)}"
        return None


class _Filter(QSortFilterProxyModel):
    """What of the table is shown."""

    def __init__(self, model: BackboneModel) -> None:
        super().__init__()
        self.setSourceModel(model)
        self.setSortRole(SORTED)
        self.words: tuple[str, ...] = ()
        self.family = ""
        self.size = (0.0, 0.0)
        self.here = self.commercial = False

    def set(self, **wanted: Any) -> None:
        for name, value in wanted.items():
            setattr(self, name, value)
        self.invalidateRowsFilter()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        model = self.sourceModel()
        assert isinstance(model, BackboneModel)
        row = model.rows[source_row]
        low, high = self.size
        millions = int(row["parameters"]) / 1e6
        return (
            (not self.here or bool(row["local"]))
            and (not self.family or row["family"] == self.family)
            and (not high or low < millions <= high)
            and (not self.commercial or row.get("licence_use") in ("free", "own_terms"))
            and all(word in searched(row) for word in self.words)
        )


class BackboneTable(QWidget):
    """`picked(row)` when a row becomes the current one, `opened(row)` on Enter or double click."""

    picked = Signal(object)
    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.model = BackboneModel()
        self.filter = _Filter(self.model)
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

    def __init__(self, model: _Filter) -> None:
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


def searched(row: Row) -> str:
    """What a search looks into."""
    return (
        f"{row['title']} {row['name']} {row['family']} {row['source']} {' '.join(row.get('variants') or ())}".casefold()
    )


def _tip(row: Row, column: Column) -> str:
    if column is COLUMNS[0]:
        return words.translate("BackboneTable", "{name} ({source}): {place}").format(
            name=row["name"], source=row["source"], place=backbone_rows.place_text(row)
        )
    return column.text(row)


def _align(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
