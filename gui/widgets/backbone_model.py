"""The table of backbones without its looks: columns, what each cell says, what the filters let through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from gui import backbone_rows, theme, words
from gui.backbone_rows import Row
from gui.widgets import icons
from gui.widgets.stage_blocks import short_count
from gui.words import QT_TRANSLATE_NOOP

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


class BackboneFilter(QSortFilterProxyModel):
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
