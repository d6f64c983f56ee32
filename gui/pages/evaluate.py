"""Evaluate: how good it is, how sure that is, what is confused with what, and the pictures it got wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from core.requests import Evaluate
from gui import theme, words
from gui.judged import class_row, judged_tile, worst_pair
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.confusion import Confusion
from gui.widgets.figure import Figure
from gui.widgets.large_view import LargeView
from gui.widgets.number_table import Column, NumberTable
from gui.widgets.page import Page
from gui.widgets.thumbnail_wall import ThumbnailWall, Tile

if TYPE_CHECKING:
    from gui.session import Session

PARTS = ("val", "test")


class EvaluatePage(Page):
    name: ClassVar[str] = "evaluate"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Evaluate"))
        self._shown: tuple[object, ...] = ()
        self._judged: Mapping[str, Any] = {}
        self._anew: tuple[Path, Mapping[str, Any], str] | None = None  # run, result, folder where another was judged
        self.part = QComboBox()
        self.part.setAccessibleName(self.tr("Judged on"))
        self.part.activated.connect(lambda: self._draw_part())
        self.figures = [
            Figure(self.tr("Right answers")),
            Figure(self.tr("Each class counted alike")),
            Figure(self.tr("Mistakes")),
        ]
        self.confusion = Confusion()
        self.confusion.cellChosen.connect(self._choose_cell)
        self.wall = ThumbnailWall(self.tr("Pictures"))
        self.wall.opened.connect(self._open_tile)
        self.table = NumberTable(self.tr("Classes"), self._columns(), most=40)
        self._lay_out_body()
        self._explain()
        self.large = LargeView(self, session)
        self.large.moved.connect(self._step)

    def _step(self, by: int) -> None:
        (self.unsure if self.tabs.currentIndex() == 1 else self.wall).step(by)

    def _columns(self) -> list[Column]:
        return [
            Column(self.tr("Class"), wide=True),
            Column(self.tr("Pictures"), number=True),
            Column(self.tr("Found"), number=True),
            Column(self.tr("Right"), number=True),
            Column(self.tr("Both"), number=True),
        ]

    def _lay_out_body(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(theme.SPACE_16)
        for figure in self.figures:
            card = Card()
            card.body.addWidget(figure)
            card.body.addStretch(1)
            top.addWidget(card, 1)
        self.body.addLayout(top)
        tools = QHBoxLayout()
        tools.setSpacing(theme.SPACE_8)
        tools.addWidget(self.part)
        tools.addStretch(1)
        self.again_button = buttons.plain_button(self.tr("Judge again"), "redo")
        self.again_button.clicked.connect(lambda: self._judge_anew(None))
        self.other_button = buttons.plain_button(self.tr("Judge on another folder…"), "folder")
        self.other_button.clicked.connect(self._ask_for_folder)
        tools.addWidget(self.again_button)
        tools.addWidget(self.other_button)
        self.body.addLayout(tools)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        matrix = Card(self.tr("What is taken for what"))
        matrix.body.addWidget(self.confusion, 1)
        row.addWidget(matrix, 5)
        row.addWidget(self._tabs(), 6)
        self.body.addLayout(row, 1)

    def _tabs(self) -> QWidget:
        self.tabs = QTabWidget()
        pictures = QWidget()
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, theme.SPACE_8, 0, 0)
        line = QHBoxLayout()
        self._wall_title = labels.strong()
        self.all_button = buttons.plain_button(self.tr("All mistakes"))
        self.all_button.clicked.connect(self._show_all_mistakes)
        line.addWidget(self._wall_title, 1)
        line.addWidget(self.all_button)
        column.addLayout(line)
        column.addWidget(self.wall, 1)
        self.tabs.addTab(pictures, self.tr("Pictures"))
        self.unsure = ThumbnailWall(self.tr("Right, but unsure"))
        self.unsure.opened.connect(self._open_tile)
        self.tabs.addTab(self.unsure, self.tr("Right, but unsure"))
        classes = QWidget()
        column = QVBoxLayout(classes)
        column.setContentsMargins(0, theme.SPACE_8, 0, 0)
        column.addWidget(self.table)
        column.addStretch(1)
        self.tabs.addTab(classes, self.tr("Classes"))
        self.tabs.setMinimumHeight(380)
        return self.tabs

    def _explain(self) -> None:
        explain(
            self.confusion,
            Why(
                self.tr("The confusion matrix"),
                self.tr(
                    "Each row is what a picture really shows, each column what the model said. Blue cells on the "
                    "diagonal are right answers; orange ones are mistakes.\n\n"
                    "A single dark orange cell means that two classes look alike to it: are their labels clear, are "
                    "there enough pictures of both?\n\nClick a cell, or move with the arrows and press Enter, to see "
                    "its pictures."
                ),
            ),
        )
        explain(
            self.wall,
            Why(
                self.tr("Mistakes, the surest first"),
                self.tr(
                    "Below each picture: what it is → what the model said, and how sure it was.\n\n"
                    "Look at the surest mistakes first. Often the label is wrong, not the model; then mend it on the "
                    "Data page and train again. Otherwise ask: what do these pictures share?"
                ),
                self.tr("Mend labels"), "data",
            ),
        )  # fmt: skip
        explain(
            self.table,
            Why(
                self.tr("Class by class"),
                self.tr(
                    "Found: of all pictures of this class, how many it recognised (recall). Right: of all it called "
                    "so, how many really were (precision). Both: the two in one figure, low if either is (F1).\n\n"
                    "Which matters more depends on you: missing a tumour, or a false alarm."
                ),
            ),
        )
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
        judging = self.session.running("evaluate") is not None
        result = self._result()
        key = (trained.run.folder if trained else None, id(result))
        if key != self._shown:
            self._shown = key
            self._fill_parts(result)
            self._draw_part()
        self.set_primary(
            self.tr("Try it on new pictures ▸"), trained is not None, self.tr("Train a model first.")
        )  # fmt: skip
        for button in (self.again_button, self.other_button):
            if trained is None:
                buttons.disable(button, self.tr("Train a model first."))
            elif judging or self.session.running("train", "race") is not None:
                buttons.disable(button, self.tr("Wait until what is running is done."))
            else:
                buttons.enable(button)
        failed = self.session.failure("evaluate")
        if failed is not None:
            text = f"{words.fault_message(failed.code, failed.params)} {words.fault_hint(failed.code, failed.params)}"
            self.show_banner("evaluate", "bad", text)
        else:
            self.clear_banner("evaluate")

    def _result(self) -> Mapping[str, Any]:
        """What is shown: the run's report, or what judging anew gave for the same run."""
        trained = self.session.trained
        if trained is None:
            return {}
        if self._anew is not None and self._anew[0] == trained.run.folder:
            return self._anew[1]
        return trained.report or {}

    def _fill_parts(self, result: Mapping[str, Any]) -> None:
        standing = self.part.currentData()
        self.part.clear()
        elsewhere = self._anew[2] if self._anew is not None and self._anew[1] is result else ""
        for part in PARTS:
            judged = result.get(part)
            if judged:
                count = int(judged.get("images") or 0)
                name = Path(elsewhere).name if elsewhere and part == "test" else words.part_name(part)
                text = words.plural(self.tr("{part}: %n picture(s)", "", count), count).format(part=name)
                self.part.addItem(text, part)
        self.part.setVisible(self.part.count() > 0)
        self.part.setCurrentIndex(max(0, self.part.findData(standing)))

    def _draw_part(self) -> None:
        judged = self._judged = self._result().get(self.part.currentData() or "") or {}
        names = [str(row.get("name", "")) for row in judged.get("per_class") or ()]
        mistakes = list(judged.get("mistakes") or ())
        shown = (*mistakes, *(judged.get("unsure") or ()))
        self.session.shelf.look_up([str(row.get("path", "")) for row in shown], self._draw_part)
        self.confusion.show_counts(names, judged.get("confusion") or ())
        self._draw_figures(judged, mistakes)
        self.table.show_rows([class_row(row) for row in judged.get("per_class") or ()])
        self.unsure.show_tiles(self._tiles(judged.get("unsure") or ()))
        self._show_all_mistakes()
        self._say(judged, mistakes, names)

    def _draw_figures(self, judged: Mapping[str, Any], mistakes: Sequence[Mapping[str, Any]]) -> None:
        right, balanced, wrong = self.figures
        if not judged:
            for figure in self.figures:
                figure.set("–")
            return
        count = int(judged.get("images") or 0)
        low, high = judged.get("low"), judged.get("high")
        note = ""
        if low is not None and high is not None:
            note = self.tr("surely between {low} and {high}").format(low=words.percent(low), high=words.percent(high))
        right.set(words.accuracy(judged["accuracy"], low, high), note)
        if judged.get("balanced_accuracy") is not None:
            balanced.set(words.percent(judged["balanced_accuracy"]), self.tr("mean over the classes"))
        wrong.set(words.count(len(mistakes)), words.plural(self.tr("of %n picture(s)", "", count), count))

    def _say(self, judged: Mapping[str, Any], mistakes: Sequence[Mapping[str, Any]], names: list[str]) -> None:
        if not judged:
            trained = self.session.trained is not None
            none = self.tr("There were no pictures kept aside, so nothing can be said about how good it is.")
            self.set_status(none if trained else self.tr("Train a model, and it is judged here."))
            return
        text = self.tr("It is right on {accuracy} of pictures it never learned from.")
        said = text.format(accuracy=words.accuracy(judged["accuracy"], judged.get("low"), judged.get("high")))
        worst = worst_pair(judged.get("confusion") or (), names)
        if worst is not None and len(names) > 2:
            said += " " + self.tr("Most often {truth} is taken for {answer}.").format(truth=worst[0], answer=worst[1])
        self.set_status(said)

    # The wall

    def _show_all_mistakes(self) -> None:
        mistakes = list(self._judged.get("mistakes") or ())
        if mistakes:
            count = len(mistakes)
            text = words.plural(self.tr("%n mistake(s), the surest first", "", count), count)
        else:
            text = self.tr("No mistakes.") if self._judged else ""
        self._wall_title.setText(text)
        self.all_button.hide()
        self.wall.show_tiles(self._tiles(mistakes))

    def _choose_cell(self, truth: int, answer: int) -> None:
        names = [str(row.get("name", "")) for row in self._judged.get("per_class") or ()]
        one, other = names[truth], names[answer]
        if truth == answer:
            rows = [row for row in self._judged.get("unsure") or () if row.get("truth") == one]
            note = self.tr("{what}. Here: the least sure of them.")
        else:
            rows = [
                row for row in self._judged.get("mistakes") or ()
                if row.get("truth") == one and row.get("answer") == other
            ]  # fmt: skip
            note = self.tr("{what}")
        self.tabs.setCurrentIndex(0)
        self._wall_title.setText(note.format(what=self.confusion.says(truth, answer)))
        self.all_button.show()
        self.wall.show_tiles(self._tiles(rows))

    def _tiles(self, rows: Sequence[Mapping[str, Any]]) -> list[Tile]:
        elsewhere = None
        if self._anew is not None and self._anew[2] and self._judged is self._anew[1].get("test"):
            elsewhere = Path(self._anew[2])
        return [judged_tile(self.session, row, elsewhere) for row in rows]

    def _open_tile(self, tile: Tile) -> None:
        """As large as the page; a file that is not of this project opens in the system's own viewer."""

        def open_it() -> None:
            picture = self.session.picture_at(tile.tip)
            if picture is not None:
                self.large.look_at(picture)

        if tile.picture != tile.file:
            self.session.shelf.look_up([tile.tip], open_it)
            open_it()
        elif tile.file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(tile.file)))

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
        self._anew = (run, value, folder)
        self._invalidate()
