"""A small chart of shares: lines, dots with their ranges, a band, one mark that can be moved.

Painted, so that it is there at once and can be saved as lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme, words
from gui.widgets import paint
from gui.widgets.saving import Sheet

LEFT, RIGHT, TOP, BOTTOM = 64.0, 28.0, 14.0, 40.0
DOT = 4.0


@dataclass(frozen=True, slots=True)
class Series:
    """Points (x, y); `ranges` are (low, high) of y for each. `dots` draws them one by one, else a line joins them;
    `dashed` sets a line apart from another without colour. `sizes` from 0 to 1 make dots larger."""

    name: str
    points: Sequence[tuple[float, float]]
    role: str = "accent"
    dots: bool = False
    dashed: bool = False
    ranges: Sequence[tuple[float, float]] = ()
    sizes: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Axes:
    """Titles and bounds; values are shares and shown in percent."""

    x: str
    y: str
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)
    diagonal: str = ""  # what the line from corner to corner stands for, where it is drawn


@dataclass(slots=True)
class _Shown:
    series: Sequence[Series] = ()
    axes: Axes = field(default_factory=lambda: Axes("", ""))
    mark: int | None = None


class Chart(QWidget):
    """`pointed(i)`: the user moved the mark to point i of the first series, by the mouse or the arrow keys."""

    pointed = Signal(int)

    def __init__(self, name: str, movable: bool = False) -> None:
        super().__init__()
        self._shown = _Shown()
        self._movable = movable
        self.setAccessibleName(name)
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        if movable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(460, 320)

    def show_series(self, axes: Axes, series: Sequence[Series], mark: int | None = None) -> None:
        """Draw these; `mark` is a point of the first series that is pointed out."""
        self._shown = _Shown(tuple(series), axes, mark)
        self.update()

    def set_mark(self, mark: int | None) -> None:
        self._shown.mark = mark
        self.update()

    @property
    def mark(self) -> int | None:
        return self._shown.mark

    @property
    def series(self) -> Sequence[Series]:
        return self._shown.series

    def sheet(self) -> Sheet:
        """Every point as a row, for a CSV file."""
        axes = self._shown.axes
        rows: list[list[object]] = [["", axes.x, axes.y, "low", "high"]]
        for one in self._shown.series:
            for number, (x, y) in enumerate(one.points):
                rows.append([one.name, x, y, *(one.ranges[number] if one.ranges else (None, None))])
        return rows

    # Geometry

    def area(self) -> QRectF:
        return QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)

    def place(self, x: float, y: float) -> QPointF:
        area, axes = self.area(), self._shown.axes
        (x0, x1), (y0, y1) = axes.x_range, axes.y_range
        across = min(max((x - x0) / max(x1 - x0, 1e-9), 0.0), 1.0)
        up = min(max((y - y0) / max(y1 - y0, 1e-9), 0.0), 1.0)
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    # What the user does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._point_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._point_at(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10}
        step = steps.get(Qt.Key(event.key()))
        series = self._shown.series
        if self._movable and step is not None and series and series[0].points:
            points = series[0].points
            if points[0][0] > points[-1][0]:  # right is where x grows
                step = -step
            self._go((self._shown.mark or 0) + step)
        else:
            super().keyPressEvent(event)

    def _point_at(self, position: QPointF) -> None:
        series = self._shown.series
        if not self._movable or not series or not series[0].points:
            return
        places = [self.place(x, y) for x, y in series[0].points]
        self._go(min(range(len(places)), key=lambda number: (places[number] - position).manhattanLength()))

    def _go(self, mark: int) -> None:
        mark = min(max(mark, 0), len(self._shown.series[0].points) - 1)
        if mark != self._shown.mark:
            self.set_mark(mark)
            self.pointed.emit(mark)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter)
        if self.hasFocus():
            paint.focus_ring(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """The chart without the focus: on the screen, in a picture, on paper."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_axes(painter)
        for one in self._shown.series:
            self._draw_ranges(painter, one)
        for one in self._shown.series:
            self._draw_points(painter, one) if one.dots else self._draw_line(painter, one)
        self._draw_mark(painter)
        self._draw_legend(painter)

    def _draw_axes(self, painter: QPainter) -> None:
        area, axes = self.area(), self._shown.axes
        font, quiet = theme.font(theme.CAPTION, tabular=True), theme.colour("quiet")
        for value in ticks(*axes.y_range):
            y = self.place(axes.x_range[0], value).y()
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            box = QRectF(0, y - 9, LEFT - 8, 18)
            paint.write(painter, box, words.percent(value), font=font, colour=quiet, align=paint.RIGHT | paint.MIDDLE)
        for value in ticks(*axes.x_range):
            x = self.place(value, axes.y_range[0]).x()
            box = QRectF(x - 30, area.bottom() + 4, 60, 16)
            paint.write(painter, box, words.percent(value), font=font, colour=quiet, align=paint.HCENTRE | paint.TOP)
        box = QRectF(area.left(), area.bottom() + 20, area.width(), 18)
        paint.write(painter, box, axes.x, font=font, colour=quiet, align=paint.HCENTRE | paint.TOP)
        painter.save()
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        box = QRectF(0, 0, area.height(), 16)
        paint.write(painter, box, axes.y, font=font, colour=quiet, align=paint.HCENTRE | paint.TOP)
        painter.restore()
        if axes.diagonal:
            painter.setPen(QPen(quiet, 1, Qt.PenStyle.DotLine))
            low = max(axes.x_range[0], axes.y_range[0])
            painter.drawLine(self.place(low, low), self.place(1, 1))

    def _draw_ranges(self, painter: QPainter, one: Series) -> None:
        if not one.ranges:
            return
        if one.dots:
            painter.setPen(QPen(theme.colour(one.role, 0.6), 2))
            for (x, _), (low, high) in zip(one.points, one.ranges, strict=True):
                painter.drawLine(self.place(x, low), self.place(x, high))
            return
        edge = [self.place(x, low) for (x, _), (low, _) in zip(one.points, one.ranges, strict=True)]
        edge += [self.place(x, high) for (x, _), (_, high) in reversed(list(zip(one.points, one.ranges, strict=True)))]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(one.role, 0.14))
        painter.drawPolygon(QPolygonF(edge))

    def _draw_line(self, painter: QPainter, one: Series) -> None:
        style = Qt.PenStyle.DashLine if one.dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme.colour(one.role), 2, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self.place(x, y) for x, y in one.points]))

    def _draw_points(self, painter: QPainter, one: Series) -> None:
        painter.setPen(QPen(theme.colour("card"), 1.5))
        painter.setBrush(theme.colour("card") if one.dashed else theme.colour(one.role))
        for number, (x, y) in enumerate(one.points):
            if one.dashed:
                painter.setPen(QPen(theme.colour(one.role), 2))
            radius = DOT + 5 * (one.sizes[number] if one.sizes else 0.0)
            painter.drawEllipse(self.place(x, y), radius, radius)

    def _draw_mark(self, painter: QPainter) -> None:
        shown = self._shown
        if shown.mark is None or not shown.series or not 0 <= shown.mark < len(shown.series[0].points):
            return
        place, area = self.place(*shown.series[0].points[shown.mark]), self.area()
        painter.setPen(QPen(theme.colour("text"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(place.x(), area.bottom()), place)
        painter.drawLine(QPointF(area.left(), place.y()), place)
        painter.setPen(QPen(theme.colour("card"), 2))
        painter.setBrush(theme.colour("text"))
        painter.drawEllipse(place, DOT + 3, DOT + 3)

    def _draw_legend(self, painter: QPainter) -> None:
        """Bottom right for what lies above the diagonal, else bottom left: where curves of shares leave room."""
        named = [one for one in self._shown.series if one.name]
        font, area = theme.font(theme.CAPTION), self.area()
        rows = [*((one.name, one.role, one.dashed, one.dots) for one in named)]
        if self._shown.axes.diagonal:
            rows.append((self._shown.axes.diagonal, "quiet", True, False))
        if len(rows) < 2:
            return
        widest = max(paint.text_width(text, font) for text, *_ in rows) + 34
        left = area.right() - widest - 4 if self._shown.axes.diagonal else area.left() + 8
        y = area.bottom() - 18 * len(rows) - 4
        for text, role, dashed, dots in rows:
            middle = y + 9
            style = Qt.PenStyle.DashLine if dashed and not dots else Qt.PenStyle.SolidLine
            painter.setPen(QPen(theme.colour(role), 2, style))
            if dots:
                painter.setBrush(theme.colour("card") if dashed else theme.colour(role))
                painter.drawEllipse(QPointF(left + 12, middle), DOT, DOT)
            else:
                painter.drawLine(QPointF(left, middle), QPointF(left + 24, middle))
            box = QRectF(left + 30, y, widest, 18)
            paint.write(painter, box, text, font=font, colour=theme.colour("text"), align=paint.LEFT | paint.MIDDLE)
            y += 18


def ticks(low: float, high: float) -> list[float]:
    """Four to six round shares from low to high."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25):
        first = round(low / step + 0.499999)
        last = int(high / step + 1e-9)
        if last - first < 6:
            return [round(number * step, 6) for number in range(first, last + 1)]
    return [low, high]
