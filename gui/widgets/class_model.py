"""The classes as rows of a list: what stands in each, which may be renamed, what may be dropped where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal

from gui import words
from gui.widgets.picture_model import MIME as PICTURES

CLASS = "application/x-graft-class"
Place = QModelIndex | QPersistentModelIndex
Kind = Literal["all", "class", "unlabelled", "excluded"]


@dataclass(frozen=True, slots=True)
class Row:
    """A class, or (`kind`) all of them, the pictures without one, those left out. `number` is the key that relabels."""

    kind: Kind
    name: str
    count: int
    number: int = 0
    colour: int = 0

    @property
    def title(self) -> str:
        if self.kind == "all":
            return words.translate("ClassList", "All classes")
        if self.kind == "unlabelled":
            return words.translate("ClassList", "No class yet")
        return words.translate("ClassList", "Left out") if self.kind == "excluded" else self.name


class ClassModel(QAbstractListModel):
    renamed = Signal(str, str)
    pictures_dropped = Signal(object)
    class_dropped = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.EditRole:
            return row.name
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{row.title}: {words.count(row.count)}"
        return None

    def setData(self, index: Place, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        name, new = self.rows[index.row()].name, str(value).strip()
        if not new or new == name:
            return False
        self.renamed.emit(name, new)
        return True

    def flags(self, index: Place) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid():
            return flags
        kind = self.rows[index.row()].kind
        if kind == "class":
            flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled
        return flags if kind == "all" else flags | Qt.ItemFlag.ItemIsDropEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [PICTURES, CLASS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(CLASS, self.rows[indexes[0].row()].name.encode("utf-8", "surrogateescape"))
        return data

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Place) -> bool:
        if not parent.isValid():
            return False
        onto = self.rows[parent.row()]
        if data.hasFormat(CLASS):
            return onto.kind == "class" and onto.name != _class_of(data)
        return data.hasFormat(PICTURES) and onto.kind != "all"

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Place) -> bool:
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        onto = self.rows[parent.row()]
        if data.hasFormat(CLASS):
            self.class_dropped.emit(_class_of(data), onto.name)
        else:
            self.pictures_dropped.emit(onto)
        return True


def _class_of(data: QMimeData) -> str:
    return bytes(data.data(CLASS).data()).decode("utf-8", "surrogateescape")
