"""Runs: every training of this project, what was chosen differently, and what came of it."""

from typing import TYPE_CHECKING, ClassVar

from core.project.runs import Run
from gui import words
from gui.run_record import Line, RunRecord, changes, read_records
from gui.why import Why, explain
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.later import Later
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.page import Page

if TYPE_CHECKING:
    from gui.session import Session
    from gui.widgets.overlay import Overlay

OVERLAID = 6


class RunsPage(Page):
    name: ClassVar[str] = "runs"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Runs"))
        self._records: list[RunRecord] = []  # newest first
        self._read: tuple[object, ...] | None = None
        self.table = NumberTable(
            self.tr("Runs"),
            [
                Column(self.tr("Run"), number=True),
                Column(self.tr("Begun")),
                Column(self.tr("Strategy")),
                Column(self.tr("Right"), number=True),
                Column(self.tr("Time"), number=True),
                Column(self.tr("Changed"), wide=True),
            ],
            most=8,
        )
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(self._open)
        self.overlay = Later(_overlay)
        self.differences = NumberTable(
            self.tr("What was chosen differently"),
            [Column(self.tr("Choice"), wide=True), Column(self.tr("Before")), Column(self.tr("Here"))],
            most=8,
        )
        self._lay_out_body()

    def _lay_out_body(self) -> None:
        card = Card()
        self._nothing = labels.quiet(self.tr("Every training is kept here: its choices, its curve, its model."))
        card.body.addWidget(self._nothing)
        card.body.addWidget(self.table)
        self.body.addWidget(card)
        self._curves = Card(self.tr("How they learned"))
        self._curves.body.addWidget(self.overlay, 1)
        self.body.addWidget(self._curves, 1)
        self._compared = Card()
        self._compared_title = labels.heading()
        self._compared.body.addWidget(self._compared_title)
        self._same = labels.quiet(self.tr("Nothing: the same choices."))
        self._compared.body.addWidget(self._same)
        self._compared.body.addWidget(self.differences)
        self.body.addWidget(self._compared)
        self.body.addStretch(1)
        explain(
            self.table,
            Why(
                self.tr("Comparing runs"),
                self.tr(
                    "Change one thing at a time, and compare. Where the ± of two runs overlap much, the difference may "
                    "be luck.\n\nPress Enter on a run to open it: Evaluate, Predict and Export then speak about that "
                    "one."
                ),
            ),
        )

    def default_why(self) -> Why:
        return Why(
            self.tr("Nothing is lost"),
            self.tr(
                "Each training is kept whole: what was chosen, what happened, also what you did while it ran, and the "
                "best model. With the same choices and the same pictures a run repeats itself exactly.\n\n"
                "So you can try boldly: the best run so far stays where it is."
            ),
        )

    # Drawing

    def refresh(self) -> None:
        runs = self.session.runs()
        key = tuple((row.run.folder, row.complete) for row in runs)
        if key != self._read:
            self._read = key
            self.session.background.run(lambda: read_records(runs), lambda records: self._take(key, records))
        self._draw()

    def _take(self, key: tuple[object, ...], records: list[RunRecord]) -> None:
        if key == self._read:
            self._records = records[::-1]
            self._draw()

    def _draw(self) -> None:
        records = self._records
        self._nothing.setVisible(not records)
        self.table.setVisible(bool(records))
        self.table.show_rows([self._row(number) for number in range(len(records))])
        if records and self.table.currentRow() < 0:
            current = self.session.run
            standing = [row.folder for row in records]
            place = standing.index(current.folder) if isinstance(current, Run) and current.folder in standing else 0
            self.table.setCurrentCell(place, 0)
        self._choose(self.table.currentRow())
        count = len(records)
        text = words.plural(self.tr("%n training(s) so far.", "", count), count)
        self.set_status(text if count else self.tr("Nothing was trained yet."))
        self.set_primary(self.tr("Open this run ▸") if count else self.tr("To training ▸"))

    def _number(self, row: int) -> int:
        return len(self._records) - row

    def _row(self, number: int) -> list[Cell]:
        record = self._records[number]
        report = record.facts.report or {}
        val = report.get("val") or {}
        best = max((_accuracy(other) for other in self._records), default=0.0)
        strategy = str(record.facts.resolved.get("strategy") or report.get("strategy") or "")
        top = bool(val) and _accuracy(record) == best
        if val:
            text = words.accuracy(val["accuracy"], val.get("low"), val.get("high"))
            result = Cell(f"★ {text}" if top else text, strong=top)
        else:
            result = Cell(self.tr("interrupted") if not record.facts.complete else "–", role="careful")
        total = (report.get("seconds") or {}).get("total")
        before = self._records[number + 1].recipe if number + 1 < len(self._records) else None
        told = [f"{change.title}: {change.after}" for change in changes(before, record.recipe)]
        return [
            Cell(str(self._number(number)), role="quiet"),
            Cell(words.when(record.began) if record.began else record.folder.name),
            Cell(words.strategy_name(strategy)),
            result,
            Cell(words.duration(float(total)) if total else "–"),
            Cell("; ".join(told), role="quiet", tip="\n".join(told)),
        ]

    def _choose(self, place: int) -> None:
        """Show the curves with the chosen run drawn strongly, and how its recipe differs from the one before."""
        records = self._records
        chosen = records[place] if 0 <= place < len(records) else None
        shown = [record for record in records if len(record.curve.epochs) > 1][:OVERLAID]
        if chosen is not None and chosen not in shown and len(chosen.curve.epochs) > 1:
            shown = [*shown[: OVERLAID - 1], chosen]
        names = {record.folder: str(self._number(number)) for number, record in enumerate(records)}
        lines = [
            Line(self.tr("run {number}").format(number=names[record.folder]), record.curve, record is chosen)
            for record in shown
        ]
        self.overlay.then(lambda overlay: overlay.show_lines(lines))
        self._curves.setVisible(bool(lines))
        self._compared.setVisible(chosen is not None and place + 1 < len(records))
        if chosen is None or place + 1 >= len(records):
            return
        title = self.tr("What run {one} chose differently from run {other}")
        self._compared_title.setText(title.format(one=self._number(place), other=self._number(place + 1)))
        rows = changes(records[place + 1].recipe, chosen.recipe)
        self._same.setVisible(not rows)
        self.differences.setVisible(bool(rows))
        self.differences.show_rows(
            [[Cell(row.title), Cell(row.before, role="quiet"), Cell(row.after, strong=True)] for row in rows]
        )

    # What the user does

    def primary_action(self) -> None:
        if self._records:
            self._open(self.table.currentRow())
        else:
            self.go_on("train")

    def _open(self, row: int) -> None:
        if 0 <= row < len(self._records):
            record = self._records[row]
            self.session.choose_run(record.folder)
            self.go_on("evaluate" if record.facts.complete else "train")


def _accuracy(record: RunRecord) -> float:
    return float(((record.facts.report or {}).get("val") or {}).get("accuracy") or 0.0)


def _overlay() -> "Overlay":
    from gui.widgets.overlay import Overlay

    return Overlay()
