"""What the folder holds: pictures by class, problems, twins, and how it is split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QPushButton, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from gui import facts, steps, theme, words
from gui.forms import FieldForm
from gui.watching import say_news
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.class_list import ClassList
from gui.widgets.large_view import LargeView
from gui.widgets.page import Page
from gui.widgets.picture_pane import PicturePane
from gui.widgets.problem_list import ProblemList
from gui.widgets.source_bar import SourceBar
from gui.widgets.split_table import SplitTable
from gui.widgets.twin_list import TwinList
from gui.words import QT_TRANSLATE_NOOP, say, translate

if TYPE_CHECKING:
    from core.project.index import Picture
    from gui.session import Session

PICTURES, PROBLEMS, TWINS, SPLIT = range(4)
SPLIT_FIELDS = ("split.validation", "split.test", "split.keep_folders", "split.group_pattern")


class DataPage(Page):
    name = "data"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, translate("DataPage", "Data"))
        self._drawn: tuple[Picture, ...] = ()
        self._drawn_scan: Mapping[str, Any] = {}
        self._usable: list[Picture] = []
        self.classes = ClassList()
        self.classes.chosen.connect(lambda name: self._show_pictures())
        explain(self.classes, Why(self.tr("Classes"), say(_CLASSES_WHY)))
        self.pane = PicturePane(session)
        self.problems, self.twins = ProblemList(self._thumbnail_at), TwinList(session.thumbnail_of)
        self.split = SplitTable()
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(self.tr("Views"))
        self.tabs.setExpanding(False)
        self._stack = QStackedWidget()
        for part in (self.pane, self._problem_pane(), self._twin_pane(), self._split_pane()):
            self.tabs.addTab("")
            self._stack.addWidget(part)
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self.sources = SourceBar(session)
        self.body.addWidget(self.sources)
        session.watching.changed.connect(self._invalidate)
        self._lay_out()
        self.large = LargeView(self, session)
        self.large.moved.connect(self._look_further)
        self.pane.look.connect(lambda row: self.large.look_at(self.pane.model.pictures[row]))
        self.problems.exclude_asked.connect(self._exclude_problems)
        self.problems.look_asked.connect(self._look_at_problem)

    def _lay_out(self) -> None:
        card = Card()
        card.body.setContentsMargins(8, 8, 8, 8)
        card.body.addWidget(self.classes)
        card.setFixedWidth(208)
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(self.tabs)
        right.addWidget(self._stack, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_24)
        row.addWidget(card)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)

    def _problem_pane(self) -> QWidget:
        note = labels.quiet(self.tr("Nothing is wrong with any file: all of them can be used."))
        explain(self.problems, Why(self.tr("Problems"), say(_PROBLEMS_WHY)))
        self._no_problems = note
        return _column(note, self.problems)

    def _twin_pane(self) -> QWidget:
        self._no_twins = labels.quiet(self.tr("No two pictures are the same, or nearly the same."))
        explain(self.twins, Why(self.tr("Twins"), say(_TWINS_WHY), drawing="twins"))
        self.keep_one = buttons.plain_button(self.tr("Keep only the first of each group"))
        self.keep_one.clicked.connect(self._keep_one)
        return _column(self._no_twins, self.keep_one, self.twins)

    def _split_pane(self) -> QWidget:
        explain(self.split, Why(self.tr("The split"), say(_SPLIT_WHY), drawing="split"))
        self.split_form = FieldForm(self.session, SPLIT_FIELDS)
        card = Card(self.tr("How to split"))
        card.body.addWidget(self.split_form)
        return _column(self.split, card, last_stretches=False)

    # Drawing.

    def refresh(self) -> None:
        scan = self.session.result("scan") or {}
        now = facts.situation(self.session)
        if self.session.pictures is not self._drawn:
            self._draw_pictures()
        if scan is not self._drawn_scan:
            self._drawn_scan = scan
            self._draw_findings(scan)
        self._name_tabs()
        self.sources.refresh()
        say_news(self)
        self._say(now, scan)
        self._offer(now)

    def _draw_pictures(self) -> None:
        self._drawn = self.session.pictures
        self._usable = [picture for picture in self._drawn if picture.problem in ("", "UNLABELLED")]
        counts = self._counts()
        self.classes.show_classes(counts)
        self.pane.set_classes(list(counts))
        self._show_pictures()
        self._draw_findings(self._drawn_scan)

    def _draw_findings(self, scan: Mapping[str, Any]) -> None:
        problems = self.session.shelf.problems
        self.problems.show_problems(problems)
        self.problems.setVisible(bool(problems))
        self._no_problems.setVisible(not problems)
        groups = self._groups(scan.get("duplicates", ()))
        self.twins.show_groups(groups)
        for part, shown in ((self.twins, groups), (self.keep_one, groups), (self._no_twins, not groups)):
            part.setVisible(bool(shown))
        self.split.show_split(scan.get("split_by_class", {}), scan.get("split", {}))

    def _name_tabs(self) -> None:
        names = (self.tr("Pictures"), self.tr("Problems"), self.tr("Twins"))
        counts = (len(self._usable), len(self.session.shelf.problems), len(self._drawn_scan.get("duplicates", ())))
        for number, (name, count) in enumerate(zip(names, counts, strict=True)):
            self.tabs.setTabText(number, f"{name}  {words.count(count)}")
        self.tabs.setTabText(SPLIT, self.tr("Split"))

    def _say(self, now: steps.Situation, scan: Mapping[str, object]) -> None:
        block = steps.data_block(now)
        if now.scanning is not None:
            self.set_status(self.tr("The folder is being read; you can look around already."))
        elif now.data_fault == "CONFLICTS":
            text = self.tr("{pictures} pictures, but some are in two classes: look under Problems.")
            self.set_status(text.format(pictures=words.count(now.pictures)))
        elif block:
            self.set_status(block)
        else:
            text = self.tr("{pictures} pictures of %n class(es) are ready", "", now.classes)
            said = words.plural(text, now.classes).format(pictures=words.count(now.pictures))
            skipped = words.plural(self.tr("%n file(s) are left out", "", now.problems), now.problems)
            self.set_status(f"{said}; {skipped}." if now.problems else f"{said}.")
        failed = self.session.failure("scan")
        if failed is not None:
            told = f"{words.fault_message(failed.code, failed.params)} {words.fault_hint(failed.code, failed.params)}"
            self.show_banner("scan", "bad", told, self.tr("Read again"), self.session.scan)
        else:
            self.clear_banner("scan")
        self._offer_conflicts(now)
        self._offer_resume()

    def _offer_resume(self) -> None:
        run = self.session.unfinished
        if run is None:
            self.clear_banner("unfinished")
            return
        folder = run.folder

        def resume() -> None:
            self.session.resume(folder)
            self.go_on("train")

        text = self.tr("The last training was interrupted. What it had learned is kept.")
        self.show_banner("unfinished", "info", text, self.tr("Resume"), resume)

    def _offer_conflicts(self, now: steps.Situation) -> None:
        if now.data_fault != "CONFLICTS":
            self.clear_banner("conflicts")
            return
        text = self.tr("%n picture(s) in two classes at once: that stops the training.", "", now.data_fault_count)
        self.show_banner(
            "conflicts",
            "careful",
            words.plural(text, now.data_fault_count),
            self.tr("Leave them out"),
            lambda: self.session.set_value("data.on_conflict", "exclude"),
        )

    def _offer(self, now: steps.Situation) -> None:
        block = steps.data_block(now)
        self.set_primary(self.tr("Choose a backbone"), not block, block)

    def primary_action(self) -> None:
        self.go_on("backbone")

    def default_why(self) -> Why:
        return Why(self.tr("Why look at the data first?"), say(_PAGE_WHY))

    def _show_pictures(self) -> None:
        name = self.classes.current
        shown = self._usable if name is None else [picture for picture in self._usable if picture.label == name]
        waiting = self.session.running("scan") is not None
        empty = self.tr("Reading the pictures …") if waiting else self.tr("There are no pictures here.")
        self.pane.show_pictures(shown, empty)

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for picture in self._usable:
            counts[picture.label] = counts.get(picture.label, 0) + (not picture.excluded)
        return dict(sorted(counts.items()))

    def _groups(self, duplicates: Sequence[Sequence[str]]) -> "list[list[Picture]]":
        groups = [[self.session.picture_at(path) for path in group] for group in duplicates]
        return [[picture for picture in group if picture is not None] for group in groups]

    def _thumbnail_at(self, path: str) -> Path | None:
        picture = self.session.picture_at(path)
        return self.session.thumbnail_of(picture) if picture is not None and picture.content_hash else None

    # Doing.

    def _exclude_problems(self) -> None:
        found = [self.session.picture_at(problem.path) for problem in self.problems.chosen if problem.path]
        pictures = [picture for picture in found if picture is not None and not picture.problem]
        text = words.plural(self.tr("Leave out %n picture(s)", "", len(pictures)), len(pictures))
        self.session.shelf.exclude(pictures, True, text)

    def _look_at_problem(self) -> None:
        for problem in self.problems.chosen:
            picture = self.session.picture_at(problem.path)
            if picture is not None:
                self.large.look_at(picture)
                return

    def _keep_one(self) -> None:
        scan = self.session.result("scan") or {}
        rest = [picture for group in self._groups(scan.get("duplicates", ())) for picture in group[1:]]
        text = words.plural(self.tr("Leave out %n twin(s)", "", len(rest)), len(rest))
        self.session.shelf.exclude(rest, True, text)

    def _look_further(self, step: int) -> None:
        standing = self.large.picture
        rows = list(self.pane.model.pictures)
        place = next((row for row, picture in enumerate(rows) if standing and picture.id == standing.id), None)
        if place is not None and 0 <= place + step < len(rows):
            self.pane.grid.choose([place + step])
            self.large.look_at(rows[place + step])


def _column(*parts: QWidget, last_stretches: bool = True) -> QWidget:
    result = QWidget()
    column = QVBoxLayout(result)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.SPACE_16)
    for part in parts:
        if isinstance(part, QLabel):
            part.setAlignment(Qt.AlignmentFlag.AlignTop)
        if isinstance(part, QPushButton):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            column.addWidget(part, 1 if isinstance(part, QListView) else 0)
    column.addStretch(0 if last_stretches else 1)
    return result


_PAGE_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "A network learns what the pictures show, not what you mean. Look for pictures in the wrong class, for things that "
    "go with a class by accident (a ruler, a background, a date), and for pictures that are the same.\n\n"
    "Broken files are listed with the reason and left out; the rest goes on.",
)
_CLASSES_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "Each folder is a class. The bar compares how many pictures there are: a class with very few is learned badly, and "
    "its figures are unsure.\n\nThe number before a name is the key that moves chosen pictures to that class.",
)
_PROBLEMS_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "Each file that cannot be used is listed once, with the reason and what you can do. Pictures that are merely odd "
    "(of one colour, several frames) are used, and listed so that you can decide: Delete leaves them out, Space shows "
    "them.",
)
_TWINS_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "If the same picture is both learned from and judged by, the figures look better than they are. Twins therefore "
    "always stay on the same side of the split; you need not do anything.\n\nOnly the very same picture in two classes "
    "must be settled: one of the two labels is wrong.",
)
_SPLIT_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "Some pictures are set aside and never learned from. How the model does on these (validation) tells how it will do "
    "on new ones.\n\nThe fewer there are, the less sure the figure is: with 20 pictures, 90 % right may in truth be "
    "anything from 70 to 97 %.\n\nA test part is looked at only once, at the very end; it is the most honest figure.",
)
