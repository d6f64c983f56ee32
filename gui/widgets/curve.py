"""The live curve: accuracy and loss of training and validation, the gap between them, the learning rate beneath.

Three panes share one axis of epochs. Accuracy stands above loss instead of on top of it: four lines on two scales in
one pane let the reader take one for the other. pyqtgraph and numpy are imported with this module, so import it late.
"""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme, words
from gui.throttle import Throttle
from gui.widgets import paint
from gui.widgets.curve_data import CurveData
from gui.widgets.curve_ends import Ends
from gui.widgets.curve_marks import LANE, Best, Marks
from gui.widgets.curve_pane import PADDING, Pane, View, corners, steps_at, telling
from gui.widgets.curve_reader import Reader
from gui.widgets.saving import Sheet

FRAME = 70  # milliseconds between two drawings: at most 14 a second
LABEL_WIDTH = 118
RATE_HEIGHT = 92
SMALLEST_SPAN = 1.0
HIGHEST = 1.03  # of the pane of accuracy, so that a line at 100 % can be seen
MOST_POINTS = 600  # of one line: more than there are pixels for
WHOLE_STEPS = tuple(digit * 10**power for power in range(8) for digit in (1, 2, 5))  # epochs between two ticks


class Curve(QWidget):
    """Draws a `CurveData`. `changed()` may be called for every event: it draws at most 14 times a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = CurveData()
        self._drawn = -1
        self._round_title = ""
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
        column.setContentsMargins(2, 2, 2, 2)  # for the ring that shows the focus
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column.addWidget(self.view)
        self._build()
        self.changed = Throttle(FRAME, self.redraw, self)
        self.accuracy.vb.sigResized.connect(self._resized)
        theme.watcher().changed.connect(self.dress)
        self.dress()

    def _resized(self) -> None:
        """Names are laid out by the pixel, so they wait for the panes to have their place."""
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
        self._gaps = {
            name: pg.FillBetweenItem(pg.PlotDataItem([], []), pg.PlotDataItem([], [])) for name in ("loss", "accuracy")
        }
        self.loss.addItem(self._gaps["loss"])
        self.accuracy.addItem(self._gaps["accuracy"])
        self._ends = Ends({"accuracy": self.accuracy, "loss": self.loss})
        self.best = Best(self.accuracy, self.loss)
        self.marks = Marks(self.accuracy, self.loss)
        self.reader = Reader(self.view, (self.accuracy, self.loss, self.rate))

    def set_rounds(self, title: str, solver: bool = False, ended: bool = False) -> None:
        """What the axis counts: epochs, or the rounds of a solver, which has no rate and stops when it is done.

        Once a training has `ended` the axis ends with it, whatever was planned.
        """
        if (title, solver, ended) != (self._round_title, self._solver, self._ended):
            self._round_title, self._solver, self._ended = title, solver, ended
            self._place_axis()
            self._drawn = -1
            self.redraw()

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
        self._lines["batch"].setPen(pg.mkPen(theme.colour("train", 0.28), width=1))
        self._lines["rate"].setPen(pg.mkPen(theme.colour("quiet"), width=1.5))
        self._ends.dress()
        self.best.dress()
        self.reader.dress()
        self._drawn = -1
        self.redraw()

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
        self.redraw()

    def redraw(self) -> None:
        data = self.data
        if self._drawn == data.version:
            return
        self._drawn = data.version
        epochs = np.array(data.epochs)
        for name in self._ends.names:
            x, y = _known(epochs, getattr(data, name))
            self._lines[name].setData(x, y)
            self._ends.put(name, (float(x[-1]), float(y[-1])) if len(x) else None)
        for name, gap in self._gaps.items():
            both = np.isfinite(np.array(getattr(data, f"train_{name}")) + np.array(getattr(data, f"val_{name}")))
            for edge, part in zip(gap.curves, ("train", "val"), strict=True):
                edge.setData(*_known(epochs[both], np.array(getattr(data, f"{part}_{name}"))[both]))
        at = steps_at(data)
        self._lines["batch"].setData(*_known(at, data.batch_losses))
        self._draw_rate(at, epochs)
        self._set_ranges(epochs)
        self.best.put(data.best if data.best in data.epochs else None, data.best_accuracy)
        self._ends.part()
        self.reader.follow(data)
        self._describe()

    def _draw_rate(self, at: Any, epochs: Any) -> None:
        earlier = epochs < (at[0] if len(at) else np.inf)  # of these only the ends of epochs are known
        rates = np.concatenate((np.array(self.data.learning_rate)[earlier], np.array(self.data.batch_rates)))
        places = np.concatenate((epochs[earlier], at))
        known = np.isfinite(rates) & (not self._solver)
        shown = corners(rates[known])
        self._lines["rate"].setData(places[known][shown], rates[known][shown], stepMode="right")
        self._show_rate(bool(known.any()))
        if known.any():
            top = max(float(rates[known].max()), 1e-12)
            self.rate.set_ticks([(0.0, "0"), (top, words.small(top, 1))])
            self._rate_range = (-0.25 * top, 1.35 * top)

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
        self.accuracy.set_window(across, (low, self._with_lanes(across, low, HIGHEST)))
        self.loss.set_window(across, (-0.07 * top, 1.1 * top))
        self.rate.set_window(across, self._rate_range)
        for pane in (self.accuracy, self.loss, self.rate):
            pane.set_rounds(step, int(end))
        apart = next(s for s in (0.05, 0.1, 0.2, 0.25) if (1.0 - low) / s <= 5)
        ticks = [round(1 - apart * k, 4) for k in range(6) if 1 - apart * k >= low]
        self.accuracy.set_ticks([(value, words.percent(value)) for value in ticks])

    def _with_lanes(self, across: tuple[float, float], low: float, high: float) -> float:
        """The top of the pane of accuracy, so far above `high` that what the user did has room to be named."""
        padded = (across[0] - PADDING * (across[1] - across[0]), across[1] + PADDING * (across[1] - across[0]))
        room, height = max(self.accuracy.vb.width(), 1.0), max(self.accuracy.vb.height(), 1.0)
        lanes = self.marks.lay_out(self.data, padded, room)
        share = min(lanes * LANE / height, 0.5)
        top = float(low + (high - low) / (1 - share))
        self.marks.place_names(padded, room, top, (top - low) * LANE / height)
        return top

    # Reading

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -len(self.data.epochs),
            Qt.Key.Key_End: len(self.data.epochs),
        }  # fmt: skip
        if event.key() == Qt.Key.Key_Escape and self.reader.row is not None:
            self.reader.clear()
        elif event.key() in moves:
            self.reader.move(moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
            return
        self._describe()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:  # who looks at another window comes back
            self.reader.clear()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            paint.focus_ring(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
            painter.end()

    def _describe(self) -> None:
        data = self.data
        if self.reader.row is not None:
            self.setAccessibleDescription(self.reader.text())
            return
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

    # Taking away

    def draw(self, painter: QPainter) -> None:
        """The curve as it stands, in a picture or on paper."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.view.render(painter, QRectF(0, 0, self.width(), self.height()))

    def sheet(self) -> Sheet:
        return self.data.sheet()


def _known(x: Any, y: Any) -> tuple[Any, Any]:
    """The points that are known; where they are many, those that make the line."""
    x, y = np.asarray(x), np.asarray(y)
    known = np.isfinite(y)
    shown = telling(y[known], MOST_POINTS)
    return x[known][shown], y[known][shown]
