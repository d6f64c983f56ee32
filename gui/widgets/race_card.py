"""The race: every strategy on the same budget of time, side by side; the winner is taken over by one click."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout

from gui import theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.race_data import RaceData, Racer
from gui.widgets.race_plot import RacePlot
from gui.widgets.saving import SaveButton

BUDGETS = (None, 60, 120, 300, 600, 1200, 1800, 3600)
CLEAR_POINTS = 1


class RaceCard(Card):
    """`wanted(seconds)` asks for a race, None leaving its length to Graft; `go_on` for one that was interrupted to be
    gone on with; `stop` for the one that runs to pause; `taken(strategy)` that a strategy be chosen."""

    wanted = Signal(object)
    go_on = Signal()
    stop = Signal()
    taken = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        title = self.tr("The race: let the strategies show it")
        self.setAccessibleName(title)
        self._racers: list[str] = []
        self.budget = QComboBox()
        self.budget.setMinimumWidth(120)
        self.take = buttons.plain_button("", "check")
        self.note = labels.quiet()
        self.plot = RacePlot()
        self.table = NumberTable(
            self.tr("Race of the strategies"),
            [
                Column(self.tr("Strategy"), wide=True),
                Column(self.tr("Right"), number=True),
                Column(self.tr("Time"), number=True),
                Column(self.tr("Weights"), number=True),
                Column(self.tr("Got to"), number=True),
            ],
        )
        self.table.opened.connect(lambda row: self.taken.emit(self._racers[row]))
        controls = self._make_controls()
        head = QHBoxLayout()
        head.addWidget(labels.heading(title), 1)
        head.addWidget(SaveButton("race", sheet=self.table.sheet, picture=lambda: self.plot))
        self.body.addLayout(head)
        self.body.addWidget(self.note)
        self.body.addLayout(controls)
        self.body.addWidget(self.plot)
        self.body.addWidget(self.table)
        self.body.addWidget(self.take, 0, Qt.AlignmentFlag.AlignLeft)
        explain(self, Why(self.tr("The race"), self._explanation()))

    def _make_controls(self) -> QHBoxLayout:
        self.button = buttons.plain_button(self.tr("Race all strategies"), "runs")
        self.button.clicked.connect(lambda: self.wanted.emit(self.budget.currentData()))
        self.again = buttons.plain_button(self.tr("Go on with the race"), "play")
        self.again.clicked.connect(self.go_on)
        self.pause = buttons.plain_button(self.tr("Pause the race"), "pause")
        self.pause.clicked.connect(self.stop)
        self.take.clicked.connect(lambda: self.taken.emit(self._racers[0]))
        for seconds in BUDGETS:
            text = self.tr("as long as the best needs") if seconds is None else words.duration(seconds)
            self.budget.addItem(text, seconds)
        self._budget_label = labels.one_line(labels.body(self.tr("Time for all together")))
        self._budget_label.setBuddy(self.budget)
        self.budget.setAccessibleName(self._budget_label.text())
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_8)
        for widget in (self.button, self.again, self.pause, self._budget_label, self.budget):
            line.addWidget(widget)
        line.addStretch(1)
        return line

    def _explanation(self) -> str:
        return self.tr(
            "Advice is a rule of thumb. A race trains every strategy on your pictures, with the same split and the "
            "same budget of time, and counts what each gets right on pictures it did not learn from.\n\n"
            "It goes in rungs: all begin, then the better half goes on with the time that is left, until one is. So "
            "most of the time is spent where it matters. The curves show the best so far.\n\n"
            "It may be paused, or killed, at any time and goes on later. Each strategy is kept as a run. "
            "Press Enter on a row to take that strategy.\n\n"
            "In the table: the share right in validation, the time each was given, how many weights could learn, and "
            "how far it came."
        )

    def show_race(self, data: RaceData, running: bool, unfinished: bool, why_not: str) -> None:
        """`why_not` says why none can begin; `unfinished` that the one shown was interrupted."""
        result = data.result
        rows = list(result.get("strategies") or ())
        self._racers = [str(row["strategy"]) for row in rows] or self._standing(data)
        self.again.setVisible(unfinished and not running)
        self.pause.setVisible(running)
        for widget in (self.button, self._budget_label, self.budget):
            widget.setVisible(not running)
        for button in (self.button, self.again):
            buttons.disable(button, why_not) if why_not else buttons.enable(button)
        self._show_figures(data, rows, result)
        self.note.setText(self._text(data, bool(rows), running, unfinished))

    def _show_figures(self, data: RaceData, rows: list[Mapping[str, Any]], result: Mapping[str, Any]) -> None:
        drawn = any(racer.points for racer in data.racers.values())
        self.plot.setVisible(drawn)
        self.plot.show_race(data)
        self.table.setVisible(bool(rows) or data.begun)
        cells = [self._row(row, number == 0, result) for number, row in enumerate(rows)]
        self.table.show_rows(cells or [self._live(data.racers[name]) for name in self._racers])
        self.take.setVisible(bool(rows))
        if rows:
            name = words.strategy_name(self._racers[0])
            self.take.setText(self.tr("Take the winner: {name}").format(name=name))

    def _standing(self, data: RaceData) -> list[str]:
        return sorted(data.racers, key=lambda name: -(data.racers[name].best or 0.0))

    def _text(self, data: RaceData, run: bool, running: bool, unfinished: bool) -> str:
        if running:
            return self._running(data)
        if unfinished and not run:
            return self.tr("The race was interrupted. It goes on where it stood; nothing is lost.")
        if not run:
            return self.tr(
                "Every strategy trains on your pictures within the same time; rung after rung the better half goes on."
            )
        return self._verdict(data.result)

    def _running(self, data: RaceData) -> str:
        if not data.rungs:
            return self.tr("The race is being prepared: how long an epoch takes is measured.")
        text = self.tr("Rung {number} of {of}: {names}. All together have {time}.")
        names = ", ".join(
            words.strategy_name(racer.strategy) for racer in data.racers.values() if racer.state not in ("out", "ended")
        )
        return text.format(number=data.rung, of=data.rungs, names=names, time=words.duration(data.budget))

    def _verdict(self, result: Mapping[str, Any]) -> str:
        regret = float(result.get("regret") or 0.0)
        points = round(100 * regret)
        if regret <= 0 or points < CLEAR_POINTS:
            return self.tr("The advised strategy is as good as the best. Enter on a row takes that strategy.")
        low, high = float(result.get("regret_low") or 0.0), float(result.get("regret_high") or regret)
        text = self.tr("The advised strategy lies {points} below the best ({low} to {high}).").format(
            points=words.plural(self.tr("%n point(s)", "", points), points),
            low=words.percent(max(low, 0.0)), high=words.percent(high),
        )  # fmt: skip
        if low <= 0:
            text += " " + self.tr("On so few pictures that may be chance.")
        return text + " " + self.tr("Enter on a row takes that strategy.")

    def _row(self, row: Mapping[str, Any], first: bool, result: Mapping[str, Any]) -> list[Cell]:
        kind = str(row["strategy"])
        marks = ["★"] if first else []
        if kind == result.get("recommended"):
            marks.append(self.tr("(advised)"))
        accuracy = words.accuracy(row["accuracy"], row.get("low"), row.get("high"))
        epoch, epochs = int(row.get("epoch") or 0), int(row.get("epochs") or 0)
        return [
            Cell(" ".join([words.strategy_name(kind), *marks]), strong=first, tip=words.strategy_what(kind)),
            Cell(accuracy, strong=first),
            Cell(words.duration(float(row.get("seconds") or 0))),
            Cell(words.count(int(row.get("parameters_learned") or 0)), role="quiet"),
            Cell(self._reach(epoch, epochs, bool(row.get("finished", True))), role="quiet"),
        ]

    def _live(self, racer: Racer) -> list[Cell]:
        """A strategy while the race is on."""
        states = {
            "waits": self.tr("waits"),
            "runs": self.tr("learns now"),
            "pauses": self.tr("waits"),
            "ended": self.tr("to its end"),
            "out": self.tr("out"),
        }
        reach = self._reach(racer.epoch, racer.epochs, racer.state == "ended")
        state = states[racer.state]
        return [
            Cell(words.strategy_name(racer.strategy), tip=words.strategy_what(racer.strategy)),
            Cell("–" if racer.best is None else words.percent(racer.best)),
            Cell(words.duration(racer.seconds) if racer.points else "–"),
            Cell("–", role="quiet"),
            Cell(state if racer.state in ("waits", "ended") else f"{reach}, {state}", role="quiet"),
        ]

    def _reach(self, epoch: int, epochs: int, finished: bool) -> str:
        if finished or not epochs:
            return self.tr("to its end")
        return self.tr("epoch {epoch} of {epochs}").format(epoch=epoch, epochs=epochs)
