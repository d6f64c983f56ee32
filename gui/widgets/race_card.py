"""The race: every strategy on the same budget, side by side; press Enter on one to take it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal

from gui import words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.number_table import Cell, Column, NumberTable


class RaceCard(Card):
    """`wanted` asks for a race; `taken(strategy)` that its strategy be chosen."""

    wanted = Signal()
    taken = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        title = self.tr("The race: let the strategies show it")
        self.setAccessibleName(title)
        self.body.addWidget(labels.heading(title))
        self._racers: list[str] = []
        self.note = labels.quiet()
        self.table = NumberTable(
            self.tr("Race of the strategies"),
            [
                Column(self.tr("Strategy"), wide=True),
                Column(self.tr("Right in validation"), number=True),
                Column(self.tr("Time"), number=True),
                Column(self.tr("Weights that learned"), number=True),
            ],
        )
        self.table.opened.connect(lambda row: self.taken.emit(self._racers[row]))
        self.button = buttons.plain_button(self.tr("Race all strategies"), "runs")
        self.button.clicked.connect(self.wanted)
        self.body.addWidget(self.note)
        self.body.addWidget(self.table)
        self.body.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        explain(
            self,
            Why(
                self.tr("The race"),
                self.tr(
                    "Advice is a rule of thumb. A race trains every strategy on your pictures, each with the same "
                    "number of epochs, and counts what each gets right on pictures it did not learn from.\n\n"
                    "It takes as long as all of them together: minutes for a few hundred pictures. "
                    "Press Enter on a row to take that strategy."
                ),
            ),
        )

    def show_race(self, result: Mapping[str, Any], running: bool, why_not: str) -> None:
        """`result` holds the `race` fields; `why_not` says why none can begin."""
        rows = list(result.get("strategies") or ())
        self._racers = [str(row["strategy"]) for row in rows]
        self.table.setVisible(bool(rows))
        self.table.show_rows([self._row(row, number == 0, result) for number, row in enumerate(rows)])
        if running:
            buttons.disable(self.button, self.tr("The race is running: see the bar below."))
        elif why_not:
            buttons.disable(self.button, why_not)
        else:
            buttons.enable(self.button)
        self.note.setText(self._text(result, bool(rows), running))

    def _text(self, result: Mapping[str, Any], run: bool, running: bool) -> str:
        if running:
            return self.tr("The race is on. Each strategy trains with the same number of epochs.")
        if not run:
            return self.tr("Every strategy trains on your pictures with the same number of epochs; the best one wins.")
        points = round(100 * float(result.get("regret") or 0.0))
        if points < 1:
            return self.tr("The advised strategy is as good as the best. Enter on a row takes that strategy.")
        text = self.tr("The advised strategy lies {points} below the best. Enter on a row takes that strategy.")
        return text.format(points=words.plural(self.tr("%n point(s)", "", points), points))

    def _row(self, row: Mapping[str, Any], first: bool, result: Mapping[str, Any]) -> list[Cell]:
        kind = str(row["strategy"])
        marks = ["★"] if first else []
        if kind == result.get("recommended"):
            marks.append(self.tr("(advised)"))
        accuracy = words.accuracy(row["accuracy"], row.get("low"), row.get("high"))
        return [
            Cell(" ".join([words.strategy_name(kind), *marks]), strong=first, tip=words.strategy_what(kind)),
            Cell(accuracy, strong=first),
            Cell(words.duration(float(row.get("seconds") or 0))),
            Cell(words.count(int(row.get("parameters_learned") or 0)), role="quiet"),
        ]
