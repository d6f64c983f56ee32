"""The four figures that matter while training: right in validation, best, epochs, time left."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import theme, words
from gui.widgets.card import Card
from gui.widgets.curve_data import CurveData
from gui.widgets.figure import Figure

if TYPE_CHECKING:
    from core.events import Progress

MINUTES = 180  # seconds from which on they are no longer counted one by one


class TrainingFigures(QWidget):
    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_16)
        self.accuracy = Figure(self.tr("Right in validation"))
        self.best = Figure(self.tr("Best"))
        self.epochs = Figure(self.tr("Epochs"))
        self.time = Figure(self.tr("Time"))
        for figure in (self.accuracy, self.best, self.epochs, self.time):
            card = Card()
            card.body.addWidget(figure)
            card.body.addStretch(1)
            row.addWidget(card, 1)

    def show_accuracy(self, data: CurveData, val: Mapping[str, Any], kept_aside: int) -> None:
        """From the report's `val` where there is one, else from the last epoch with its Wilson interval."""
        last = data.val_accuracy[-1] if len(data.val_accuracy) else float("nan")
        if val:
            text = words.accuracy(val["accuracy"], val.get("low"), val.get("high"))
            self.accuracy.set(text, self._on(int(val.get("images") or kept_aside)))
        elif last != last:
            self.accuracy.set("–", self.tr("of pictures kept aside"))
        elif kept_aside:
            from core.metrics import wilson

            low, high = wilson(round(last * kept_aside), kept_aside)
            self.accuracy.set(words.accuracy(last, low, high), self._on(kept_aside))
        else:
            self.accuracy.set(words.percent(last))

    def _on(self, count: int) -> str:
        return words.plural(self.tr("of %n kept aside", "", count), count) if count else ""

    def show_progress(self, data: CurveData, solver: bool) -> None:
        """The best epoch, and how far it is. A solver counts rounds."""
        where = self.tr("in round {number}") if solver else self.tr("in epoch {number}")
        if data.best is None or data.best not in data.epochs:
            self.best.set("–")
        else:
            value = data.best_accuracy
            self.best.set(words.percent(value) if value == value else "–", where.format(number=round(data.best)))
        done = round(data.epochs[-1]) if len(data.epochs) else 0
        total = self.tr("of {total}").format(total=words.count(data.planned)) if data.planned else ""
        note = self.tr("rounds of the solver") if solver else total
        self.epochs.set(words.count(done) if len(data.epochs) else "–", note)

    def show_time_left(self, progress: "Progress | None", paused: bool) -> None:
        stage = words.stage_name(progress.stage if progress is not None else "start")
        left = progress.seconds_left if progress is not None else None
        if paused:
            self.time.set("‖", self.tr("paused"))
        elif left is None:
            self.time.set("…", stage)
        else:
            self.time.set(words.duration(left if left < MINUTES else 60 * round(left / 60)), self.tr("left"))

    def show_time_taken(self, data: CurveData, seconds: Mapping[str, Any]) -> None:
        """How long it learned, however often it was interrupted; a head that is fitted at a stroke, all in all."""
        learning, total = sum(data.seconds), seconds.get("total")
        if learning:
            self.time.set(words.duration(learning), self.tr("of learning"))
        else:
            self.time.set(words.duration(total) if total else "–", self.tr("all in all") if total else "")
