"""Groups of pictures that are the same or nearly so: one group a row."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme, words
from gui.thumbnail_loader import loader
from gui.widgets import icons

if TYPE_CHECKING:
    from core.project.index import Picture

ROW, SIDE, MOST = 116, 80, 6
Place = QModelIndex | QPersistentModelIndex


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.groups: Sequence[Sequence[Picture]] = ()

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.groups)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        group = self.groups[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return group
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return "\n".join(picture.path for picture in group)
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, thumbnail_of: "Callable[[Picture], Path]", parent: QListView) -> None:
        super().__init__(parent)
        self._thumbnail_of = thumbnail_of

    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(300, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        group: Sequence[Picture] = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect).adjusted(0, 2, 0, -2)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(theme.colour("accent" if state & QStyle.StateFlag.State_Selected else "line"))
        painter.setBrush(theme.colour("card"))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        x = rect.x() + 16
        for picture in group[:MOST]:
            place = QRectF(x, rect.y() + 16, SIDE, SIDE)
            painter.fillRect(place, theme.colour("sunken"))
            pixmap = loader().pixmap(self._thumbnail_of(picture))
            if pixmap is not None:
                painter.setOpacity(0.3 if picture.excluded else 1.0)
                painter.drawPixmap(_fitted(pixmap, place), pixmap, QRectF(pixmap.rect()))
                painter.setOpacity(1.0)
            x += SIDE + 8
        self._paint_words(painter, group, QRectF(x + 8, rect.y() + 14, rect.right() - x - 24, rect.height() - 24))
        painter.restore()

    def _paint_words(self, painter: QPainter, group: "Sequence[Picture]", place: QRectF) -> None:
        labels = sorted({picture.label for picture in group})
        same = len({picture.content_hash for picture in group}) == 1
        conflict = len(labels) > 1 and same
        kind = words.translate("TwinList", "the very same file" if same else "nearly the same picture")
        head = words.translate("TwinList", "%n picture(s), ", "", len(group)) + kind
        painter.setFont(theme.font(theme.BODY, strong=True))
        painter.setPen(theme.colour("text"))
        painter.drawText(QRectF(place.x(), place.y(), place.width(), 20), Qt.TextFlag.TextSingleLine, head)
        painter.setFont(theme.font(theme.CAPTION))
        line = QRectF(place.x(), place.y() + 22, place.width(), 18)
        if conflict:
            icons.draw(painter, "alert", QRectF(line.x(), line.y(), 16, 16), theme.colour("careful"))
            painter.setPen(theme.colour("careful"))
            text = words.translate("TwinList", "in several classes: {classes}").format(classes=", ".join(labels))
            line.setLeft(line.left() + 22)
        else:
            painter.setPen(theme.colour("quiet"))
            text = ", ".join(labels)
        fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(line.width()))
        painter.drawText(line, Qt.TextFlag.TextSingleLine, fitted)
        painter.setPen(theme.colour("quiet"))
        names = painter.fontMetrics().elidedText(
            ", ".join(picture.path for picture in group), Qt.TextElideMode.ElideMiddle, round(place.width())
        )
        painter.drawText(QRectF(place.x(), place.y() + 44, place.width(), 18), Qt.TextFlag.TextSingleLine, names)


class TwinList(QListView):
    def __init__(self, thumbnail_of: "Callable[[Picture], Path]") -> None:
        super().__init__()
        self.setObjectName("plain")
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(thumbnail_of, self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Twins"))
        loader().loaded.connect(self._repaint)
        theme.watcher().changed.connect(self._repaint)

    def _repaint(self, *_: object) -> None:
        """A method of its own: Qt forgets it together with the view, which it cannot do with a lambda."""
        self.viewport().update()

    def show_groups(self, groups: "Sequence[Sequence[Picture]]") -> None:
        self._model.beginResetModel()
        self._model.groups = groups
        self._model.endResetModel()

    @property
    def chosen(self) -> "Sequence[Picture]":
        place = self.currentIndex()
        return self._model.groups[place.row()] if place.isValid() else ()


def _fitted(pixmap: QPixmap, place: QRectF) -> QRectF:
    scale = min(place.width() / pixmap.width(), place.height() / pixmap.height())
    result = QRectF(0, 0, pixmap.width() * scale, pixmap.height() * scale)
    result.moveCenter(place.center())
    return result
