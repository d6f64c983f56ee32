"""The tab Calibration: is it right as often as it says, and one button that mends it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui import theme, words
from gui.judgement import Judgement
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.chart import Axes, Chart, Series
from gui.widgets.judged_layout import headed_card, row_in
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.saving import SaveButton

HONEST = 0.02
"""A mean gap between said and right of less than two points is nothing to mend."""


class CalibrationTab(QWidget):
    """`settled(temperature)`: probabilities are to be divided so from now on; 1 takes it back."""

    settled = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._shown = Judgement()
        self.chart = Chart(self.tr("How sure it says it is, against how often it is right"))
        self.said = labels.emphasis()
        self.next = labels.body()
        self.button = buttons.plain_button("")
        self.button.clicked.connect(self._press)
        self.table = NumberTable(
            self.tr("Before and after"),
            [
                Column("", wide=True),
                Column(self.tr("Before"), number=True),
                Column(self.tr("Mended"), number=True),
            ],
        )
        self._lay_out()
        explain(
            self.chart,
            Why(
                self.tr("Is it right as often as it says?"),
                self.tr(
                    "Each dot is a group of pictures: how sure the model was of them, and how many it got right. On "
                    "the dotted line 80 % sure means 80 % right. Below it the model is too sure of itself, above it "
                    "too shy. The bars say how far luck may carry a dot.\n\n"
                    "Networks are often too sure: they go on learning after all training pictures are right. Dividing "
                    "by one number, the temperature, mends it and changes no answer (Guo and others, 2017)."
                ),
            ),
        )
        explain(
            self.table,
            Why(
                self.tr("Mended, honestly"),
                self.tr(
                    "The temperature is fitted on validation pictures. The column “Mended” is worked out on pictures "
                    "that took no part in the fit (five folds), so it is what to expect on new ones.\n\n"
                    "Gap (the calibration error): how far said and right lie apart. Loss and Brier score punish sure "
                    "mistakes; lower is better."
                ),
            ),
        )

    def _lay_out(self) -> None:
        row = row_in(self)
        save = SaveButton("calibration", self.chart.sheet, lambda: self.chart)
        card = headed_card(self.tr("Is it right as often as it says?"), save)
        card.body.addWidget(self.chart, 1)
        row.addWidget(card, 6)
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_16)
        column.addWidget(self.said)
        column.addWidget(self.next)
        line = QHBoxLayout()
        line.addWidget(self.button)
        line.addStretch(1)
        column.addLayout(line)
        column.addWidget(self.table)
        column.addStretch(1)
        row.addLayout(column, 5)

    def show_judgement(self, judgement: Judgement, may_settle: bool = True) -> None:
        self._shown = judgement
        found: Mapping[str, Any] | None = judgement.judged.get("calibration")
        self.table.setVisible(found is not None)
        self.button.setVisible(False)
        if found is None:
            self.chart.show_series(self._axes(), [])
            few = judgement.judged and "calibration" in judgement.judged
            self.said.setText(self.tr("Too few pictures to tell: it takes 20.") if few else "")
            self.next.setText("")
            return
        now, mended = found["now"], found["mended"]
        series = [self._series(self.tr("now"), now, "accent")]
        if mended is not None and found["current"] == 1.0:
            series.append(self._series(self.tr("mended"), mended, "validation", dashed=True))
        self.chart.show_series(self._axes(), series)
        self.said.setText(verdict(now))
        self._advise(found, may_settle)
        self._show_table(found)

    def _axes(self) -> Axes:
        return Axes(
            self.tr("how sure it says it is"), self.tr("how often it is right"), diagonal=self.tr("as right as it says")
        )

    def _series(self, name: str, variant: Mapping[str, Any], role: str, dashed: bool = False) -> Series:
        rows = variant["reliability"]
        most = max((row["count"] for row in rows), default=1)
        return Series(
            name,
            [(row["said"], row["right"]) for row in rows],
            role=role,
            dots=True,
            dashed=dashed,
            ranges=() if dashed else [(row["right_low"], row["right_high"]) for row in rows],
            sizes=[(row["count"] / most) ** 0.5 for row in rows],
        )

    def _advise(self, found: Mapping[str, Any], may_settle: bool) -> None:
        now, mended, current = found["now"], found["mended"], float(found["current"])
        if current != 1.0:
            text = self.tr("Its probabilities are mended: temperature {number}. Exports take it along.")
            self.next.setText(text.format(number=f"{current:.2f}"))
            self._offer(self.tr("Back to the probabilities as they were"), may_settle)
        elif mended is None:
            self.next.setText(self.tr("It makes too few mistakes here to mend anything by: judge it on more pictures."))
        elif mended["ece"] < now["ece"] - HONEST / 4 or mended["loss"] < now["loss"] - 0.005:
            text = self.tr("Mend it: with temperature {number} the gap would be {gap} points, and no answer changes.")
            self.next.setText(text.format(number=f"{found['temperature']:.2f}", gap=f"{100 * mended['ece']:.1f}"))
            self._offer(self.tr("Mend the probabilities"), may_settle)
        else:
            self.next.setText(self.tr("A temperature would not make it any better."))

    def _offer(self, text: str, may_settle: bool) -> None:
        self.button.setText(text)
        self.button.show()
        if may_settle:
            buttons.enable(self.button)
        else:
            buttons.disable(self.button, self.tr("Only on the run's own validation pictures."))

    def _show_table(self, found: Mapping[str, Any]) -> None:
        rows = []
        for title, key, scale, digits in (
            (self.tr("Gap, points"), "ece", 100, 1),
            (self.tr("Says on average, %"), "said", 100, 1),
            (self.tr("Right, %"), "right", 100, 1),
            (self.tr("Loss, nats"), "loss", 1, 3),
            (self.tr("Brier score"), "brier", 1, 3),
        ):
            cells = [
                Cell("–" if found[name] is None else f"{scale * found[name][key]:.{digits}f}")
                for name in ("plain", "mended")
            ]
            rows.append([Cell(title), *cells])
        self.table.show_rows(rows)

    def _press(self) -> None:
        found = self._shown.judged.get("calibration") or {}
        mended = float(found.get("current") or 1.0) != 1.0
        self.settled.emit(1.0 if mended else float(found.get("temperature") or 1.0))


def verdict(now: Mapping[str, float]) -> str:
    """In one sentence: what it says, what it is, what that makes of it."""
    said, right = words.percent(now["said"]), words.percent(now["right"])
    gap = now["said"] - now["right"]
    if now["ece"] < HONEST:
        text = words.translate("Calibration", "It says {said} and is right {right} of the time: you can take its word.")
    elif gap > HONEST:
        text = words.translate("Calibration", "It says {said} and is right {right} of the time: it is too sure.")
    elif gap < -HONEST:
        text = words.translate("Calibration", "It says {said} and is right {right} of the time: it is too shy.")
    else:
        text = words.translate(
            "Calibration", "It says {said} and is right {right} of the time: right on the whole, not at every level."
        )
    return text.format(said=said, right=right)
