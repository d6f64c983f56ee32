"""Backbones compared on the user's pictures: how right against how slow, with the front of those nothing beats."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme, words
from gui.widgets import paint

LEFT, RIGHT, TOP, BOTTOM, DOT, NEAR = 56.0, 24.0, 16.0, 44.0, 6.0, 16.0
WORDS = 148.0  # room for a name beside its dot


@dataclass(frozen=True, slots=True)
class Ranked:
    """One backbone; shares from 0 to 1, `milliseconds` a picture."""

    name: str
    title: str
    accuracy: float
    low: float
    high: float
    milliseconds: float


def front(rows: Sequence[Ranked]) -> list[Ranked]:
    """Those that no other one beats in both accuracy and speed, quickest first."""
    best: list[Ranked] = []
    for row in sorted(rows, key=lambda row: (row.milliseconds, -row.accuracy)):
        if not best or row.accuracy > best[-1].accuracy:
            best.append(row)
    return best


class RankPlot(QWidget):
    """`chosen(name)` when a point is pressed; left and right walk through the points, Enter chooses."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Ranked] = []
        self._marked = ""
        self._place = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Backbones compared: accuracy against time"))
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, 280)

    def show_rows(self, rows: Sequence[Ranked], marked: str) -> None:
        self._rows = sorted(rows, key=lambda row: row.milliseconds)
        self._marked = marked
        self._place = min(self._place, max(0, len(self._rows) - 1))
        told = "; ".join(f"{row.title}: {_figures(row)}" for row in self._rows)
        self.setAccessibleDescription(told)
        self.update()

    def point(self, row: Ranked) -> QPointF:
        """Where a backbone stands: time on a logarithmic scale, accuracy upwards."""
        area = QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)
        times = [math.log10(r.milliseconds) for r in self._rows]
        first, last = min(times) - 0.2, max(times) + 0.2
        low, high = self._range()
        x = area.left() + (math.log10(row.milliseconds) - first) / (last - first) * area.width()
        return QPointF(x, area.bottom() - (row.accuracy - low) / (high - low) * area.height())

    def _range(self) -> tuple[float, float]:
        """Whole tens of percent that hold every interval."""
        low = math.floor(10 * min(row.low for row in self._rows)) / 10
        return max(0.0, low), max(min(1.0, low + 0.1), math.ceil(10 * max(row.high for row in self._rows)) / 10)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number, row in enumerate(self._rows):
            away = self.point(row) - event.position()
            if math.hypot(away.x(), away.y()) <= NEAR:
                self._place = number
                self.chosen.emit(row.name)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps and self._rows:
            self._place = (self._place + steps[Qt.Key(event.key())]) % len(self._rows)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self._rows and not event.modifiers():
            self.chosen.emit(self._rows[self._place].name)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter)
        painter.setPen(QPen(theme.colour("accent", 0.5), 1.5, Qt.PenStyle.DashLine))
        best = front(self._rows)
        painter.drawPolyline([self.point(row) for row in best])
        for number, row in enumerate(self._rows):
            self._paint_dot(painter, number, row, row in best)
        taken: list[QRectF] = []
        for row in sorted(self._rows, key=lambda row: self.point(row).y()):
            taken.append(self._paint_words(painter, row, row in best, taken))
        painter.end()

    def _paint_axes(self, painter: QPainter) -> None:
        low, high = self._range()
        quiet, font = theme.colour("quiet"), theme.font(theme.CAPTION, tabular=True)
        bottom = self.height() - BOTTOM
        for step in range(round(10 * low), round(10 * high) + 1):
            y = bottom - (step / 10 - low) / (high - low) * (bottom - TOP)
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(LEFT, y), QPointF(self.width() - RIGHT, y))
            box = QRectF(0, y - 9, LEFT - 8, 18)
            share = words.percent(step / 10)
            paint.write(painter, box, share, font=font, colour=quiet, align=paint.RIGHT | paint.MIDDLE)
        box = QRectF(LEFT, self.height() - 20, self.width() - LEFT - RIGHT, 18)
        paint.write(painter, box, self.tr("time for a picture, here → slower"), font=font, colour=quiet)

    def _role(self, row: Ranked, best: bool) -> str:
        return "accent" if row.name == self._marked else "text" if best else "quiet"

    def _paint_dot(self, painter: QPainter, number: int, row: Ranked, best: bool) -> None:
        centre, role = self.point(row), self._role(row, best)
        low, high = self._range()
        scale = (self.height() - TOP - BOTTOM) / (high - low)
        painter.setPen(QPen(theme.colour(role, 0.5), 2))
        up, down = (row.high - row.accuracy) * scale, (row.accuracy - row.low) * scale
        painter.drawLine(QPointF(centre.x(), centre.y() - up), QPointF(centre.x(), centre.y() + down))
        painter.setPen(QPen(theme.colour("card"), 2))
        painter.setBrush(theme.colour(role))
        painter.drawEllipse(centre, DOT, DOT)
        if self.hasFocus() and number == self._place:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawEllipse(centre, DOT + 4, DOT + 4)

    def _paint_words(self, painter: QPainter, row: Ranked, best: bool, taken: Sequence[QRectF]) -> QRectF:
        """Beside the dot, or lower where another one's words stand already. Returns the place taken."""
        centre, role = self.point(row), self._role(row, best)
        gaps = [self.point(other).x() - centre.x() for other in self._rows]
        crowded = any(0 < gap < WORDS for gap in gaps) and centre.x() > LEFT + WORDS
        left = crowded or centre.x() > self.width() - RIGHT - WORDS
        box = QRectF(centre.x() - WORDS - 12 if left else centre.x() + 12, centre.y() - 18, WORDS, 36)
        while hidden := next((other for other in taken if other.intersects(box)), None):
            box.moveTop(hidden.bottom() + 1)
        align = paint.RIGHT if left else paint.LEFT
        font = theme.font(theme.CAPTION, strong=best or role == "accent")
        paint.write(painter, box, row.title, font=font, colour=theme.colour(role), align=align | paint.TOP)
        font = theme.font(theme.CAPTION, tabular=True)
        figures = _figures(row)
        paint.write(painter, box, figures, font=font, colour=theme.colour("quiet"), align=align | paint.BOTTOM)
        return box


def _figures(row: Ranked) -> str:
    digits = 0 if row.milliseconds >= 10 else 1
    return f"{words.accuracy(row.accuracy, row.low, row.high)}, {row.milliseconds:.{digits}f} ms"
