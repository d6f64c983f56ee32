"""Pictures as dots on a plane: a colour and a shape a class, rings for those that were held out; a press opens one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.widgets import paint

MARGIN, NEAR, DOT = 16.0, 14.0, 4.0
Point = Mapping[str, Any]


class MapPlot(QWidget):
    """`picked(i)` when a dot is pressed; arrow keys walk to the nearest dot that way, Enter picks it."""

    picked = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._points: Sequence[Point] = ()
        self._classes: Sequence[str] = ()
        self._place = -1
        self.setAccessibleName(name)
        self.setMinimumSize(280, 260)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(460, 380)

    def show_points(self, points: Sequence[Point], classes: Sequence[str]) -> None:
        """Points {x, y from 0 to 1, label, part, path}."""
        self._points, self._classes, self._place = points, classes, -1
        self.update()

    @property
    def points(self) -> Sequence[Point]:
        return self._points

    def area(self) -> QRectF:
        """Where dots may lie; below it the legend."""
        rows = -(-len(self._legend()) // self._columns())
        return QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN - 20 * rows)

    def place(self, point: Point) -> QPointF:
        area = self.area()
        x, y = float(point["x"]), float(point["y"])
        return QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())

    def nearest(self, position: QPointF) -> int | None:
        """The dot under the pointer."""
        best, least = None, NEAR
        for number, point in enumerate(self._points):
            away = self.place(point) - position
            distance = math.hypot(away.x(), away.y())
            if distance < least:
                best, least = number, distance
        return best

    # What the user does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.nearest(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self._place = found
            self.update()
            self.picked.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
        }  # fmt: skip
        way = ways.get(Qt.Key(event.key()))
        if way is not None and self._points:
            self.walk(*way)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self._place >= 0 and not event.modifiers():
            self.picked.emit(self._place)
        else:
            super().keyPressEvent(event)

    def walk(self, right: int, up: int) -> None:
        """To the nearest dot in that direction, rather straight ahead than far aside."""
        if self._place < 0:
            self._place = 0
        here = self._points[self._place]
        best, least = self._place, math.inf
        for number, point in enumerate(self._points):
            along = (point["x"] - here["x"]) * right + (point["y"] - here["y"]) * up
            aside = abs((point["x"] - here["x"]) * up) + abs((point["y"] - here["y"]) * right)
            if along > 1e-6 and along + 2 * aside < least:
                best, least = number, along + 2 * aside
        self._place = best
        point = self._points[best]
        self.setAccessibleDescription(f"{point['label']}, {point['path']}")
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.nearest(QPointF(event.pos()))
            text = "" if found is None else f"{self._points[found]['label']}\n{self._points[found]['path']}"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter)
        if 0 <= self._place < len(self._points) and self.hasFocus():
            painter.setPen(QPen(theme.colour("text"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.place(self._points[self._place]), DOT + 5, DOT + 5)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        numbers = {name: number for number, name in enumerate(self._classes)}
        for held_out in (False, True):  # rings on top: they are fewer, and what matters
            for point in self._points:
                if (point["part"] != "train") == held_out:
                    self._draw_dot(painter, self.place(point), numbers.get(str(point["label"]), 0), held_out)
        self._draw_legend(painter)

    def _draw_dot(self, painter: QPainter, at: QPointF, number: int, held_out: bool) -> None:
        colour = theme.class_colour(number)
        if held_out:
            painter.setPen(QPen(colour, 2))
            painter.setBrush(theme.colour("card"))
        else:
            colour.setAlphaF(0.55)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
        painter.drawPath(shape(number, DOT).translated(at))

    def _columns(self) -> int:
        return max(1, int((self.width() - 2 * MARGIN) // 130))

    def _legend(self) -> list[tuple[str, QColor, int, bool]]:
        """Words, colour, shape, and whether it is drawn as a ring: of each class, then of both kinds of dots."""
        if not self._classes:
            return []
        quiet = theme.colour("quiet")
        return [
            *((name, theme.class_colour(number), number, False) for number, name in enumerate(self._classes)),
            (self.tr("learned from"), quiet, 0, False),
            (self.tr("held out"), quiet, 0, True),
        ]

    def _draw_legend(self, painter: QPainter) -> None:
        font, columns = theme.font(theme.CAPTION), self._columns()
        top = self.area().bottom() + 12
        for number, (name, colour, form, ring) in enumerate(self._legend()):
            left, y = MARGIN + 130 * (number % columns), top + 20 * (number // columns)
            painter.setPen(QPen(colour, 2) if ring else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if ring else colour)
            painter.drawPath(shape(form, DOT + 1).translated(QPointF(left + 6, y + 9)))
            box = QRectF(left + 18, y, 108, 18)
            paint.write(painter, box, name, font=font, colour=theme.colour("text"), align=paint.LEFT | paint.MIDDLE)


def shape(number: int, size: float) -> QPainterPath:
    """A shape for the class of that number: circle, square, triangle, diamond, and again."""
    path = QPainterPath()
    kind = number % 4
    if kind == 0:
        path.addEllipse(QPointF(0, 0), size, size)
    elif kind == 1:
        path.addRect(-0.9 * size, -0.9 * size, 1.8 * size, 1.8 * size)
    else:
        corners = ((0, -1.2), (1.1, 0.8), (-1.1, 0.8)) if kind == 2 else ((0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0))
        path.moveTo(corners[0][0] * size, corners[0][1] * size)
        for x, y in corners[1:]:
            path.lineTo(x * size, y * size)
        path.closeSubpath()
    return path
