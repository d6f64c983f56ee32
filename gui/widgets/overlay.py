"""Validation accuracy of several runs over one another, each named at its end. Imports pyqtgraph: import it late."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme, words
from gui.run_record import Line
from gui.widgets.curve_data import CurveData
from gui.widgets.curve_pane import Pane, View

STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
LABEL_SHARE = 0.2
APART = 0.075  # of the height, between two names


class Overlay(QWidget):
    """The horizontal axis is the share of each run's epochs, so that long and short ones compare."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()
        self._drawn: list[object] = []
        self.setMinimumHeight(220)
        self.setAccessibleName(self.tr("Validation accuracy of the runs"))
        self.view = View()
        self.view.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.pane = Pane(self.tr("validation accuracy"), percent=True)
        self.view.addItem(self.pane)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        theme.watcher().changed.connect(self.draw)
        self.draw()

    def sizeHint(self) -> QSize:
        return QSize(560, 260)

    def show_lines(self, lines: Sequence[Line]) -> None:
        self._lines = tuple(line for line in lines if _has_curve(line.data))
        self.setAccessibleDescription(
            ", ".join(f"{line.name}: {words.percent(_values(line.data)[-1])}" for line in self._lines)
        )
        self.draw()

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._lines

    def draw(self) -> None:
        self.view.setBackground(theme.colour("card"))
        self.pane.dress()
        bottom = self.pane.getAxis("bottom")
        bottom.setStyle(showValues=True)
        bottom.setTicks([[(0, words.percent(0)), (0.5, words.percent(0.5)), (1, words.percent(1))]])
        title = self.tr("share of the training done")
        bottom.setLabel(title, color=theme.colours().quiet, **{"font-size": f"{theme.CAPTION}px"})
        for item in self._drawn:
            self.pane.removeItem(item)
        self._drawn.clear()
        if not self._lines:
            return
        low = min(min(_values(line.data)) for line in self._lines)
        low = max(0.0, low - 0.05)
        self.pane.setXRange(0, 1 / (1 - LABEL_SHARE), padding=0.01)
        self.pane.setYRange(low, 1.02, padding=0)
        step = 0.05 if low > 0.78 else 0.1 if low > 0.5 else 0.25
        ticks = [1 - step * k for k in range(6) if 1 - step * k >= low]
        self.pane.getAxis("left").setTicks([[(tick, words.percent(tick)) for tick in ticks]])
        for number, line in enumerate(self._lines):
            self._draw_line(number, line)
        self._draw_names(low)

    def _draw_line(self, number: int, line: Line) -> None:
        epochs, values = np.array(line.data.epochs), np.array(line.data.val_accuracy)
        known = np.isfinite(values)
        span = max(float(epochs[known].max()), 1.0)
        pen = pg.mkPen(
            theme.class_colour(number), width=3 if line.strong else 1.75, style=STYLES[number % len(STYLES)]
        )  # fmt: skip
        self._drawn.append(self.pane.plot(epochs[known] / span, values[known], pen=pen, antialias=True))

    def _draw_names(self, low: float) -> None:
        """Names stand at their ends, from the top down, pushed apart where ends lie close together."""
        ends = sorted(((_values(line.data)[-1], number) for number, line in enumerate(self._lines)), reverse=True)
        apart, ceiling = APART * (1.02 - low), 1.02
        for value, number in ends:
            line = self._lines[number]
            place = min(value, ceiling - apart / 2)
            ceiling = place - apart / 2
            text = pg.TextItem(f"{line.name}  {words.percent(value)}", anchor=(0, 0.5))
            text.setFont(theme.font(theme.CAPTION, strong=line.strong, tabular=True))
            text.setColor(theme.colour("text" if line.strong else "quiet"))
            text.setPos(1.01, place)
            self.pane.addItem(text, ignoreBounds=True)
            self._drawn.append(text)


def _values(data: CurveData) -> list[float]:
    return [value for value in data.val_accuracy if value == value]


def _has_curve(data: CurveData) -> bool:
    return len(_values(data)) >= 2
