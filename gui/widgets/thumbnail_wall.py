"""A wall of thumbnails, each with two lines of words below: mistakes as `truth → answer`, predictions, whatever."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)  # fmt: skip
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui import theme
from gui.thumbnail_loader import loader
from gui.widgets import icons, paint

ARROW = " → "
SIDE, WORDS = 116, 42  # the usual side of a picture, and the height of its words
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Tile:
    """`picture` is the thumbnail, `file` what it stands for; `title` stands below in one line, `detail` under it."""

    picture: Path
    title: str
    detail: str = ""
    tip: str = ""
    role: str = "text"
    file: Path | None = None


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.tiles: tuple[Tile, ...] = ()

    def show(self, tiles: Sequence[Tile]) -> None:
        self.beginResetModel()
        self.tiles = tuple(tiles)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.tiles)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        tile = self.tiles[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return tile.title
            case Qt.ItemDataRole.ToolTipRole:
                return tile.tip or tile.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{tile.title}, {tile.detail}" if tile.detail else tile.title
            case Qt.ItemDataRole.UserRole:
                return tile
        return None


class _Delegate(QStyledItemDelegate):
    side = SIDE

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(self.side + theme.SPACE_16, self.side + WORDS + theme.SPACE_8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        tile = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(tile, Tile):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        cell = QRectF(option.rect)
        place = QRectF(cell.left() + theme.SPACE_8, cell.top() + theme.SPACE_4, self.side, self.side)
        draw_thumbnail(painter, place, tile.picture)
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 3))
            painter.drawRoundedRect(place, theme.RADIUS, theme.RADIUS)
        box = QRectF(place.left(), place.bottom() + 4, self.side, 18)
        font = theme.font(theme.CAPTION, strong=True)
        ink = theme.colour(tile.role)
        title = fitted(tile.title, font, self.side)
        paint.write(painter, box, title, font=font, colour=ink, align=paint.LEFT | paint.MIDDLE)
        font = theme.font(theme.CAPTION, tabular=True)
        paint.write(
            painter, box.translated(0, 17), tile.detail, font=font, colour=theme.colour("quiet"),
            align=paint.LEFT | paint.MIDDLE,
        )  # fmt: skip
        painter.restore()


def fitted(title: str, font: QFont, width: float) -> str:
    """Where `truth → answer` is too long, both names are shortened, so that neither is lost: a short one leaves its
    room to the other."""
    names = title.split(ARROW)
    if len(names) != 2:
        return title
    metrics = QFontMetricsF(font)
    room = width - metrics.horizontalAdvance(ARROW)
    takes = [metrics.horizontalAdvance(name) for name in names]
    shares = [max(room / 2, room - other) for other in reversed(takes)]
    end = Qt.TextElideMode.ElideRight
    return ARROW.join(metrics.elidedText(name, end, share) for name, share in zip(names, shares, strict=True))


def draw_thumbnail(painter: QPainter, place: QRectF, picture: Path) -> None:
    """The picture cut to a rounded square; a quiet sign while it is loaded or where it cannot be shown."""
    shape = paint.rounded(place, 6)
    pixmap = loader().pixmap(picture, round(max(place.width(), place.height())))
    painter.fillPath(shape, theme.colour("sunken"))
    if pixmap is None or pixmap.isNull():
        side = min(place.width(), place.height()) / 3
        sign = QRectF(place.center().x() - side / 2, place.center().y() - side / 2, side, side)
        icons.draw(painter, "eye", sign, theme.colour("line"))
        return
    painter.save()
    painter.setClipPath(shape)
    painter.drawPixmap(_cover(pixmap, place), pixmap, QRectF(pixmap.rect()))
    painter.restore()


def _cover(pixmap: QPixmap, place: QRectF) -> QRectF:
    """The whole pixmap laid so that it covers `place`; what reaches over is clipped."""
    width, height = max(pixmap.width(), 1), max(pixmap.height(), 1)
    scale = max(place.width() / width, place.height() / height)
    result = QRectF(0, 0, width * scale, height * scale)
    result.moveCenter(place.center())
    return result


class ThumbnailWall(QListView):
    """Thousands of tiles, drawn only where they are seen. `opened` on double click or Enter."""

    opened = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("grid")
        self.setAccessibleName(name)
        self._model = _Model(self)
        self.setModel(self._model)
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(SIDE + WORDS + theme.SPACE_24)
        self.activated.connect(lambda index: self.opened.emit(self._model.tiles[index.row()]))
        loader().loaded.connect(self._came)
        theme.watcher().changed.connect(self.viewport().update)

    def _came(self, path: str) -> None:
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures grow a little, so that whole columns fill the width."""
        width = event.size().width() - 4
        columns = max(1, round(width / (SIDE + theme.SPACE_16 + 8)))
        side = max(width // columns - theme.SPACE_16, 72)
        if side != self._delegate.side:
            self._delegate.side = side
            self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)

    def step(self, by: int) -> None:
        """Go to a neighbour and open it."""
        row = self.currentIndex().row() + by
        if 0 <= row < len(self.tiles):
            self.setCurrentIndex(self._model.index(row))
            self.opened.emit(self.tiles[row])

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        self._model.show(tiles)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return self._model.tiles

    @property
    def chosen(self) -> Tile | None:
        index = self.currentIndex()
        return self._model.tiles[index.row()] if index.isValid() else None
