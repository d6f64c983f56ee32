"""Several views of each picture, averaged: what that gains and costs, before it is switched on."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from core.requests import TryViews
from gui import words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.saving import SaveButton
from gui.words import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from gui.session import Session

VIEWS = {
    "none": QT_TRANSLATE_NOOP("Views", "One look, as now"),
    "flip": QT_TRANSLATE_NOOP("Views", "And mirrored"),
    "five": QT_TRANSLATE_NOOP("Views", "Five crops"),
    "ten": QT_TRANSLATE_NOOP("Views", "Ten crops"),
    "scales": QT_TRANSLATE_NOOP("Views", "Three sizes, mirrored"),
}


class ViewsCard(Card):
    """`chosen(name)`: look through these from now on."""

    chosen = Signal(str)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._run: Path | None = None
        self._tried: Mapping[str, Any] = {}
        self._settled = "none"
        self.table = NumberTable(
            self.tr("Views"),
            [
                Column(self.tr("Views"), wide=True),
                Column(self.tr("Points (95 % certain)"), number=True),
                Column(self.tr("Time"), number=True),
            ],
            most=5,
        )
        self.table.chosen.connect(lambda _: self._draw_button())
        self.try_button = buttons.plain_button(self.tr("Try several views"))
        self.try_button.clicked.connect(self._try)
        self.use_button = buttons.plain_button(self.tr("Use these views"))
        self.use_button.clicked.connect(self._use)
        self._lay_out()
        explain(
            self.table,
            Why(
                self.tr("Several views of a picture"),
                self.tr(
                    "What was random in training is averaged out when judging: the picture as it is, mirrored, cut at "
                    "the corners, enlarged. Where left and right mean something, a mirrored view may do harm: the "
                    "figures tell.\n\nThe views stay with the model, in Predict and in exports."
                ),
            ),
        )

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(labels.heading(self.tr("More than one look")), 1)
        head.addWidget(SaveButton("views", self.sheet))
        self.body.addLayout(head)
        said = self.tr("The answers for several views of a picture, averaged, are often a little better, and slower.")
        self.body.addWidget(labels.quiet(said))
        self.body.addWidget(self.table)
        line = QHBoxLayout()
        line.addWidget(self.try_button)
        line.addWidget(self.use_button)
        line.addStretch(1)
        self.body.addLayout(line)
        self.body.addStretch(1)

    def show_run(self, run: Path | None, settled: str, why_not: str) -> None:
        """`settled` are the views that the run's model looks through; `why_not` says why none can be tried now."""
        if run != self._run:
            self._run, self._tried = run, {}
        self._settled = settled
        if why_not:
            buttons.disable(self.try_button, why_not)
        else:
            buttons.enable(self.try_button)
        self._draw_button(why_not)

    def _try(self) -> None:
        run = self._run
        if run is not None:
            self._session.start(TryViews(run=str(run)), lambda value: self._take(run, value))

    def _take(self, run: Path, value: Mapping[str, Any]) -> None:
        if run == self._run:
            self._tried = value
            self.table.show_rows([self._row(row) for row in value["rows"]])
            self.table.setCurrentCell(0, 0)
            self._draw_button()

    def _row(self, row: Mapping[str, Any]) -> list[Cell]:
        gain = row["against"]
        name = words.translate("Views", VIEWS.get(str(row["views"]), str(row["views"])))
        used = str(row["views"]) == self._settled
        time = self.tr("{number} ms").format(number=f"{float(row['milliseconds']):.0f}")
        if row["views"] == "none":
            return [Cell(name, strong=used), Cell("–"), Cell(time)]
        return [Cell(name, strong=used), Cell(gained(gain), strong=gain["low"] > 0), Cell(time)]

    def _draw_button(self, why_not: str = "") -> None:
        rows = self._tried.get("rows") or ()
        self.table.setVisible(bool(rows))
        self.use_button.setVisible(bool(rows) or self._settled != "none")
        place = self.table.currentRow()
        name = str(rows[place]["views"]) if 0 <= place < len(rows) else "none"
        self.use_button.setText(self.tr("One look again") if name == "none" else self.tr("Use these views"))
        if why_not:
            buttons.disable(self.use_button, why_not)
        elif name == self._settled:
            buttons.disable(self.use_button, self.tr("These are used already."))
        else:
            buttons.enable(self.use_button)

    def _use(self) -> None:
        rows = self._tried.get("rows") or ()
        place = self.table.currentRow()
        self.chosen.emit(str(rows[place]["views"]) if 0 <= place < len(rows) else "none")

    def sheet(self) -> list[list[object]]:
        rows: list[list[object]] = [["views", "passes", "accuracy", "gain", "low", "high", "p", "milliseconds"]]
        for row in self._tried.get("rows") or ():
            gain = row["against"]
            rows.append(
                [row["views"], row["passes"], row["accuracy"], gain["gain"], gain["low"], gain["high"], gain["p"],
                 row["milliseconds"]]
            )  # fmt: skip
        return rows


def gained(row: Mapping[str, Any]) -> str:
    """`+1.3 (−0.4 to +3.0)`."""
    text = words.translate("Views", "{gain} ({low} to {high})")
    return text.format(gain=points(row["gain"]), low=points(row["low"]), high=points(row["high"]))


def points(share: float) -> str:
    """A difference of shares in points: `+1.3`."""
    return f"{100 * share:+.1f}".replace("-", "−")
