"""Parts of the curve: a pane in the theme's dress, points laid on its axis, and which of many points make a line."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QWheelEvent

from gui import theme
from gui.widgets.curve_data import CurveData

AXIS_WIDTH = 66
PADDING = 0.02  # of the width, to either side: room for half of a number at the end


class Pane(pg.PlotItem):  # type: ignore[misc]
    """One plot in the theme's dress: left axis, faint horizontal lines, nothing to drag."""

    def __init__(self, title: str, percent: bool = False) -> None:
        super().__init__(enableMenu=False)
        self.hideButtons()
        self.percent = percent
        self.setMouseEnabled(x=False, y=False)
        left = self.getAxis("left")
        left.setWidth(AXIS_WIDTH)
        left.enableAutoSIPrefix(False)
        left.setStyle(tickLength=0, maxTextLevel=0)
        self.getAxis("bottom").setStyle(tickLength=0, showValues=False)
        self.title = title
        self._ticks: list[tuple[float, str]] = []
        self._counted = (0, 0)
        self._window: tuple[tuple[float, float], tuple[float, float]] | None = None

    def set_ticks(self, ticks: list[tuple[float, str]]) -> None:
        """Of the left axis; drawn anew only where they differ, since axes are what costs most."""
        if ticks != self._ticks:
            self._ticks = ticks
            self.getAxis("left").setTicks([ticks])

    def set_rounds(self, step: int, last: int) -> None:
        """Whole numbers along the bottom, none beyond the last round: what is there is room for names."""
        if (step, last) != self._counted:
            self._counted = (step, last)
            self.getAxis("bottom").setTicks([[(number, str(number)) for number in range(0, last + 1, step)]])

    def set_window(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        if (x, y) != self._window:
            self._window = (x, y)
            self.setXRange(*x, padding=PADDING)
            self.setYRange(*y, padding=0)

    def dress(self) -> None:
        font, line, quiet = theme.font(theme.CAPTION, tabular=True), theme.colour("line"), theme.colour("quiet")
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setTickFont(font)
            axis.setPen(pg.mkPen(line))
            axis.setTextPen(quiet)
        self.getAxis("left").setLabel(self.title, color=theme.colours().quiet, **{"font-size": f"{theme.CAPTION}px"})
        self.showGrid(y=True, alpha=0.25)


class View(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """The panes' sheet. The wheel scrolls the page it lies on, not the drawing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def steps_at(data: CurveData) -> Any:
    """The steps on the axis of epochs, all at once: what `CurveData.at` does one by one."""
    steps = np.array(data.steps)
    ends, epochs = data.ends
    if not len(steps):
        return steps
    last = data.at(steps[-1])
    known = np.concatenate(([0.0], ends, [max(steps[-1], ends[-1] + 1 if ends else 1)]))
    places = np.concatenate(([0.0], epochs, [max(last, epochs[-1] if epochs else 0.0)]))
    return np.interp(steps, known, places)


def corners(values: Any, most: int = 300) -> Any:
    """Which of many values are enough to draw their line: evenly spread ones, and every sudden change."""
    if len(values) <= most:
        return np.arange(len(values))
    spread = np.linspace(0, len(values) - 1, most).astype(np.int64)
    jumps = np.flatnonzero(np.abs(np.diff(values)) > 0.02 * max(float(values.max()), 1e-12))
    return np.unique(np.concatenate((spread, jumps, jumps + 1)))


def telling(values: Any, most: int) -> Any:
    """Which of many values are enough to draw their line: of every few in a row the lowest and the highest."""
    if len(values) <= most:
        return np.arange(len(values))
    size = -(-2 * len(values) // most)
    whole = len(values) // size * size
    rows = np.reshape(np.asarray(values)[:whole], (-1, size))
    starts = np.arange(0, whole, size)
    return np.unique(np.concatenate((
        [0, len(values) - 1], starts + rows.argmin(1), starts + rows.argmax(1), np.arange(whole, len(values)),
    )))  # fmt: skip


def spread(heights: list[float], apart: float, lowest: float) -> list[float]:
    """Heights in ascending order moved as little as need be to lie `apart`, none below `lowest`."""
    placed: list[list[float]] = []  # groups that touch, each around its own middle
    for height in heights:
        group = [height]
        while placed and _bottom(group, apart) < _top(placed[-1], apart) + apart:
            group = placed.pop() + group
        placed.append(group)
    result: list[float] = []
    for group in placed:
        bottom = max(_bottom(group, apart), result[-1] + apart if result else lowest)
        result += [bottom + apart * number for number in range(len(group))]
    return result


def _bottom(group: list[float], apart: float) -> float:
    return sum(group) / len(group) - apart * (len(group) - 1) / 2


def _top(group: list[float], apart: float) -> float:
    return _bottom(group, apart) + apart * (len(group) - 1)
