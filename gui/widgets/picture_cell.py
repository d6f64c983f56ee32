"""How one picture of the grid is painted: whole, with the colour of its class and what is odd about it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme, words
from gui.widgets import icons
from gui.widgets.picture_model import PICTURE_ROLE

if TYPE_CHECKING:
    from core.project.index import Picture

GAP = 8
Place = QModelIndex | QPersistentModelIndex


class PictureCell(QStyledItemDelegate):
    """`side` of its square, on a sunken ground, in pixels; `colour_of` its class."""

    def __init__(self) -> None:
        super().__init__()
        self.side = 112
        self.colour_of: Callable[[Picture], QColor | None] = lambda picture: None

    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(self.side + GAP, self.side + GAP)

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
        painter.restore()

    def _paint_marks(self, painter: QPainter, picture: "Picture", place: QRectF) -> None:
        colour = self.colour_of(picture)
        if colour is not None and not picture.excluded:
            painter.fillRect(QRectF(place.x() + 6, place.bottom() - 5, place.width() - 12, 3), colour)
        badge = (
            "close"
            if picture.excluded
            else "alert"
            if picture.notes or picture.problem not in ("", "UNLABELLED")
            else ""
        )
        if badge:
            spot = QRectF(place.right() - 24, place.top() + 4, 20, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("card", 0.92))
            painter.drawEllipse(spot)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            role = "quiet" if picture.excluded else "careful"
            icons.draw(painter, badge, spot.adjusted(4, 4, -4, -4), theme.colour(role))


def dragged(pixmap: QPixmap | None, count: int) -> QPixmap:
    """What follows the mouse: the first of the pictures, and how many there are."""
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
