"""A list of pictures for a virtual grid: however many there are, only what is seen is read and loaded."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer

from gui import words
from gui.edits import Change
from gui.thumbnail_loader import loader

if TYPE_CHECKING:
    from core.project.index import Picture
    from gui.shelf import Shelf

Place = QModelIndex | QPersistentModelIndex
PICTURE_ROLE = Qt.ItemDataRole.UserRole
MIME = "application/x-graft-pictures"
SIDE = 160
CHUNK = 64  # pictures that are read together
KEPT = 48  # chunks in memory
WAITING = 6  # chunks asked for at a time; what scrolled by is asked for again when it is seen again


class PictureModel(QAbstractListModel):
    """Holds the numbers of all pictures in their order, and the rows of the index that were seen last.

    `thumbnail_of` says where a picture's thumbnail lies, `caption` what stands below it.
    """

    def __init__(
        self,
        shelf: "Shelf",
        thumbnail_of: "Callable[[Picture], Path]",
        caption: "Callable[[Picture], str] | None" = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shelf, self._thumbnail_of, self._caption = shelf, thumbnail_of, caption
        self._ids: array[int] = array("q")
        self._chunks: OrderedDict[int, list[Picture]] = OrderedDict()
        self._contents: dict[str, set[int]] = {}  # the rows in memory by content
        self._stale: set[int] = set()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._asked: set[int] = set()
        self._rows: dict[int, int] = {}
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.timeout.connect(self._read)
        self._generation = 0
        loader().loaded.connect(self._loaded)
        shelf.edited.connect(self._show_edit)

    def show(self, ids: "array[int]") -> None:
        """Show these pictures, read anew. What is drawn stays until the new rows are here."""
        self._generation += 1
        self._asked.clear()
        if ids == self._ids:
            self._stale = set(self._chunks)
            if ids:
                self.dataChanged.emit(self.index(0), self.index(len(ids) - 1))
            return
        standing = {picture.id: picture for chunk in self._chunks.values() for picture in chunk}
        self.beginResetModel()
        self._ids, self._rows = ids, {}
        self._chunks.clear()
        self._contents.clear()
        self._keep_known(standing)
        self.endResetModel()

    def _keep_known(self, standing: "dict[int, Picture]") -> None:
        """Chunks whose pictures were all read before need no waiting for."""
        for start in range(0, min(len(self._ids), CHUNK * KEPT * 4), CHUNK):
            ids = self._ids[start : start + CHUNK]
            if all(number in standing for number in ids):
                self._keep(start // CHUNK, [standing[number] for number in ids])
        self._stale = set(self._chunks)

    @property
    def ids(self) -> "array[int]":
        return self._ids

    def row_of(self, number: int) -> int:
        """Where a picture stands; -1 where it does not."""
        if not self._rows and self._ids:
            self._rows = {picture: row for row, picture in enumerate(self._ids)}
        return self._rows.get(number, -1)

    def picture(self, row: int) -> "Picture | None":
        """The picture in a row if it was read already; else it is read now, and `dataChanged` follows."""
        number = row // CHUNK
        chunk = self._chunks.get(number)
        if chunk is None or number in self._stale:
            self._want(number)
        if chunk is None:
            return None
        self._chunks.move_to_end(number)
        place = row - number * CHUNK
        return chunk[place] if place < len(chunk) else None

    def known(self, ids: Iterable[int]) -> "list[Picture]":
        """Those of these pictures that were read already."""
        found = (self.picture(row) for row in map(self.row_of, ids) if row >= 0)
        return [picture for picture in found if picture is not None]

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        picture = self.picture(index.row())
        if picture is None or role == PICTURE_ROLE:
            return picture
        if role == Qt.ItemDataRole.DecorationRole:
            return loader().pixmap(self._thumbnail_of(picture), SIDE)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._caption(picture) if self._caption else ""
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return describe(picture)
        return None

    def flags(self, index: Place) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(MIME, str(len(indexes)).encode())
        return data

    # Reading.

    def _want(self, chunk: int) -> None:
        if chunk in self._asked:
            return
        self._wanted[chunk] = None
        self._wanted.move_to_end(chunk)
        while len(self._wanted) > WAITING:
            self._wanted.popitem(last=False)
        if not self._reading.isActive():
            self._reading.start(0)

    def _read(self) -> None:
        for chunk in self._wanted:
            self._asked.add(chunk)
            ids = self._ids[chunk * CHUNK : (chunk + 1) * CHUNK]
            self._shelf.rows(ids, partial(self._came, chunk, self._generation))
        self._wanted.clear()

    def _came(self, number: int, generation: int, found: "list[Picture]") -> None:
        if generation != self._generation:
            return
        self._asked.discard(number)
        self._stale.discard(number)
        by_id = {picture.id: picture for picture in found}
        first, last = number * CHUNK, min((number + 1) * CHUNK, len(self._ids)) - 1
        self._keep(number, [by_id[one] for one in self._ids[first : last + 1] if one in by_id])
        while len(self._chunks) > KEPT:
            gone = next(iter(self._chunks))
            self._drop(gone)
            self._stale.discard(gone)
        if first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))

    def _show_edit(self, ids: frozenset[int], change: Change) -> None:
        """What the user said, before it is written."""
        for number, chunk in self._chunks.items():
            if any(picture.id in ids for picture in chunk):
                self._chunks[number] = [change.of(picture) if picture.id in ids else picture for picture in chunk]
                self.dataChanged.emit(self.index(number * CHUNK), self.index(number * CHUNK + len(chunk) - 1))

    def _loaded(self, name: str) -> None:
        for row in self._contents.get(Path(name).stem, ()):
            index = self.index(row)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def _keep(self, number: int, chunk: "list[Picture]") -> None:
        self._drop(number)
        self._chunks[number] = chunk
        for row, picture in enumerate(chunk, number * CHUNK):
            self._contents.setdefault(picture.content_hash, set()).add(row)

    def _drop(self, number: int) -> None:
        for row, picture in enumerate(self._chunks.pop(number, ()), number * CHUNK):
            rows = self._contents.get(picture.content_hash, set())
            rows.discard(row)
            if not rows:
                self._contents.pop(picture.content_hash, None)


def describe(picture: "Picture") -> str:
    """Name, class, part, size in pixels, and what is wrong: for tooltips and screen readers."""
    label = picture.label or words.translate("PictureModel", "no class yet")
    parts = [picture.path, label, f"{picture.width} × {picture.height}"]
    if picture.dealt:
        parts.append(words.part_name(picture.dealt))
    if picture.own_group:
        parts.append(words.translate("PictureModel", "in a group made by hand"))
    if picture.excluded:
        parts.append(words.translate("PictureModel", "left out"))
    parts += [words.fault_message(note.code, note.params) for note in picture.notes]
    return "\n".join(part for part in parts if part)
