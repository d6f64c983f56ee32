"""The live curve: accuracy and loss of training and validation, the gap between them, the learning rate beneath.

Three panes share one axis of epochs. Accuracy stands above loss instead of on top of it: four lines on two scales in
one pane let the reader take one for the other. pyqtgraph and numpy are imported with this module, so import it late.
"""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme, words
from gui.throttle import Throttle
from gui.widgets.curve_data import CurveData
from gui.widgets.curve_pane import Pane, View, corners, mark_text, spread, steps_at

FRAME = 70  # milliseconds between two drawings: at most 14 a second
LABEL_WIDTH = 118
RATE_HEIGHT = 92
SMALLEST_SPAN = 1.0
PARTS = ("train", "val", "average")
WHOLE_STEPS = tuple(digit * 10**power for power in range(8) for digit in (1, 2, 5))  # epochs between two ticks


class Curve(QWidget):
    """Draws a `CurveData`. `changed()` may be called for every event: it draws at most 14 times a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = CurveData()
        self._drawn = -1
        self._round_title = self.tr("epochs: passes over all pictures")
        self._solver = self._ended = False
        self._rate_range = (0.0, 1.0)
        self.setMinimumHeight(280)
        self.setAccessibleName(self.tr("Learning curve"))
        self.view = View()
        self.view.setAntialiasing(True)
        self.view.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.ci.layout.setContentsMargins(0, 4, 0, 0)
        self.view.ci.layout.setVerticalSpacing(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._build()
        self.changed = Throttle(FRAME, self.draw, self)
        theme.watcher().changed.connect(self.dress)
        self.dress()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drawn = -1
        self.changed()

    def sizeHint(self) -> QSize:
        return QSize(640, 340)

    # Building

    def _build(self) -> None:
        self.accuracy = Pane(self.tr("accuracy"), percent=True)
        self.loss = Pane(self.tr("loss"))
        self.rate = Pane(self.tr("rate"))
        for row, (pane, stretch) in enumerate(((self.accuracy, 5), (self.loss, 4), (self.rate, 1))):
            self.view.addItem(pane, row, 0)
            self.view.ci.layout.setRowStretchFactor(row, stretch)
            if pane is not self.accuracy:
                pane.setXLink(self.accuracy)
        self._shown = True
        self.rate.setMinimumHeight(RATE_HEIGHT)
        self.rate.setMaximumHeight(RATE_HEIGHT)
        self._lines = {
            name: pane.plot([], [], antialias=name != "batch")
            for name, pane in (
                ("batch", self.loss), ("train_loss", self.loss), ("val_loss", self.loss),
                ("train_accuracy", self.accuracy), ("val_accuracy", self.accuracy), ("rate", self.rate),
                ("average_loss", self.loss), ("average_accuracy", self.accuracy),
            )
        }  # fmt: skip
        self._lines["batch"].setDownsampling(auto=True, method="peak")
        self._lines["batch"].setClipToView(True)
        self._gaps = {
            name: pg.FillBetweenItem(pg.PlotDataItem([], []), pg.PlotDataItem([], [])) for name in ("loss", "accuracy")
        }
        self.loss.addItem(self._gaps["loss"])
        self.accuracy.addItem(self._gaps["accuracy"])
        self._best = [pg.InfiniteLine(angle=90) for _ in range(2)]
        self.accuracy.addItem(self._best[0])
        self.loss.addItem(self._best[1])
        self._star = pg.ScatterPlotItem(size=14, symbol="star")
        self.accuracy.addItem(self._star)
        self._best_text = pg.TextItem(anchor=(0.5, -0.2))
        self.accuracy.addItem(self._best_text, ignoreBounds=True)
        self._ends: dict[str, Any] = {}
        for name, pane in ((f"{part}_{what}", pane) for part in PARTS for what, pane in (
            ("accuracy", self.accuracy), ("loss", self.loss)
        )):  # fmt: skip
            self._ends[name] = pg.TextItem(anchor=(0, 0.5))
            pane.addItem(self._ends[name], ignoreBounds=True)
        self._marks: list[Any] = []

    def set_rounds(self, title: str, solver: bool = False, ended: bool = False) -> None:
        """What the axis counts: epochs, or the rounds of a solver, which has no rate and stops when it is done.

        Once a training has `ended` the axis ends with it, whatever was planned.
        """
        if (title, solver, ended) != (self._round_title, self._solver, self._ended):
            self._round_title, self._solver, self._ended = title, solver, ended
            self._place_axis()
            self._drawn = -1
            self.draw()

    def dress(self) -> None:
        """Put on the colours of the theme."""
        self.view.setBackground(theme.colour("card"))
        for pane in (self.accuracy, self.loss, self.rate):
            pane.dress()
        self._place_axis()
        train, validation = theme.colour("train"), theme.colour("validation")
        for name in ("loss", "accuracy"):
            self._lines[f"train_{name}"].setPen(pg.mkPen(train, width=2))
            self._lines[f"val_{name}"].setPen(pg.mkPen(validation, width=2, style=Qt.PenStyle.DashLine))
            self._lines[f"average_{name}"].setPen(pg.mkPen(theme.colour("good"), width=2, style=Qt.PenStyle.DotLine))
            self._gaps[name].setBrush(theme.colour("validation", 0.13))
            self._ends[f"train_{name}"].setColor(train)
            self._ends[f"val_{name}"].setColor(validation)
            self._ends[f"average_{name}"].setColor(theme.colour("good"))
        self._lines["batch"].setPen(pg.mkPen(theme.colour("train", 0.28), width=1))
        self._lines["rate"].setPen(pg.mkPen(theme.colour("quiet"), width=1.5))
        self._star.setBrush(validation)
        self._star.setPen(pg.mkPen(theme.colour("card"), width=1))
        self._best_text.setColor(theme.colour("text"))
        for line in self._best:
            line.setPen(pg.mkPen(theme.colour("quiet", 0.6), width=1, style=Qt.PenStyle.DotLine))
        small: QFont = theme.font(theme.CAPTION, strong=True, tabular=True)
        for item in (*self._ends.values(), self._best_text):
            item.setFont(small)
        self._drawn = -1
        self.draw()

    def _show_rate(self, shown: bool) -> None:
        """A solver without a learning rate has no strip for it."""
        if shown == self._shown:
            return
        self._shown = shown
        self.rate.setVisible(shown)
        height = RATE_HEIGHT if shown else 0
        self.rate.setMinimumHeight(height)
        self.rate.setMaximumHeight(height)
        self._place_axis()

    def _place_axis(self) -> None:
        """The axis of epochs stands under the lowest pane: the rate where there is one, else the loss."""
        lowest = self.rate if self._shown else self.loss
        for pane in (self.loss, self.rate):
            axis = pane.getAxis("bottom")
            axis.setStyle(showValues=pane is lowest)
            title = self._round_title if pane is lowest else ""
            axis.setLabel(title, color=theme.colours().quiet, **{"font-size": f"{theme.CAPTION}px"})
            axis.showLabel(pane is lowest)

    # Drawing

    def show_data(self, data: CurveData) -> None:
        self.data = data
        self._drawn = -1
        self.draw()

    def draw(self) -> None:
        data = self.data
        if self._drawn == data.version:
            return
        self._drawn = data.version
        epochs = np.array(data.epochs)
        for name in self._ends:
            values = np.array(getattr(data, name))
            known = np.isfinite(values)
            self._lines[name].setData(epochs[known], values[known])
            self._name_end(name, epochs[known], values[known])
        for name, gap in self._gaps.items():
            pair = [np.array(getattr(data, f"{part}_{name}")) for part in ("train", "val")]
            known = np.isfinite(pair[0]) & np.isfinite(pair[1])
            for edge, values in zip(gap.curves, pair, strict=True):
                edge.setData(epochs[known], values[known])
        at = steps_at(data)
        self._lines["batch"].setData(at, np.array(data.batch_losses))
        self._draw_rate(at, epochs)
        self._draw_best(epochs)
        self._draw_marks()
        self._set_ranges(epochs)
        self._part_ends()
        self._describe()

    def _draw_rate(self, at: Any, epochs: Any) -> None:
        rates = np.array(self.data.batch_rates) if len(at) else np.array(self.data.epoch_rates)
        places = at if len(at) else epochs
        known = np.isfinite(rates) & (not self._solver)
        shown = corners(rates[known])
        self._lines["rate"].setData(places[known][shown], rates[known][shown], stepMode="right")
        self._show_rate(bool(known.any()))
        if known.any():
            top = max(float(rates[known].max()), 1e-12)
            self.rate.set_ticks([(0.0, "0"), (top, f"{top:.1g}")])
            self._rate_range = (-0.25 * top, 1.35 * top)

    def _name_end(self, name: str, x: Any, y: Any) -> None:
        """The name and the last value stand at the line's end: no legend to look up."""
        item = self._ends[name]
        item.setVisible(bool(len(x)))
        if not len(x):
            return
        part = {"train": self.tr("training"), "val": self.tr("validation"), "average": self.tr("average")}[
            name.partition("_")[0]
        ]
        value = words.percent(y[-1]) if name.endswith("accuracy") else f"{y[-1]:.2f}"
        item.setText(f"{part} {value}")
        item.setPos(float(x[-1]), float(y[-1]))

    def _part_ends(self) -> None:
        """Names at nearly the same height are pushed apart until all can be read."""
        for what, pane in (("accuracy", self.accuracy), ("loss", self.loss)):
            ends = [self._ends[f"{part}_{what}"] for part in PARTS]
            shown = sorted((item for item in ends if item.isVisible()), key=lambda item: item.pos().y())
            height = pane.vb.height()
            low, high = pane.vb.viewRange()[1]
            if height < 40 or not shown:
                continue
            apart = 15 * (high - low) / height
            for item, y in zip(shown, spread([item.pos().y() for item in shown], apart, low + apart / 2), strict=True):
                item.setPos(item.pos().x(), y)

    def _draw_best(self, epochs: Any) -> None:
        best = self.data.best
        rows = np.flatnonzero(epochs == best) if best is not None else np.array([], dtype=int)
        shown = len(rows) > 0
        for item in (*self._best, self._star, self._best_text):
            item.setVisible(shown)
        if not shown or best is None:
            return
        value = self.data.val_accuracy[int(rows[-1])]
        for line in self._best:
            line.setValue(best)
        if np.isfinite(value):
            self._star.setData([best], [value])
            self._best_text.setText(self.tr("best"))
            self._best_text.setPos(best, value)

    def _draw_marks(self) -> None:
        marks = self.data.marks
        while len(self._marks) > len(marks):
            pair = self._marks.pop()
            self.accuracy.removeItem(pair[0])
            self.loss.removeItem(pair[1])
        while len(self._marks) < len(marks):
            options = {"position": 0.08, "rotateAxis": (1, 0), "anchors": [(0, 1), (0, 0)], "movable": False}
            pen = pg.mkPen(theme.colour("text"), width=1)
            above = pg.InfiniteLine(angle=90, pen=pen, label="x", labelOpts=options)
            below = pg.InfiniteLine(angle=90, pen=pen)
            self.accuracy.addItem(above, ignoreBounds=True)
            self.loss.addItem(below, ignoreBounds=True)
            self._marks.append((above, below))
        for (above, below), mark in zip(self._marks, marks, strict=True):
            place = self.data.place(mark)
            above.label.setFormat(mark_text(mark))
            above.label.setColor(theme.colour("text"))
            above.label.setFont(theme.font(theme.CAPTION))
            for line in (above, below):
                line.setPen(pg.mkPen(theme.colour("text", 0.7), width=1))
                line.setValue(place)

    def _set_ranges(self, epochs: Any) -> None:
        """All that is known, room for the names at the ends of the lines, and what is still planned."""
        data = self.data
        planned = 0.0 if self._solver or self._ended else float(data.planned)
        end = max(data.end, planned, SMALLEST_SPAN)
        start = min(float(epochs[0]), 1.0) if len(epochs) and not len(data.steps) else 0.0
        share = min(LABEL_WIDTH / max(self.accuracy.vb.width(), 200.0), 0.4)
        reach = data.end + (end - start) * share / (1 - share)
        across = (start, max(end, reach))
        step = next(step for step in WHOLE_STEPS if (end - start) / step <= 12)
        low = max(0.0, min((v for v in (*data.train_accuracy, *data.val_accuracy) if v == v), default=0.0) - 0.05)
        top = max((v for v in (*data.train_loss, *data.val_loss) if v == v), default=0.0)
        if len(data.batch_losses):
            top = max(top, float(np.nanpercentile(np.array(data.batch_losses[-2000:]), 98)))
        top = max(top, 1e-6)
        self.accuracy.set_window(across, (low, 1.03))
        self.loss.set_window(across, (-0.07 * top, 1.1 * top))
        self.rate.set_window(across, self._rate_range)
        for pane in (self.accuracy, self.loss, self.rate):
            pane.set_step(step)
        apart = next(s for s in (0.05, 0.1, 0.2, 0.25) if (1.0 - low) / s <= 5)
        ticks = [round(1 - apart * k, 4) for k in range(6) if 1 - apart * k >= low]
        self.accuracy.set_ticks([(value, words.percent(value)) for value in ticks])

    def _describe(self) -> None:
        data = self.data
        if not len(data.epochs):
            self.setAccessibleDescription(self.tr("No epoch yet."))
            return
        text = self.tr("Epoch {epoch}: training {train}, validation {val}.")
        train, val = data.train_accuracy[-1], data.val_accuracy[-1]
        self.setAccessibleDescription(
            text.format(
                epoch=round(data.epochs[-1]),
                train=words.percent(train) if train == train else "?",
                val=words.percent(val) if val == val else "?",
            )
        )
