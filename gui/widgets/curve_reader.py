"""Reads the curve's figures at one epoch: where the mouse points, or where the arrow keys went."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel

from gui import theme, words
from gui.widgets.curve_data import CurveData

BESIDE = 10  # pixels from the line to the sheet with the figures


class Reader(QObject):
    """A line through the `panes` of a `view`, and a sheet beside it. `row` is the epoch's place in the data."""

    def __init__(self, view: pg.GraphicsLayoutWidget, panes: Sequence[pg.PlotItem]) -> None:
        super().__init__(view)
        self._view, self._panes = view, panes
        self._data = CurveData()
        self.row: int | None = None
        self._pointed = False  # by the mouse: what the keys have found stays when it leaves
        self._lines = [pg.InfiniteLine(angle=90) for _ in panes]
        for pane, line in zip(panes, self._lines, strict=True):
            pane.addItem(line, ignoreBounds=True)
            line.setVisible(False)
        self.sheet = QLabel(view)
        self.sheet.setObjectName("reading")
        self.sheet.setTextFormat(Qt.TextFormat.RichText)
        self.sheet.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.sheet.hide()
        view.viewport().setMouseTracking(True)
        view.viewport().installEventFilter(self)

    def dress(self) -> None:
        self.sheet.setFont(theme.font(theme.CAPTION, tabular=True))
        for line in self._lines:
            line.setPen(pg.mkPen(theme.colour("accent"), width=1))
        self._show()

    def follow(self, data: CurveData) -> None:
        """The data as it is now; the epoch that is read stays, as long as it is there."""
        if self.row is not None and self.row >= len(data.epochs):
            self.row = None
        self._data = data
        self._show()

    def move(self, rows: int) -> None:
        """By so many epochs; from the last one where none was read."""
        last = len(self._data.epochs) - 1
        if last >= 0:
            self._pointed = False
            self.row = last if self.row is None else max(0, min(last, self.row + rows))
            self._show()

    def clear(self) -> None:
        self.row = None
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self.row, self._pointed = self._row_at(event.position()), True
            self._show()
        elif event.type() == QEvent.Type.Leave and self._pointed:
            self.clear()
        return False

    def text(self) -> str:
        """What is read, in one sentence; nothing where nothing is."""
        if self.row is None:
            return ""
        told = self.tr("Epoch {epoch}: training {train}, loss {train_loss}; validation {val}, loss {val_loss}.")
        data, row = self._data, self.row
        return told.format(
            epoch=round(data.epochs[row]),
            train=_percent(data.train_accuracy[row]), train_loss=_loss(data.train_loss[row]),
            val=_percent(data.val_accuracy[row]), val_loss=_loss(data.val_loss[row]),
        )  # fmt: skip

    def _row_at(self, position: QPointF) -> int | None:
        """The epoch nearest to the mouse; none beside the drawing."""
        epochs, box = self._data.epochs, self._panes[0].vb
        place = self._view.mapToScene(position.toPoint())
        if not len(epochs) or not box.sceneBoundingRect().left() <= place.x() <= box.sceneBoundingRect().right():
            return None
        x = box.mapSceneToView(place).x()
        nearest = min(range(len(epochs)), key=lambda row: abs(epochs[row] - x))
        return nearest if abs(epochs[nearest] - x) <= 1 else None

    def _show(self) -> None:
        row = self.row
        for line in self._lines:
            line.setVisible(row is not None)
        self.sheet.setVisible(row is not None)
        if row is None:
            return
        epoch = self._data.epochs[row]
        for line in self._lines:
            line.setValue(epoch)
        self.sheet.setText(self._figures(row))
        self.sheet.adjustSize()
        x = self._view.mapFromScene(self._panes[0].vb.mapViewToScene(QPointF(epoch, 0))).x()
        fits = x + BESIDE + self.sheet.width() <= self._view.width()
        self.sheet.move(x + BESIDE if fits else max(0, x - BESIDE - self.sheet.width()), BESIDE)

    def _figures(self, row: int) -> str:
        data = self._data
        parts = [
            (self.tr("training"), "train", data.train_accuracy, data.train_loss),
            (self.tr("validation"), "validation", data.val_accuracy, data.val_loss),
        ]
        if data.average_accuracy[row] == data.average_accuracy[row]:
            parts.append((self.tr("average"), "good", data.average_accuracy, data.average_loss))
        title = self.tr("Epoch {epoch}").format(epoch=round(data.epochs[row]))
        head = f"<tr><td><b>{title}</b></td>{_cells(self.tr('right'), self.tr('loss'))}</tr>"
        lines = [
            f'<tr><td style="color:{getattr(theme.colours(), role)}">{name}</td>'
            f"{_cells(_percent(accuracy[row]), _loss(loss[row]))}</tr>"
            for name, role, accuracy, loss in parts
        ]
        rate = data.learning_rate[row]
        if rate == rate:
            lines.append(f"<tr><td>{self.tr('rate')}</td>{_cells('', words.small(rate))}</tr>")
        return f"<table>{head}{''.join(lines)}</table>"


def _cells(*texts: str) -> str:
    return "".join(f'<td align="right" style="padding-left:12px">{text}</td>' for text in texts)


def _percent(share: float) -> str:
    return words.percent(share) if share == share else "–"


def _loss(loss: float) -> str:
    return f"{loss:.2f}" if loss == loss else "–"
