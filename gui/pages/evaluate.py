"""Evaluate: how good it is, how sure that is, what is confused with what, and what to do about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QTabWidget

from core.requests import Evaluate, Examine, Settle, WriteReport
from gui import theme, words
from gui.judged import worst_pair
from gui.judgement import PARTS, Judgement
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets.card import Card
from gui.widgets.evidence_view import EvidenceView
from gui.widgets.figure import Figure
from gui.widgets.judged_calibration import CalibrationTab
from gui.widgets.judged_classes import ClassesTab, between
from gui.widgets.judged_compare import CompareTab
from gui.widgets.judged_labels import LabelsTab
from gui.widgets.judged_map import MapTab
from gui.widgets.judged_mistakes import MistakesTab
from gui.widgets.judged_operating import OperatingTab
from gui.widgets.page import Page
from gui.widgets.saving import ask_where
from gui.widgets.thumbnail_wall import Tile
from gui.widgets.wrap import WrapRow

if TYPE_CHECKING:
    from gui.session import Session

HEAVY = ("evaluate", "try_views", "map", "check_labels")


class EvaluatePage(Page):
    name: ClassVar[str] = "evaluate"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Evaluate"))
        self._shown: tuple[object, ...] = ()
        self._examined: tuple[Path, Mapping[str, Any]] | None = None  # run, `Examine` fields
        self._asked: tuple[object, ...] | None = None  # what was examined, or is being
        self._anew: tuple[Path, Mapping[str, Any], str] | None = None  # run, result, the other folder
        self.part = QComboBox()
        self.part.setAccessibleName(self.tr("Judged on"))
        self.part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.part.activated.connect(lambda: self._draw_part())
        self.figures = [
            Figure(self.tr("Right answers")),
            Figure(self.tr("Each class counted alike")),
            Figure(self.tr("Mistakes")),
        ]
        self.mistakes = MistakesTab(session)
        self.classes = ClassesTab()
        self.calibration = CalibrationTab()
        self.operating = OperatingTab()
        self.labels = LabelsTab(session)
        self.map = MapTab(session)
        self.compare = CompareTab(session)
        self._lay_out_body()
        self._connect()
        self.large = EvidenceView(self, session)
        self.large.moved.connect(self._step)

    def _lay_out_body(self) -> None:
        tools = WrapRow()
        tools.addWidget(self.part)
        tools.addStretch()
        self.print_button = buttons.plain_button(self.tr("Report to print…"), "download")
        self.again_button = buttons.plain_button(self.tr("Judge again"), "redo")
        self.other_button = buttons.plain_button(self.tr("Judge on another folder…"), "folder")
        for button in (self.print_button, self.again_button, self.other_button):
            tools.addWidget(button)
        self.body.addLayout(tools)
        top = QHBoxLayout()
        top.setSpacing(theme.SPACE_16)
        for figure in self.figures:
            card = Card()
            card.body.addWidget(figure)
            card.body.addStretch(1)
            top.addWidget(card, 1)
        self.body.addLayout(top)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(self.tr("Ways to look at the answers"))
        for tab, title in (
            (self.mistakes, self.tr("Mistakes")),
            (self.classes, self.tr("Figures")),
            (self.calibration, self.tr("Calibration")),
            (self.operating, self.tr("Operating point")),
            (self.labels, self.tr("Label check")),
            (self.map, self.tr("Map")),
            (self.compare, self.tr("Compare runs")),
        ):
            self.tabs.addTab(tab, title)
        self.tabs.setMinimumHeight(420)
        self.body.addWidget(self.tabs, 1)
        explain(
            self.other_button,
            Why(
                self.tr("Another folder"),
                self.tr(
                    "The hardest and fairest test: pictures from another day, another camera, another clinic. The "
                    "folder needs the same class folders inside. Nothing is learned from it."
                ),
            ),
        )
        explain(
            self.print_button,
            Why(
                self.tr("A report to print"),
                self.tr(
                    "One file that any browser opens and prints: the figures with their ranges, the confusion matrix, "
                    "mistakes as pictures with the evidence, and every choice that made the model. It needs nothing "
                    "else and no network."
                ),
            ),
        )

    def _connect(self) -> None:
        self.print_button.clicked.connect(self._print)
        self.again_button.clicked.connect(lambda: self._judge_anew(None))
        self.other_button.clicked.connect(self._ask_for_folder)
        for tab in (self.mistakes, self.labels, self.map, self.compare):
            tab.opened.connect(self._open_tile)
        self.calibration.settled.connect(lambda temperature: self._settle(temperature=temperature))
        self.operating.settled.connect(lambda threshold: self._settle(threshold=threshold))
        self.operating.drawn.connect(lambda line: self._settle(line=line))
        self.compare.views_chosen.connect(lambda views: self._settle(views=views))

    def default_why(self) -> Why:
        return Why(
            self.tr("How good is it really?"),
            self.tr(
                "These figures come from pictures it never learned from, so they tell what to expect on new ones of "
                "the same kind.\n\nThe ± says how far luck may carry the figure, 19 times out of 20. Two models whose "
                "ranges overlap much may well be equally good.\n\n"
                "Where classes differ much in size, look at “Each class counted alike”: saying the commonest class "
                "every time would not fool that one."
            ),
        )

    # Drawing

    def refresh(self) -> None:
        trained = self.session.trained
        self._examine()
        result = self._result()
        key = (trained.run.folder if trained else None, id(result))
        if key != self._shown:
            self._shown = key
            self._fill_parts(result)
            self._draw_part()
        self.set_primary(
            self.tr("Try it on new pictures ▸"), trained is not None, self.tr("Train a model first.")
        )  # fmt: skip
        self._draw_tools()
        self._show_failures()

    def _draw_tools(self) -> None:
        trained = self.session.trained
        run = None if trained is None else trained.run.folder
        why_not = ""
        if trained is None:
            why_not = self.tr("Train a model first.")
        elif self.session.running(*HEAVY, "train", "race") is not None:
            why_not = self.tr("Wait until what is running is done.")
        for button in (self.again_button, self.other_button):
            if why_not:
                buttons.disable(button, why_not)
            else:
                buttons.enable(button)
        if trained is None:
            buttons.disable(self.print_button, why_not)
        else:
            buttons.enable(self.print_button)
        self.labels.show_run(run, why_not)
        self.map.show_run(run, why_not)
        self.compare.show_runs(run, self.session.runs(), str(self._settled().get("views") or "none"), why_not)

    def _show_failures(self) -> None:
        for kind in (*HEAVY, "examine", "settle", "compare", "combine", "write_report", "explain"):
            failed = self.session.failure(kind)
            if failed is None:
                self.clear_banner(kind)
            else:
                message, hint = (say(failed.code, failed.params) for say in (words.fault_message, words.fault_hint))
                self.show_banner(kind, "bad", f"{message} {hint}")

    def _examine(self) -> None:
        """Have everything worked out for a run that was not examined yet: the report alone holds the least of it."""
        trained = self.session.trained
        key = None if trained is None else (trained.run.folder, id(trained.report))
        if trained is None or key == self._asked:
            return
        self._asked = key
        run = trained.run.folder
        self.session.start(Examine(run=str(run)), lambda value: self._take_examined(run, value))

    def _take_examined(self, run: Path, value: Mapping[str, Any]) -> None:
        self._examined = (run, value)
        self._invalidate()

    def _settled(self) -> Mapping[str, Any]:
        trained = self.session.trained
        if trained is None or self._examined is None or self._examined[0] != trained.run.folder:
            return {}
        return dict(self._examined[1].get("settled") or {})

    def _result(self) -> Mapping[str, Any]:
        """What is shown: what judging anew gave for the run, else all that its answers say, else its report."""
        trained = self.session.trained
        if trained is None:
            return {}
        if self._anew is not None and self._anew[0] == trained.run.folder:
            return self._anew[1]
        if self._examined is not None and self._examined[0] == trained.run.folder:
            judged: Mapping[str, Any] = self._examined[1].get("judged") or {}
            if judged:
                return judged
        return trained.report or {}

    def _fill_parts(self, result: Mapping[str, Any]) -> None:
        standing = self.part.currentData()
        self.part.clear()
        elsewhere = self._elsewhere(result)
        for part in PARTS:
            judged = result.get(part)
            if judged:
                count = int(judged.get("images") or 0)
                name = elsewhere.name if elsewhere and part == "test" else words.part_name(part)
                text = words.plural(self.tr("{part}: %n picture(s)", "", count), count).format(part=name)
                self.part.addItem(text, part)
        self.part.setVisible(self.part.count() > 0)
        self.part.setCurrentIndex(max(0, self.part.findData(standing)))

    def _elsewhere(self, result: Mapping[str, Any]) -> Path | None:
        """The other folder whose pictures were judged, where that is what is shown."""
        if self._anew is not None and self._anew[1] is result and self._anew[2]:
            return Path(self._anew[2])
        return None

    def _judgement(self) -> Judgement:
        trained, result = self.session.trained, self._result()
        part = str(self.part.currentData() or "")
        return Judgement(
            run=None if trained is None else trained.run.folder,
            part=part,
            judged=result.get(part) or {},
            settled=self._settled(),
            folder=self._elsewhere(result),
        )

    def _draw_part(self) -> None:
        judgement = self._judgement()
        may_settle = judgement.part == "val" and judgement.folder is None and not self.session.read_only
        self.mistakes.show_judgement(judgement)
        self.classes.show_judgement(judgement)
        self.calibration.show_judgement(judgement, may_settle)
        self.operating.show_judgement(judgement, may_settle)
        self._draw_figures(judgement)
        self._say(judgement)

    def _draw_figures(self, judgement: Judgement) -> None:
        right, balanced, wrong = self.figures
        judged, count = judgement.judged, judgement.images
        if not judged:
            for figure in self.figures:
                figure.set("–")
            return
        low, high = judged.get("low"), judged.get("high")
        note = ""
        if low is not None and high is not None:
            note = self.tr("surely between {low} and {high}").format(low=words.percent(low), high=words.percent(high))
        right.set(words.accuracy(judged["accuracy"], low, high), note)
        if judged.get("balanced_accuracy") is not None:
            row = judgement.figure("balanced_accuracy") or {}
            value = words.accuracy(judged["balanced_accuracy"], row.get("low"), row.get("high"))
            note = self.tr("mean over the classes, {between}").format(between=between(row)) if row else ""
            balanced.set(value, note or self.tr("mean over the classes"))
        mistakes = len(judgement.rows("mistakes"))
        wrong.set(words.count(mistakes), words.plural(self.tr("of %n picture(s)", "", count), count))

    def _say(self, judgement: Judgement) -> None:
        judged = judgement.judged
        if not judged:
            trained = self.session.trained is not None
            none = self.tr("There were no pictures kept aside, so nothing can be said about how good it is.")
            self.set_status(none if trained else self.tr("Train a model, and it is judged here."))
            return
        text = self.tr("It is right on {accuracy} of pictures it never learned from.")
        said = text.format(accuracy=words.accuracy(judged["accuracy"], judged.get("low"), judged.get("high")))
        worst = worst_pair(judged.get("confusion") or (), judgement.names)
        if worst is not None and len(judgement.names) > 2:
            said += " " + self.tr("Most often {truth} is taken for {answer}.").format(truth=worst[0], answer=worst[1])
        self.set_status(said)

    # One picture

    def _open_tile(self, tile: Tile) -> None:
        self.large.look_at(tile, self._judgement().run)

    def _step(self, by: int) -> None:
        tab = self.tabs.currentWidget()
        if isinstance(tab, (MistakesTab, LabelsTab, MapTab, CompareTab)):
            tab.step(by)

    # What the user does

    def primary_action(self) -> None:
        self.go_on("predict")

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Judge on the pictures of a folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._judge_anew)
        dialog.open()

    def _judge_anew(self, folder: str | None) -> None:
        trained = self.session.trained
        if trained is None:
            return
        run = trained.run.folder
        request = Evaluate(run=str(run), folder=folder)
        self.session.start(request, lambda value: self._take(run, value, folder or ""))

    def _take(self, run: Path, value: Mapping[str, Any], folder: str) -> None:
        """Another folder's figures are shown for now; the run's own were kept and are read anew."""
        if folder or not any(value.get(part) for part in PARTS):
            self._anew = (run, value, folder)
        else:
            self._anew, self._asked = None, None
            self._examined = (run, {"judged": {part: value[part] for part in PARTS if value.get(part)},
                                    "settled": self._settled()})  # fmt: skip
            self.session.run_list.reload()
        self._invalidate()

    def _settle(self, **changed: Any) -> None:
        """Keep what was settled with the model; other views need the answers anew."""
        trained = self.session.trained
        if trained is None or self.session.read_only:
            return
        run = trained.run.folder
        standing = self._settled()
        line = standing.get("line")
        drawn = None if line is None else (line["label"], line["threshold"])
        settled = {"temperature": 1.0, "threshold": None, "views": "none", **standing, "line": drawn, **changed}
        judge_again = "views" in changed

        def done(value: Mapping[str, Any]) -> None:
            self._anew = None
            self._take_examined(run, value)
            self.session.run_list.reload()
            if judge_again:
                self._judge_anew(None)

        self.session.start(Settle(run=str(run), **settled), done)

    def _print(self) -> None:
        trained = self.session.trained
        if trained is None:
            return
        run = trained.run.folder
        folder = self.session.folder
        name = f"{folder.name if folder is not None and folder.name else 'model'}-report.html"
        ask_where(self, name, lambda path: self.session.start(WriteReport(run=str(run), out=str(path)), self._printed))

    def _printed(self, value: Mapping[str, Any]) -> None:
        path = Path(str(value["path"]))
        self.show_banner(
            "saving", "good", self.tr("Saved as {path}").format(path=path), self.tr("Open it"),
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))),
        )  # fmt: skip
