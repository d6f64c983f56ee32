"""The curves of a race in one plot: validation accuracy over each strategy's own seconds. Painted, not pyqtgraph."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme, words
from gui.widgets import paint
from gui.widgets.chart import ticks
from gui.widgets.race_data import RaceData, Racer
from gui.widgets.saving import Sheet

LEFT, TOP, BOTTOM, NAMES = 64.0, 12.0, 40.0, 200.0
DOT, NAME_HEIGHT = 4.0, 17.0
STYLES = (
    Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)  # fmt: skip
SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
DIM = 0.45


class RacePlot(QWidget):
    """Lines named at their ends; told apart by colour, by style and by their names. Those out of the race step back."""

    def __init__(self) -> None:
        super().__init__()
        self._data = RaceData()
        self.setAccessibleName(self.tr("Curves of the race: validation accuracy over seconds of training"))
        self.setMinimumSize(360, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(620, 260)

    def show_race(self, data: RaceData) -> None:
        self._data = data
        lines = (
            f"{words.strategy_name(one.strategy)}: {words.percent(one.best)}" for one in self._racers() if one.best
        )
        self.setAccessibleDescription(", ".join(lines))
        self.update()

    def sheet(self) -> Sheet:
        rows: list[list[object]] = [[self.tr("strategy"), self.tr("seconds"), self.tr("validation accuracy")]]
        rows += [[racer.strategy, *point] for racer in self._racers() for point in racer.points]
        return rows

    # Geometry

    def area(self) -> QRectF:
        return QRectF(LEFT, TOP, self.width() - LEFT - NAMES, self.height() - TOP - BOTTOM)

    def _racers(self) -> list[Racer]:
        return [racer for racer in self._data.racers.values() if racer.points]

    def _longest(self) -> float:
        return max((racer.seconds for racer in self._racers()), default=0.0) or 1.0

    def _lowest(self) -> float:
        low = min((accuracy for racer in self._racers() for _, accuracy in racer.points), default=0.0)
        return max(0.0, int(low * 10 - 0.2) / 10)

    def place(self, seconds: float, accuracy: float) -> QPointF:
        area, low = self.area(), self._lowest()
        across = min(seconds / self._longest(), 1.0)
        up = (accuracy - low) / (1.0 - low or 1.0)
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """On the screen, in a picture, on paper."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_axes(painter)
        for racer in self._racers():
            self._draw_line(painter, racer)
        self._draw_names(painter)

    def _draw_axes(self, painter: QPainter) -> None:
        area, font, quiet = self.area(), theme.font(theme.CAPTION, tabular=True), theme.colour("quiet")
        for value in ticks(self._lowest(), 1.0):
            y = self.place(0, value).y()
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            box = QRectF(16, y - 9, LEFT - 24, 18)
            paint.write(painter, box, words.percent(value), font=font, colour=quiet, align=paint.RIGHT | paint.MIDDLE)
        step = next((step for step in SECONDS if self._longest() / step <= 6), SECONDS[-1])
        for number in range(int(self._longest() / step) + 1):
            x = self.place(number * step, 1.0).x()
            box = QRectF(x - 40, area.bottom() + 4, 80, 16)
            text = words.duration(number * step) if number else "0"
            paint.write(painter, box, text, font=font, colour=quiet, align=paint.HCENTRE | paint.TOP)
        box = QRectF(area.left(), area.bottom() + 21, area.width(), 18)
        title = self.tr("time of its own that each was given")
        paint.write(painter, box, title, font=font, colour=quiet, align=paint.HCENTRE | paint.TOP)
        painter.save()
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        box = QRectF(0, 0, area.height(), 16)
        title = self.tr("right in validation")
        paint.write(painter, box, title, font=font, colour=quiet, align=paint.HCENTRE | paint.TOP)
        painter.restore()

    def _ink(self, racer: Racer) -> QColor:
        ink = QColor(theme.class_colour(self._number(racer)))
        ink.setAlphaF(DIM if racer.state == "out" else 1.0)
        return ink

    def _number(self, racer: Racer) -> int:
        return list(self._data.racers).index(racer.strategy)

    def _draw_line(self, painter: QPainter, racer: Racer) -> None:
        """The best so far, since that is what is kept; dots are the figures themselves."""
        best, line = 0.0, list[QPointF]()
        for seconds, accuracy in racer.points:
            if line:
                line.append(self.place(seconds, best))
            best = max(best, accuracy)
            line.append(self.place(seconds, best))
        ink = self._ink(racer)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, 2.5 if self._leads(racer) else 2, STYLES[self._number(racer) % len(STYLES)]))
        painter.drawPolyline(QPolygonF(line))
        painter.setPen(Qt.PenStyle.NoPen)
        faint = QColor(ink)
        faint.setAlphaF(ink.alphaF() * 0.6)
        painter.setBrush(faint)
        for point in racer.points[:-1]:
            painter.drawEllipse(self.place(*point), 2, 2)
        painter.setBrush(ink)
        painter.drawEllipse(line[-1], DOT, DOT)

    def _leads(self, racer: Racer) -> bool:
        return racer.best == max((one.best or 0.0 for one in self._racers()), default=0.0)

    def _draw_names(self, painter: QPainter) -> None:
        """At the right edge, in the order of their best, each led to by a thin line from the end of its own."""
        left, last = self.area().right() + 14, TOP - NAME_HEIGHT / 2
        racers = sorted(self._racers(), key=lambda one: -(one.best or 0.0))
        room = self.area().bottom() - NAME_HEIGHT * (len(racers) - 1)
        for place, racer in enumerate(racers):
            best = racer.best or 0.0
            end = self.place(racer.seconds, best)
            y = min(max(end.y(), last + NAME_HEIGHT), room + NAME_HEIGHT * place)
            last = y
            faint = QColor(self._ink(racer))
            faint.setAlphaF(faint.alphaF() * 0.5)
            painter.setPen(QPen(faint, 1))
            painter.drawPolyline(QPolygonF([end, QPointF(left - 14, end.y()), QPointF(left - 3, y)]))
            text = f"{words.percent(best)}  {words.strategy_name(racer.strategy)}"
            role = "quiet" if racer.state == "out" else "text"
            box = QRectF(left, y - 9, NAMES - 18, 18)
            font = theme.font(theme.CAPTION, strong=self._leads(racer), tabular=True)
            paint.write(painter, box, text, font=font, colour=theme.colour(role), align=paint.LEFT | paint.MIDDLE)
