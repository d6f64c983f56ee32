"""The virtual grid of thumbnails: several may be chosen, the size follows a slider, keys do the work."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QCursor,
    QDrag,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui import theme, words
from gui.widgets import icons
from gui.widgets.picture_model import PICTURE_ROLE, PictureModel

if TYPE_CHECKING:
    from core.project.index import Picture

GAP = 8
CAPTION_HEIGHT = 20
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
        picture: Picture | None = index.data(PICTURE_ROLE)
        rect = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        place = QRectF(rect.x() + GAP / 2, rect.y() + GAP / 2, self.side, self.side)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(place, 6, 6)
        painter.fillPath(shape, theme.colour("soft" if chosen else "sunken"))
        pixmap = index.data(Qt.ItemDataRole.DecorationRole) if picture is not None else None
        if isinstance(pixmap, QPixmap):
            painter.setClipPath(shape)
            painter.setOpacity(0.3 if picture is not None and picture.excluded else 1.0)
            painter.drawPixmap(_fitted(pixmap, place), pixmap, QRectF(pixmap.rect()))
            painter.setOpacity(1.0)
            painter.setClipping(False)
        if picture is not None:
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
    """Signals tell what the user's keys ask for; the page does it.

    All cells are alike, so that where one lies is a division: Qt's own layout of a wrapping list goes through all
    items, 0.3 s for 100,000 of them, whenever one comes or goes.
    """

    exclude_asked = Signal()
    look_asked = Signal()
    class_asked = Signal(int)  # the number key, 1 to 9
    name_asked = Signal()  # a class is to be typed
    group_asked = Signal(bool)  # together, or apart again

    def __init__(self, model: PictureModel) -> None:
        super().__init__()
        self.setObjectName("grid")
        self.setModel(model)
        self._model = model
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self._standing: tuple[list[int], int, int] = ([], -1, 0)  # chosen pictures, row, scrolled by
        self._pressed = QPoint()
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setDragEnabled(True)
        self.setDragDropMode(QListView.DragDropMode.DragOnly)
        self.setAccessibleName(self.tr("Pictures"))
        self.doubleClicked.connect(lambda place: self.look_asked.emit())
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._come_back)
        theme.watcher().changed.connect(self._repaint)

    def _repaint(self, *_: object) -> None:
        """A method of its own: Qt forgets it together with the view, which it cannot do with a lambda."""
        self.viewport().update()

    def set_side(self, side: int) -> None:
        self._delegate.side = side
        self.updateGeometries()
        self._repaint()

    def set_captions(self, shown: bool) -> None:
        self._delegate.with_caption = shown
        self.updateGeometries()
        self._repaint()

    def set_colours(self, colour_of: "Callable[[Picture], QColor | None]") -> None:
        self._delegate.colour_of = colour_of
        self._repaint()

    # What is chosen.

    @property
    def chosen_rows(self) -> list[int]:
        return sorted(row for part in _ranges(self.selectionModel().selection()) for row in part)

    @property
    def chosen(self) -> list[int]:
        """The numbers of the chosen pictures, in order."""
        ids = self._model.ids
        return [ids[row] for row in self.chosen_rows if row < len(ids)]

    def choose(self, rows: Sequence[int]) -> None:
        self._select(rows)
        if rows:
            self.scrollTo(self._model.index(rows[0]))

    def _select(self, rows: Sequence[int]) -> None:
        """These and no others; the first of them has the keys."""
        selection = QItemSelection()
        for row in rows:
            selection.select(self._model.index(row), self._model.index(row))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            place = self._model.index(rows[0])
            self.selectionModel().setCurrentIndex(place, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _remember(self) -> None:
        chosen = self.chosen_rows
        self._standing = (self.chosen, chosen[0] if chosen else -1, self.verticalScrollBar().value())

    def _come_back(self) -> None:
        """The same pictures stay chosen; if all of them left, the one that took the place of the first."""
        chosen, first, scrolled = self._standing
        rows = [row for row in map(self._model.row_of, chosen) if row >= 0]
        if chosen and not rows and self._model.rowCount():
            rows = [min(first, self._model.rowCount() - 1)]
        self.updateGeometries()
        self.verticalScrollBar().setValue(scrolled)
        self._select(rows)

    # Where things lie.

    def _cell(self) -> QSize:
        return self._delegate.sizeHint(QStyleOptionViewItem(), QModelIndex())

    @property
    def columns(self) -> int:
        return max(1, self.viewport().width() // self._cell().width())

    def visualRect(self, index: Place) -> QRect:
        if not index.isValid():
            return QRect()
        cell, columns = self._cell(), self.columns
        line, column = divmod(index.row(), columns)
        return QRect(QPoint(column * cell.width(), line * cell.height() - self.verticalOffset()), cell)

    def indexAt(self, point: QPoint) -> QModelIndex:
        cell, columns = self._cell(), self.columns
        column, line = point.x() // cell.width(), (point.y() + self.verticalOffset()) // cell.height()
        row = line * columns + column
        inside = 0 <= column < columns and 0 <= row < self._model.rowCount()
        return self._model.index(row) if inside else QModelIndex()

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Place) -> bool:
        return False

    def doItemsLayout(self) -> None:
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        lines = -(-self._model.rowCount() // self.columns)
        bar, high = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, lines * self._cell().height() - high))
        bar.setPageStep(high)
        bar.setSingleStep(max(1, self._delegate.side // 3))

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)

    def scrollTo(self, index: Place, hint: QListView.ScrollHint = QListView.ScrollHint.EnsureVisible) -> None:
        place, bar = self.visualRect(index), self.verticalScrollBar()
        if hint == QListView.ScrollHint.EnsureVisible:
            if place.top() < 0:
                bar.setValue(bar.value() + place.top())
            elif place.bottom() > self.viewport().height():
                bar.setValue(bar.value() + place.bottom() - self.viewport().height())
        else:
            bar.setValue(bar.value() + place.center().y() - self.viewport().height() // 2)

    def moveCursor(self, action: QListView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        last = self._model.rowCount() - 1
        now = self.currentIndex()
        moves = QListView.CursorAction
        if last < 0 or not now.isValid():
            return self._model.index(last if action == moves.MoveEnd else 0) if last >= 0 else QModelIndex()
        columns = self.columns
        page = max(1, self.viewport().height() // self._cell().height()) * columns
        steps = {
            moves.MoveLeft: -1, moves.MovePrevious: -1, moves.MoveRight: 1, moves.MoveNext: 1, moves.MoveUp: -columns,
            moves.MoveDown: columns, moves.MovePageUp: -page, moves.MovePageDown: page, moves.MoveHome: -last - 1,
            moves.MoveEnd: last + 1,
        }  # fmt: skip
        row = now.row() + steps.get(action, 0)
        if action in (moves.MoveUp, moves.MoveDown) and not 0 <= row <= last:
            return now
        return self._model.index(min(max(row, 0), last))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Dragged from an empty place: what the rectangle meets; else from one picture to the other, as one reads."""
        selection = QItemSelection()
        if self.state() == QListView.State.DragSelectingState:
            for top, bottom in self._rows_in(rect.normalized()):
                selection.select(self._model.index(top), self._model.index(bottom))
        else:
            ends = sorted(place.row() for place in (self.indexAt(rect.topLeft()), self.indexAt(rect.bottomRight()))
                          if place.isValid())  # fmt: skip
            if ends:
                selection.select(self._model.index(ends[0]), self._model.index(ends[-1]))
        self.selectionModel().select(selection, command)

    def _rows_in(self, rect: QRect) -> list[tuple[int, int]]:
        """First and last row in each line that the rectangle (in the viewport) meets."""
        cell, columns, count = self._cell(), self.columns, self._model.rowCount()
        top = max(0, rect.top() + self.verticalOffset()) // cell.height()
        bottom = max(0, rect.bottom() + self.verticalOffset()) // cell.height()
        left = max(0, rect.left() // cell.width())
        right = min(columns - 1, rect.right() // cell.width())
        lines = ((line * columns + left, min(line * columns + right, count - 1)) for line in range(top, bottom + 1))
        return [(first, last) for first, last in lines if first <= last]

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        seen = self._rows_in(self.viewport().rect())
        for first, last in seen:
            for part in _ranges(selection):
                for row in range(max(first, part.start), min(last + 1, part.stop)):
                    region += self.visualRect(self._model.index(row))
        return region

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        selection, current = self.selectionModel(), self.currentIndex().row()
        focused = self.hasFocus()
        plain = option.state & ~(QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus)
        for first, last in self._rows_in(event.rect()):
            for row in range(first, last + 1):
                place = self._model.index(row)
                option.rect = self.visualRect(place)
                state = plain
                if selection.isSelected(place):
                    state |= QStyle.StateFlag.State_Selected
                if focused and row == current:
                    state |= QStyle.StateFlag.State_HasFocus
                option.state = state
                self._delegate.paint(painter, option, place)
        if self.state() == QListView.State.DragSelectingState:
            self._paint_band(painter)
        painter.end()

    def _paint_band(self, painter: QPainter) -> None:
        start = QPoint(self._pressed.x(), self._pressed.y() - self.verticalOffset())
        painter.setPen(theme.colour("accent"))
        painter.setBrush(theme.colour("accent", 0.12))
        painter.drawRect(QRect(start, self.viewport().mapFromGlobal(QCursor.pos())).normalized())

    # What the user does.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint() + QPoint(0, self.verticalOffset())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self.state() == QListView.State.DragSelectingState:
            self._repaint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._repaint()

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Thumbnails onto a class: the first of them and how many there are follow the mouse."""
        places = [self._model.index(row) for row in self.chosen_rows]
        if not places:
            return
        drag = QDrag(self)
        drag.setMimeData(self._model.mimeData(places))
        pixmap = self._model.data(places[0], Qt.ItemDataRole.DecorationRole)
        drag.setPixmap(_dragged(pixmap if isinstance(pixmap, QPixmap) else None, len(places)))
        drag.exec(Qt.DropAction.MoveAction)

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        key = event.key()
        if plain and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.exclude_asked.emit()
        elif plain and key == Qt.Key.Key_Space:
            self.look_asked.emit()
        elif plain and Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self.class_asked.emit(key - Qt.Key.Key_0)
        elif plain and key == Qt.Key.Key_C:
            self.name_asked.emit()
        elif (plain or shifted) and key == Qt.Key.Key_G:
            self.group_asked.emit(plain)
        else:
            super().keyPressEvent(event)


def _ranges(selection: QItemSelection) -> list[range]:
    """The rows that are chosen, as they lie together."""
    parts = (selection.at(number) for number in range(selection.count()))
    return [range(part.top(), part.bottom() + 1) for part in parts]


def _dragged(pixmap: QPixmap | None, count: int) -> QPixmap:
    side = 72
    result = QPixmap(side, side)
    result.fill(theme.colour("card"))
    painter = QPainter(result)
    if pixmap is not None:
        place = _fitted(pixmap, QRectF(0, 0, side, side))
        painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
    if count > 1:
        painter.fillRect(0, side - 20, side, 20, theme.colour("accent"))
        painter.setPen(theme.colour("on_accent"))
        painter.setFont(theme.font(theme.CAPTION, strong=True))
        painter.drawText(QRect(0, side - 20, side, 20), Qt.AlignmentFlag.AlignCenter, words.count(count))
    painter.end()
    return result


def _fitted(pixmap: QPixmap, place: QRectF) -> QRectF:
    """The whole picture in the middle of the place, no larger than twice its own size."""
    scale = min(place.width() / pixmap.width(), place.height() / pixmap.height(), 2.0)
    size = QSize(round(pixmap.width() * scale), round(pixmap.height() * scale))
    return QRectF(
        place.center().x() - size.width() / 2, place.center().y() - size.height() / 2, size.width(), size.height()
    )


def _pen(chosen: bool) -> QPen:
    return QPen(theme.colour("accent"), 2 if chosen else 1)
