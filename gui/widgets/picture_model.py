"""A list of pictures for a virtual grid: however many there are, only what is seen is loaded."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gui import words
from gui.thumbnail_loader import loader

if TYPE_CHECKING:
    from core.project.index import Picture

Place = QModelIndex | QPersistentModelIndex
PICTURE_ROLE = Qt.ItemDataRole.UserRole
SIDE = 160


class PictureModel(QAbstractListModel):
    """`thumbnail_of` says where a picture's thumbnail lies, `caption` what stands below it."""

    def __init__(
        self,
        thumbnail_of: "Callable[[Picture], Path]",
        caption: "Callable[[Picture], str] | None" = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._thumbnail_of, self._caption = thumbnail_of, caption
        self._pictures: Sequence[Picture] = ()
        self._rows: Mapping[str, list[int]] = {}
        loader().loaded.connect(self._loaded)

    def show(self, pictures: "Sequence[Picture]") -> None:
        """Show these instead; where only states changed or more came, the view keeps its place and selection."""
        if pictures is self._pictures:
            return
        before, now = [p.id for p in self._pictures], [p.id for p in pictures]
        if before and now[: len(before)] == before:
            self._pictures = pictures[: len(before)]
            self.dataChanged.emit(self.index(0), self.index(len(before) - 1))
            if len(now) > len(before):
                self.beginInsertRows(QModelIndex(), len(before), len(now) - 1)
                self._pictures = pictures
                self.endInsertRows()
        else:
            self.beginResetModel()
            self._pictures = pictures
            self.endResetModel()
        self._rows = {}

    @property
    def pictures(self) -> "Sequence[Picture]":
        return self._pictures

    def picture(self, place: Place) -> "Picture":
        return self._pictures[place.row()]

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._pictures)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        picture = self._pictures[index.row()]
        if role == PICTURE_ROLE:
            return picture
        if role == Qt.ItemDataRole.DecorationRole:
            return loader().pixmap(self._thumbnail_of(picture), SIDE)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._caption(picture) if self._caption else ""
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return describe(picture)
        return None

    def _loaded(self, name: str) -> None:
        if not self._rows:
            rows: dict[str, list[int]] = {}
            for row, picture in enumerate(self._pictures):
                rows.setdefault(picture.content_hash, []).append(row)
            self._rows = rows
        for row in self._rows.get(Path(name).stem, ()):
            place = self.index(row)
            self.dataChanged.emit(place, place, [Qt.ItemDataRole.DecorationRole])


def describe(picture: "Picture") -> str:
    """Name, class, size in pixels, and what is wrong: for tooltips and screen readers."""
    parts = [picture.path, picture.label, f"{picture.width} × {picture.height}"]
    if picture.excluded:
        parts.append(words.translate("PictureModel", "left out"))
    parts += [words.fault_message(note.code, note.params) for note in picture.notes]
    return "\n".join(part for part in parts if part)
