"""The virtual grid of thumbnails: several may be chosen, the size follows a slider, keys do the work."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui import theme
from gui.widgets import icons
from gui.widgets.picture_model import PICTURE_ROLE, PictureModel

if TYPE_CHECKING:
    from core.project.index import Picture

GAP = 8
CAPTION_HEIGHT = 20
AT_ONCE = 4000
Place = QModelIndex | QPersistentModelIndex


class _Delegate(QStyledItemDelegate):
    """Paints one picture: whole, on a sunken ground, with the colour of its class and what is odd about it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.side = 112
        self.with_caption = False
        self.colour_of: Callable[[Picture], QColor | None] = lambda picture: None

    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(self.side + GAP, self.side + GAP + (CAPTION_HEIGHT if self.with_caption else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        picture: Picture = index.data(PICTURE_ROLE)
        rect = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        place = QRectF(rect.x() + GAP / 2, rect.y() + GAP / 2, self.side, self.side)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(place, 6, 6)
        painter.fillPath(shape, theme.colour("soft" if chosen else "sunken"))
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(pixmap, QPixmap):
            painter.setClipPath(shape)
            painter.setOpacity(0.3 if picture.excluded else 1.0)
            painter.drawPixmap(_fitted(pixmap, place), pixmap, QRectF(pixmap.rect()))
            painter.setOpacity(1.0)
            painter.setClipping(False)
        self._paint_marks(painter, picture, place)
        if chosen or state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(_pen(chosen))
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 6, 6)
        if self.with_caption:
            painter.setPen(theme.colour("quiet"))
            painter.setFont(theme.font(theme.CAPTION))
            text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, self.side)
            below = QRectF(place.x(), place.bottom() + 2, place.width(), CAPTION_HEIGHT)
            painter.drawText(below, Qt.TextFlag.TextSingleLine, text)
        painter.restore()

    def _paint_marks(self, painter: QPainter, picture: "Picture", place: QRectF) -> None:
        colour = self.colour_of(picture)
        if colour is not None and not picture.excluded:
            painter.fillRect(QRectF(place.x() + 6, place.bottom() - 5, place.width() - 12, 3), colour)
        badge = "close" if picture.excluded else "alert" if picture.notes or picture.problem else ""
        if badge:
            spot = QRectF(place.right() - 24, place.top() + 4, 20, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("card", 0.92))
            painter.drawEllipse(spot)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            role = "quiet" if picture.excluded else "careful"
            icons.draw(painter, badge, spot.adjusted(4, 4, -4, -4), theme.colour(role))


class PictureGrid(QListView):
    """Signals tell what the user's keys ask for; the page does it."""

    exclude_asked = Signal()
    look_asked = Signal()
    class_asked = Signal(int)  # the number key, 1 to 9

    def __init__(self, model: PictureModel) -> None:
        super().__init__()
        self.setObjectName("grid")
        self.setModel(model)
        self._model = model
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        # A wrapping list only counts its items where the icon mode builds a tree of them.
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Pictures"))
        self.doubleClicked.connect(lambda place: self.look_asked.emit())
        model.modelReset.connect(self._choose_layout)
        model.rowsInserted.connect(self._choose_layout)
        theme.watcher().changed.connect(self._repaint)

    def _repaint(self, *_: object) -> None:
        """A method of its own: Qt forgets it together with the view, which it cannot do with a lambda."""
        self.viewport().update()

    def _choose_layout(self, *_: object) -> None:
        """100,000 items take 0.3 s to lay out: many are laid out bit by bit, so that the window goes on."""
        many = self._model.rowCount() > AT_ONCE
        self.setLayoutMode(QListView.LayoutMode.Batched if many else QListView.LayoutMode.SinglePass)
        self.setBatchSize(AT_ONCE)

    def set_side(self, side: int) -> None:
        self._delegate.side = side
        self.scheduleDelayedItemsLayout()
        self.verticalScrollBar().setSingleStep(side // 3)

    def set_captions(self, shown: bool) -> None:
        self._delegate.with_caption = shown
        self.scheduleDelayedItemsLayout()

    def set_colours(self, colour_of: "Callable[[Picture], QColor | None]") -> None:
        self._delegate.colour_of = colour_of
        self.viewport().update()

    @property
    def chosen(self) -> "Sequence[Picture]":
        return [self._model.picture(place) for place in sorted(self.selectedIndexes(), key=QModelIndex.row)]

    def choose(self, rows: Sequence[int]) -> None:
        selection = self.selectionModel()
        selection.clearSelection()
        for row in rows:
            selection.select(self._model.index(row), QItemSelectionModel.SelectionFlag.Select)
        if rows:
            selection.setCurrentIndex(self._model.index(rows[0]), QItemSelectionModel.SelectionFlag.NoUpdate)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.exclude_asked.emit()
        elif plain and event.key() == Qt.Key.Key_Space:
            self.look_asked.emit()
        elif plain and Qt.Key.Key_1 <= event.key() <= Qt.Key.Key_9:
            self.class_asked.emit(event.key() - Qt.Key.Key_0)
        else:
            super().keyPressEvent(event)


def _fitted(pixmap: QPixmap, place: QRectF) -> QRectF:
    """The whole picture in the middle of the place, no larger than twice its own size."""
    scale = min(place.width() / pixmap.width(), place.height() / pixmap.height(), 2.0)
    size = QSize(round(pixmap.width() * scale), round(pixmap.height() * scale))
    return QRectF(
        place.center().x() - size.width() / 2, place.center().y() - size.height() / 2, size.width(), size.height()
    )


def _pen(chosen: bool) -> QPen:
    return QPen(theme.colour("accent"), 2 if chosen else 1)
