"""The tab Compare runs: side by side on the same pictures, and together as one model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from core.requests import Combine, Compare
from gui import theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.judged_layout import headed_card, row_in
from gui.widgets.judged_views import ViewsCard, gained, points
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.saving import SaveButton
from gui.widgets.thumbnail_wall import ThumbnailWall, Tile

if TYPE_CHECKING:
    from gui.opening import RunFacts
    from gui.session import Session

SURE = 0.05
MOST = 8  # runs offered, the latest


class CompareTab(QWidget):
    """`views_chosen(name)`: look through these from now on. `combined`: a new run was made. `opened(tile)`."""

    views_chosen = Signal(str)
    combined = Signal()
    opened = Signal(object)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._run: Path | None = None
        self._asked: tuple[str, ...] = ()
        self._found: Mapping[str, Any] = {}
        self.boxes: dict[Path, QCheckBox] = {}
        self._places = QVBoxLayout()
        self._places.setSpacing(theme.SPACE_4)
        self.said = labels.body()
        self.together_said = labels.body()
        self.combine_button = buttons.plain_button(self.tr("Make one model of them"))
        self.combine_button.clicked.connect(self._combine)
        self.differ = ThumbnailWall(self.tr("Pictures on which they differ"))
        self.differ.opened.connect(self.opened)
        self.table = NumberTable(
            self.tr("Compared"),
            [
                Column(self.tr("Runs"), wide=True),
                Column(self.tr("Points (95 % certain)"), number=True),
                Column(self.tr("Luck"), number=True),
            ],
            most=5,
        )
        self.views = ViewsCard(session)
        self.views.chosen.connect(self.views_chosen)
        self._lay_out()
        self._explain()

    def _lay_out(self) -> None:
        row = row_in(self)
        card = headed_card(self.tr("Runs on the same pictures"), SaveButton("compared", self.sheet))
        card.body.addLayout(self._places)
        card.body.addWidget(self.said)
        card.body.addWidget(self.table)
        card.body.addWidget(self.together_said)
        line = QHBoxLayout()
        line.addWidget(self.combine_button)
        line.addStretch(1)
        card.body.addLayout(line)
        card.body.addStretch(1)
        row.addWidget(card, 4)
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_16)
        column.addWidget(self.views)
        self._differ_title = labels.strong(self.tr("Where they differ: what it is, then each one’s answer"))
        column.addWidget(self._differ_title)
        column.addWidget(self.differ, 1)
        row.addLayout(column, 3)

    def _explain(self) -> None:
        explain(
            self.table,
            Why(
                self.tr("Better, or lucky?"),
                self.tr(
                    "Both answered the same pictures, so only those count on which one was right and the other wrong. "
                    "“Luck” is the chance that two equally good models would differ so much (McNemar's exact test; "
                    "where several runs are compared, adjusted for that). Below 5 % the difference is hardly luck.\n\n"
                    "No difference found is not the same as equally good: with few pictures only large ones show."
                ),
            ),
        )
        explain(
            self.combine_button,
            Why(
                self.tr("Together"),
                self.tr(
                    "Models that err on different pictures are better together: their probabilities are averaged. It "
                    "costs the time of all of them. The most is gained by different backbones, sizes or settings.\n\n"
                    "The gain is shown, with its range, before anything is made."
                ),
            ),
        )

    # Which runs

    def show_runs(self, run: Path | None, runs: "Sequence[RunFacts]", settled_views: str, why_not: str) -> None:
        """`run` is the page's own; `why_not` says why nothing can be tried now."""
        complete = [facts for facts in runs if facts.complete][-MOST:]
        if run != self._run:
            self._run, self._found, self._asked = run, {}, ()
            self._draw()
            self._fill(complete)
        elif [facts.run.folder for facts in complete] != list(self.boxes):
            self._fill(complete)
        self.views.show_run(run, settled_views, why_not)
        if len(complete) < 2:
            self.said.setText(self.tr("There is one run so far. Train another, with one thing changed, and compare."))

    def _fill(self, runs: "Sequence[RunFacts]") -> None:
        """One box a run, the page's own ticked; what was ticked stays so."""
        ticked = {folder for folder, box in self.boxes.items() if box.isChecked()}
        for box in self.boxes.values():
            self._places.removeWidget(box)
            box.deleteLater()
        self.boxes = {}
        for facts in runs:
            box = QCheckBox(self._title(facts))
            box.setChecked(facts.run.folder == self._run or facts.run.folder in ticked)
            box.toggled.connect(lambda _: self._ask())
            self.boxes[facts.run.folder] = box
            self._places.addWidget(box)
        self._ask()

    def _title(self, facts: "RunFacts") -> str:
        report = facts.report or {}
        val = report.get("val") or {}
        number = [one.run.folder for one in self._session.runs()].index(facts.run.folder) + 1
        text = self.tr("Run {number}: {strategy}").format(
            number=number, strategy=words.strategy_name(str(report.get("strategy") or ""))
        )
        return f"{text}, {words.accuracy(val['accuracy'], val.get('low'), val.get('high'))}" if val else text

    def _ask(self) -> None:
        chosen = tuple(str(folder) for folder, box in self.boxes.items() if box.isChecked())
        if chosen == self._asked:
            return
        self._asked, self._found = chosen, {}
        self._draw()
        if len(chosen) >= 2:
            self._session.start(Compare(runs=chosen), lambda value: self._take(chosen, value), self._refused)

    def _take(self, asked: tuple[str, ...], value: Mapping[str, Any]) -> None:
        if asked == self._asked:
            self._found = value
            self._draw()

    def _refused(self, failed: Any) -> None:
        self.said.setText(words.fault_message(failed.code, failed.params))

    # Drawing

    def _name(self, place: int) -> str:
        box = self.boxes.get(Path(self._asked[place]))
        return Path(self._asked[place]).name if box is None else box.text().split(":")[0]

    def _draw(self) -> None:
        pairs = list(self._found.get("pairs") or ())
        self.table.setVisible(bool(pairs))
        self.table.show_rows([self._pair(pair) for pair in pairs])
        together = self._found.get("together")
        snapshots = self._snapshots()
        self.together_said.setVisible(together is not None or bool(snapshots))
        self.combine_button.setVisible(together is not None or bool(snapshots))
        self._differ_title.setVisible(bool(pairs))
        self.differ.setVisible(bool(pairs))
        differ = self._found.get("differ") or ()
        self._session.shelf.look_up([str(row["path"]) for row in differ], self._draw_differ)
        self._draw_differ()
        if not pairs:
            self.said.setText(self.tr("Tick two or more."))
            if snapshots:
                self.together_said.setText(self._snapshots_together(snapshots))
            return
        self.said.setText(self._verdict(pairs))
        if together is not None:
            self.together_said.setText(self._together(together))

    def _snapshots(self) -> Mapping[str, Any]:
        """What the snapshots of the only run that is ticked say together; empty where there are not several."""
        alone = [facts for facts in self._session.runs() if (str(facts.run.folder),) == self._asked]
        found = ((alone[0].report or {}).get("ensemble") or {}) if alone else {}
        return found if len(found.get("snapshots") or ()) > 1 and found.get("val") else {}

    def _snapshots_together(self, found: Mapping[str, Any]) -> str:
        text = self.tr("Its {count} snapshots together: {accuracy}.")
        val = found["val"]
        accuracy = words.accuracy(val["accuracy"], val.get("low"), val.get("high"))
        return text.format(count=words.count(len(found["snapshots"])), accuracy=accuracy)

    def _draw_differ(self) -> None:
        self.differ.show_tiles([self._tile(row) for row in self._found.get("differ") or ()])

    def _pair(self, pair: Mapping[str, Any]) -> list[Cell]:
        text = self.tr("{second} − {first}")
        return [
            Cell(text.format(second=self._name(pair["second"]), first=self._name(pair["first"]))),
            Cell(gained(pair), strong=pair["p_adjusted"] < SURE),
            Cell(words.percent(pair["p_adjusted"])),
        ]

    def _verdict(self, pairs: Sequence[Mapping[str, Any]]) -> str:
        count = int(self._found["images"])
        best = min(pairs, key=lambda pair: float(pair["p_adjusted"]))
        if best["p_adjusted"] < SURE:
            winner, loser = ("second", "first") if best["gain"] > 0 else ("first", "second")
            text = words.plural(
                self.tr("On the same %n picture(s), {winner} is better than {loser}.", "", count), count
            )
            text = text.replace("%n", words.count(count))
            return text.format(winner=self._name(best[winner]), loser=self._name(best[loser]))
        text = self.tr("On the same {count} pictures the difference may well be luck.")
        return text.format(count=words.count(count))

    def _together(self, together: Mapping[str, Any]) -> str:
        gain = together["against"]
        text = self.tr("Together: {accuracy}, {gain} points against the best alone ({low} to {high}). {verdict}")
        if gain["low"] > 0:
            verdict = self.tr("Worth it.")
        elif gain["gain"] > 0:
            verdict = self.tr("It may be luck.")
        else:
            verdict = self.tr("Nothing gained.")
        return text.format(
            accuracy=words.accuracy(together["accuracy"], together["low"], together["high"]),
            gain=points(gain["gain"]), low=points(gain["low"]), high=points(gain["high"]), verdict=verdict,
        )  # fmt: skip

    def _tile(self, row: Mapping[str, Any]) -> Tile:
        path = str(row["path"])
        picture = self._session.picture_at(path)
        file = (self._session.folder or Path()) / path
        return Tile(
            picture=self._session.thumbnail_of(picture) if picture is not None else file,
            title=str(row["truth"]),
            detail=" / ".join(map(str, row["answers"])),
            tip=path,
            file=file,
        )

    def step(self, by: int) -> None:
        self.differ.step(by)

    def sheet(self) -> list[list[object]]:
        keys = ("gain", "low", "high", "p", "p_adjusted", "both", "only_first", "only_second", "neither")
        rows: list[list[object]] = [["first", "second", *keys]]
        for pair in self._found.get("pairs") or ():
            rows.append([self._name(pair["first"]), self._name(pair["second"]), *(pair[key] for key in keys)])
        return rows

    # One model of several

    def _combine(self) -> None:
        project = self._session.project
        if project is None or self._session.read_only or not (len(self._asked) > 1 or self._snapshots()):
            return
        request = Combine(runs=self._asked, out=str(project.new_run_folder()))
        self._session.start(request, self._made, self._refused)

    def _made(self, value: Mapping[str, Any]) -> None:
        self._session.run_list.reload()
        self._session.choose_run(Path(str(value["run"])))
        self.combined.emit()
