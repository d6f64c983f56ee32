"""Evaluate: how good it is, how sure that is, what is confused with what, and what to do about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog

from core.requests import WriteReport
from gui import words
from gui.judged import worst_pair
from gui.judgement import PARTS, Judgement
from gui.run_judged import RunJudged
from gui.why import Why, explain, why_of
from gui.widgets import buttons
from gui.widgets.evidence_view import EvidenceView
from gui.widgets.judged_calibration import CalibrationTab
from gui.widgets.judged_classes import ClassesTab
from gui.widgets.judged_compare import CompareTab
from gui.widgets.judged_figures import JudgedFigures
from gui.widgets.judged_labels import LabelsTab
from gui.widgets.judged_map import MapTab
from gui.widgets.judged_mistakes import MistakesTab
from gui.widgets.judged_operating import OperatingTab
from gui.widgets.page import Page
from gui.widgets.room import RoomyTabs
from gui.widgets.saving import choose_file
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
        self.judged = RunJudged(session)
        self.part = QComboBox()
        self.part.setAccessibleName(self.tr("Judged on"))
        self.part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.part.activated.connect(lambda: self._draw_part())
        self.figures = JudgedFigures()
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
        self.body.addWidget(self.figures)
        self.tabs = RoomyTabs()
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
        self.tabs.currentChanged.connect(lambda _: self.why_changed.emit())
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
        self.judged.changed.connect(self._invalidate)
        self.print_button.clicked.connect(self._print)
        self.again_button.clicked.connect(lambda: self.judged.judge_anew())
        self.other_button.clicked.connect(self._ask_for_folder)
        for tab in (self.mistakes, self.labels, self.map, self.compare):
            tab.opened.connect(self._open_tile)
        self.calibration.settled.connect(lambda temperature: self.judged.settle(temperature=temperature))
        self.operating.settled.connect(lambda threshold: self.judged.settle(threshold=threshold))
        self.operating.drawn.connect(lambda line: self.judged.settle(line=line))
        self.compare.views_chosen.connect(lambda views: self.judged.settle(views=views))

    def default_why(self) -> Why:
        """What the tab that is seen is about; on the first one, what the figures above are."""
        about = {
            self.classes: self.classes.overall, self.calibration: self.calibration.chart,
            self.operating: self.operating.line, self.labels: self.labels.wall, self.map: self.map.plot,
            self.compare: self.compare.table,
        }  # fmt: skip
        return why_of(about.get(self.tabs.currentWidget())) or self._why_figures()

    def _why_figures(self) -> Why:
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
        self.judged.examine()
        result = self.judged.result
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
        self.compare.show_runs(run, self.session.runs(), str(self.judged.settled.get("views") or "none"), why_not)

    def _show_failures(self) -> None:
        for kind in (*HEAVY, "examine", "settle", "compare", "combine", "write_report", "explain"):
            failed = self.session.failure(kind)
            if failed is None:
                self.clear_banner(kind)
            else:
                self.show_banner(kind, "bad", words.fault_text(failed))

    def _fill_parts(self, result: Mapping[str, Any]) -> None:
        standing = self.part.currentData()
        self.part.clear()
        elsewhere = self.judged.elsewhere
        for part in PARTS:
            judged = result.get(part)
            if judged:
                count = int(judged.get("images") or 0)
                name = elsewhere.name if elsewhere and part == "test" else words.part_name(part)
                text = words.plural(self.tr("{part}: %n picture(s)", "", count), count).format(part=name)
                self.part.addItem(text, part)
        if learned := result.get("learned_from"):
            said = {"count": learned, "folder": elsewhere}
            self.show_banner("learned_from", "careful", words.fault_message("LEARNED_FROM", said))
        else:
            self.clear_banner("learned_from")
        self.part.setVisible(self.part.count() > 0)
        self.part.setCurrentIndex(max(0, self.part.findData(standing)))

    def _judgement(self) -> Judgement:
        return self.judged.judgement(str(self.part.currentData() or ""))

    def _draw_part(self) -> None:
        judgement = self._judgement()
        may_settle = judgement.part == "val" and judgement.folder is None and not self.session.read_only
        self.mistakes.show_judgement(judgement)
        self.classes.show_judgement(judgement)
        self.calibration.show_judgement(judgement, may_settle)
        self.operating.show_judgement(judgement, may_settle)
        self.figures.show_judgement(judgement)
        self._say(judgement)

    def _say(self, judgement: Judgement) -> None:
        judged = judgement.judged
        if not judged:
            trained = self.session.trained is not None
            none = self.tr("There were no pictures kept aside, so nothing can be said about how good it is.")
            self.set_status(none if trained else self.tr("Train a model, and it is judged here."))
            return
        text = self.tr("It is right on {accuracy} of pictures it never learned from.")
        said = text.format(accuracy=words.accuracy(judged["accuracy"], judged.get("low"), judged.get("high")))
        if judgement.part == "val" and judgement.folder is None and self._chose_by_validation():
            said += " " + self.tr("The best epoch was chosen by these very pictures, so that is a little kind.")
        worst = worst_pair(judged.get("confusion") or (), judgement.names)
        if worst is not None and len(judgement.names) > 2:
            said += " " + self.tr("Most often {truth} is taken for {answer}.").format(truth=worst[0], answer=worst[1])
        self.set_status(said)

    def _chose_by_validation(self) -> bool:
        """A head that is fitted in one go has no epochs to choose from."""
        trained = self.session.trained
        return trained is not None and trained.resolved.get("optimizer", "lbfgs") != "lbfgs"

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
        dialog.fileSelected.connect(self.judged.judge_anew)
        dialog.open()

    def _print(self) -> None:
        trained = self.session.trained
        if trained is None:
            return
        run = trained.run.folder
        folder = self.session.folder
        name = f"{folder.name if folder is not None and folder.name else 'model'}-report.html"
        choose_file(
            self, name, lambda path: self.session.start(WriteReport(run=str(run), out=str(path)), self._printed)
        )

    def _printed(self, value: Mapping[str, Any]) -> None:
        path = Path(str(value["path"]))
        self.show_banner(
            "saving", "good", self.tr("Saved as {path}").format(path=path), self.tr("Open it"),
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))),
        )  # fmt: skip
