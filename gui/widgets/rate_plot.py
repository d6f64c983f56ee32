"""The learning-rate finder's curve: the loss against ever larger rates; one of them is picked by mouse or keyboard.

Faint, the loss of each single step; strong, once it is known, their running mean, which the suggestion is read from.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme, words
from gui.widgets import paint

LEFT, RIGHT, TOP, BOTTOM = 56.0, 24.0, 28.0, 44.0
HEIGHT = 240
HEADROOM = 1.15  # a loss above so many times the first one is off the drawing


class RatePlot(QWidget):
    """`picked(rate)` with every move; `taken(rate)` on Enter or a double click."""

    picked = Signal(float)
    taken = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._range: tuple[float, float] | None = None
        self._steps: list[tuple[float, float]] = []
        self._rates: list[float] = []
        self._losses: list[float] = []
        self._suggested: float | None = None
        self.rate: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Loss against learning rate"))
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, HEIGHT)

    def begin(self, lowest: float, highest: float) -> None:
        """Empty; steps at rates between these two will be added."""
        self._range, self._steps, self._rates, self._losses = (lowest, highest), [], [], []
        self._suggested = None
        self.pick(None)

    def add(self, rate: float, loss: float) -> None:
        """One more step, while it is being measured."""
        if rate > 0 and math.isfinite(loss):
            self._steps.append((rate, loss))
            self.update()

    def show_points(self, points: Sequence[tuple[float, float]], suggested: float | None = None) -> None:
        """Rates, rising, each with the mean loss there: these can be picked."""
        known = [(rate, loss) for rate, loss in points if rate > 0 and math.isfinite(loss)]
        self._rates, self._losses = [rate for rate, _ in known], [loss for _, loss in known]
        self._range = (self._rates[0], self._rates[-1]) if known else None
        self._suggested = suggested
        self.pick(suggested)

    def pick(self, rate: float | None) -> None:
        self.rate = rate
        if rate is not None:
            text = self.tr("Chosen {rate}, suggested {suggested}. Left and right choose, Enter takes it.")
            suggested = words.small(self._suggested) if self._suggested else "–"
            self.setAccessibleDescription(text.format(rate=words.small(rate), suggested=suggested))
            self.picked.emit(rate)
        self.update()

    # Where things stand

    def _area(self) -> QRectF:
        return QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)

    def _decades(self) -> tuple[float, float]:
        lowest, highest = self._range or (1.0, 10.0)
        return math.log10(lowest), max(math.log10(highest), math.log10(lowest) + 0.1)

    def place_of(self, rate: float) -> float:
        """The x of a rate."""
        low, high = self._decades()
        area = self._area()
        return area.left() + (math.log10(rate) - low) / (high - low) * area.width()

    def _height_of(self, loss: float) -> float:
        low, high = self._span()
        area = self._area()
        return area.bottom() - (min(loss, high) - low) / (high - low) * area.height()

    def _span(self) -> tuple[float, float]:
        losses = self._losses or [loss for _, loss in self._steps]
        low = min(losses)
        high = max(HEADROOM * max(losses[: max(1, len(losses) // 3)]), low + 1e-6)
        return low - 0.08 * (high - low), high

    def _rate_at(self, x: float) -> float:
        """The measured rate nearest to a place."""
        return min(self._rates, key=lambda rate: abs(self.place_of(rate) - x))

    def _beside(self, rate: float, forward: bool) -> float:
        """The next measured rate above, or below."""
        number = bisect_right(self._rates, rate) if forward else bisect_left(self._rates, rate) - 1
        return self._rates[max(0, min(len(self._rates) - 1, number))]

    # What the user does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._rates:
            self.pick(self._rate_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.rate is not None:
            self.taken.emit(self.rate)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._rates:
            self.pick(self._beside(self.rate or self._rates[len(self._rates) // 2], forward=key == Qt.Key.Key_Right))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.rate is not None:
            self.taken.emit(self.rate)
        else:
            super().keyPressEvent(event)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._rates or self._steps:
            self._draw_axes(painter)
            self._draw_line(painter, self._steps, theme.colour("train", 0.35), 1.0)
            self._draw_line(painter, list(zip(self._rates, self._losses, strict=True)), theme.colour("train"), 2.0)
            if self._suggested is not None:
                self._draw_mark(painter, self._suggested, self.tr("suggested"), Qt.PenStyle.DotLine)
            if self.rate is not None and self.rate != self._suggested:
                self._draw_mark(painter, self.rate, self.tr("chosen"), Qt.PenStyle.SolidLine)
        if self.hasFocus():
            paint.focus_ring(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _draw_axes(self, painter: QPainter) -> None:
        area, font, quiet = self._area(), theme.font(theme.CAPTION, tabular=True), theme.colour("quiet")
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        low, high = self._decades()
        for power in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1):
            x = self.place_of(10.0**power)
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            box = QRectF(x - 40, area.bottom() + 4, 80, 16)
            paint.write(painter, box, words.small(10.0**power), font=font, colour=quiet, align=paint.CENTRE)
        title = QRectF(area.left(), area.bottom() + 22, area.width(), 18)
        paint.write(painter, title, self.tr("learning rate"), font=font, colour=quiet, align=paint.CENTRE)
        bottom, top = min(self._losses or [loss for _, loss in self._steps]), self._span()[1]
        for loss in (bottom, (bottom + top) / 2, top):
            box = QRectF(0, self._height_of(loss) - 9, LEFT - 8, 18)
            align = paint.RIGHT | paint.MIDDLE
            paint.write(painter, box, f"{loss:.2f}", font=font, colour=quiet, align=align)
        box = QRectF(LEFT, 4, 200, 18)
        paint.write(painter, box, self.tr("loss"), font=font, colour=quiet)

    def _draw_line(
        self, painter: QPainter, points: Sequence[tuple[float, float]], colour: QColor, width: float
    ) -> None:
        low, high = self._range or (0.0, 0.0)
        places = [QPointF(self.place_of(rate), self._height_of(loss)) for rate, loss in points if low <= rate <= high]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width))
        painter.setClipRect(self._area().adjusted(0, -2, 2, 2))  # single steps leap beyond the mean
        painter.drawPolyline(QPolygonF(places))
        painter.setClipping(False)

    def _draw_mark(self, painter: QPainter, rate: float, name: str, style: Qt.PenStyle) -> None:
        area, x = self._area(), self.place_of(rate)
        painter.setPen(QPen(theme.colour("accent"), 2, style))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        nearest = min(range(len(self._rates)), key=lambda number: abs(self._rates[number] - rate))
        painter.setBrush(theme.colour("accent"))
        painter.setPen(QPen(theme.colour("card"), 2))
        painter.drawEllipse(QPointF(x, self._height_of(self._losses[nearest])), 6, 6)
        font = theme.font(theme.CAPTION, strong=True, tabular=True)
        text = f"{name} {words.small(rate)}"
        width = paint.text_width(text, font) + 4
        if name == self.tr("suggested"):  # above the drawing, over its line; the other one within, beside it
            place = QRectF(min(max(x - width / 2, area.left()), area.right() - width), 4, width, 18)
        else:
            place = QRectF(x + 8 if x + 8 + width < self.width() else x - 8 - width, area.top(), width, 18)
            painter.fillRect(place, theme.colour("card"))
        paint.write(painter, place, text, font=font, colour=theme.colour("accent"))
