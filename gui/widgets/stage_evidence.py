"""What is known before any training, stage by stage: how familiar the pictures look there, and how well a new head on
that stage's features tells the classes apart. Painted, two small charts over the same stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme, words
from gui.widgets import paint
from gui.widgets.chart import ticks
from gui.widgets.saving import Sheet

LEFT, RIGHT, TOP, BOTTOM, DOT = 52.0, 16.0, 30.0, 24.0, 4.5


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure at one stage, None standing for the end of the network, and its range where it has one."""

    stage: int | None
    value: float
    low: float | None = None
    high: float | None = None


class StageChart(QWidget):
    """Figures from stage to stage. `limit` draws a dashed line with a name; `percent` writes shares as percent;
    `filled` marks are those that a stage probe would read."""

    def __init__(self, title: str, percent: bool) -> None:
        super().__init__()
        self._title, self._percent = title, percent
        self._marks: tuple[Mark, ...] = ()
        self._limit: tuple[float, str] | None = None
        self._chosen: tuple[int | None, ...] = ()
        self.setAccessibleName(title)
        self.setMinimumSize(240, 168)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 176)

    def show_marks(
        self,
        marks: Sequence[Mark],
        limit: tuple[float, str] | None = None,
        chosen: Sequence[int | None] = (),
    ) -> None:
        self._marks, self._limit, self._chosen = tuple(marks), limit, tuple(chosen)
        self.setVisible(bool(marks))
        self.setAccessibleDescription("; ".join(self._says(mark) for mark in self._marks))
        self.update()

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self._marks

    def sheet(self) -> Sheet:
        rows: list[list[object]] = [[self.tr("stage"), self._title, "low", "high"]]
        return rows + [[self._name(mark), mark.value, mark.low, mark.high] for mark in self._marks]

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            near = (m for m in self._marks if abs(self._place(m, m.value).x() - event.pos().x()) < 14)
            mark = next(near, None)
            QToolTip.showText(event.globalPos(), "" if mark is None else self._says(mark), self)
            return True
        return super().event(event)

    def _area(self) -> QRectF:
        return QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)

    def _lowest(self) -> float:
        if not self._percent:
            return 0.0
        low = min((mark.value if mark.low is None else mark.low for mark in self._marks), default=0.0)
        return max(0.0, int(low * 10) / 10)

    def _place(self, mark: Mark, value: float) -> QPointF:
        area, low = self._area(), self._lowest()
        step = area.width() / max(len(self._marks), 1)
        x = area.left() + step * (self._marks.index(mark) + 0.5)
        return QPointF(x, area.bottom() - (value - low) / (1 - low) * area.height())

    def _text(self, value: float) -> str:
        return words.percent(value) if self._percent else f"{value:.2f}"

    def _name(self, mark: Mark) -> str:
        return self.tr("end") if mark.stage is None else str(mark.stage + 1)

    def _says(self, mark: Mark) -> str:
        where = self.tr("after the last stage") if mark.stage is None else self.tr("stage {n}").format(n=mark.stage + 1)
        text = f"{where}: {self._text(mark.value)}"
        if mark.low is not None and mark.high is not None:
            text += f" ({self._text(mark.low)} – {self._text(mark.high)})"
        return text

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """On the screen, in a picture, on paper."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0, 0, self.width(), 20)
        paint.write(painter, box, self._title, font=theme.font(theme.CAPTION, strong=True), colour=theme.colour("text"))
        self._draw_axes(painter)
        painter.setPen(QPen(theme.colour("accent", 0.6), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self._place(mark, mark.value) for mark in self._marks]))
        for mark in self._marks:
            self._draw_mark(painter, mark)

    def _draw_axes(self, painter: QPainter) -> None:
        area, font, quiet = self._area(), theme.font(theme.CAPTION, tabular=True), theme.colour("quiet")
        low = self._lowest()
        for value in ticks(low, 1.0) if self._percent else (0.0, 0.5, 1.0):
            y = area.bottom() - (value - low) / (1 - low) * area.height()
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            box = QRectF(0, y - 9, LEFT - 8, 18)
            text = words.percent(value) if self._percent else f"{value:.1f}"
            paint.write(painter, box, text, font=font, colour=quiet, align=paint.RIGHT | paint.MIDDLE)
        for mark in self._marks:
            x = self._place(mark, mark.value).x()
            box = QRectF(x - 24, area.bottom() + 5, 48, 16)
            paint.write(painter, box, self._name(mark), font=font, colour=quiet, align=paint.HCENTRE | paint.TOP)
        if self._limit is not None:
            value, name = self._limit
            y = area.bottom() - (value - low) / (1 - low) * area.height()
            painter.setPen(QPen(quiet, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            box = QRectF(area.left() + 4, y + 1, area.width() - 8, 16)
            paint.write(painter, box, name, font=theme.font(theme.CAPTION), colour=quiet)

    def _draw_mark(self, painter: QPainter, mark: Mark) -> None:
        ink, place = theme.colour("accent"), self._place(mark, mark.value)
        if mark.low is not None and mark.high is not None:
            painter.setPen(QPen(theme.colour("accent", 0.5), 2))
            painter.drawLine(self._place(mark, mark.low), self._place(mark, mark.high))
        hollow = bool(self._chosen) and mark.stage not in self._chosen
        painter.setPen(QPen(ink, 2))
        painter.setBrush(theme.colour("card") if hollow else ink)
        painter.drawEllipse(place, DOT, DOT)


def similarity_marks(advice: Mapping[str, Any]) -> list[Mark]:
    """Of each stage how familiar the pictures look there; nothing where the measure looks at answers alone."""
    stages = (advice.get("similarity") or {}).get("stages") or ()
    return [Mark(int(row["stage"]), float(row["value"])) for row in stages]


def accuracy_marks(advice: Mapping[str, Any]) -> list[Mark]:
    """Of a new head on each stage's features, by cross-validation."""
    stages = (advice.get("evidence") or {}).get("stages") or ()
    return [Mark(row["stage"], float(row["accuracy"]), float(row["low"]), float(row["high"])) for row in stages]


def read_stages(advice: Mapping[str, Any]) -> list[int | None]:
    """The stages that a stage probe would read."""
    evidence = advice.get("evidence") or {}
    if not evidence:
        return []
    read = evidence.get("read")
    return [None] if read is None else [stage if stage < _stages(evidence) else None for stage in read]


def _stages(evidence: Mapping[str, Any]) -> int:
    return sum(row["stage"] is not None for row in evidence.get("stages") or ())
