"""What the folder holds: pictures by class, problems, twins, and how it is split."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QWidget

from core.errors import Problem
from gui import facts, steps, theme, words
from gui.shelf_facts import ShelfFacts
from gui.watching import say_news
from gui.why import Why
from gui.widgets import keys
from gui.widgets.class_model import Row
from gui.widgets.class_pane import ClassPane
from gui.widgets.large_view import LargeView
from gui.widgets.page import Page
from gui.widgets.picture_pane import PicturePane
from gui.widgets.problem_list import OF_TABLES
from gui.widgets.problem_pane import ProblemPane
from gui.widgets.source_bar import SourceBar
from gui.widgets.split_pane import SplitPane
from gui.widgets.twin_pane import TwinPane
from gui.words import QT_TRANSLATE_NOOP, say, translate

if TYPE_CHECKING:
    from gui.session import Session

PICTURES, PROBLEMS, TWINS, SPLIT = range(4)


class DataPage(Page):
    name = "data"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, translate("DataPage", "Data"))
        self._drawn: ShelfFacts | None = None
        self._ordered: tuple[QWidget, ...] = ()
        self._drawn_scan: Mapping[str, Any] | None = None
        self.sorting = ClassPane(session)
        self.classes = self.sorting.list
        self.pane = PicturePane(session)
        self.problems = ProblemPane(self._thumbnail_at)
        self.twins = TwinPane(session)
        self.split = SplitPane(session)
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(self.tr("Views"))
        self.tabs.setExpanding(False)
        self._stack = QStackedWidget()
        for part in (self._picture_pane(), self.problems, self.twins, self.split):
            self.tabs.addTab("")
            self._stack.addWidget(part)
        self.tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self.sources = SourceBar(session)
        self.body.addWidget(self.sources)
        session.watching.changed.connect(self._invalidate)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self._stack, 1)
        self.large = LargeView(self, session)
        self._connect()

    def _picture_pane(self) -> QWidget:
        result = QWidget()
        row = QHBoxLayout(result)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_16)
        row.addWidget(self.sorting)
        row.addWidget(self.pane, 1)
        return result

    def _connect(self) -> None:
        self.classes.chosen.connect(self._show_row)
        self.classes.pictures_dropped.connect(self.pane.drop_on)
        self.pane.look.connect(self._look)
        self.large.moved.connect(self._look_further)
        self.large.class_asked.connect(self.pane.move_by_key)
        self.large.exclude_asked.connect(self.pane.leave_out)
        self.problems.list.exclude_asked.connect(self._exclude_problems)
        self.problems.list.look_asked.connect(self._look_at_problem)
        self.problems.list.step_asked.connect(self._step)
        for number in range(self.tabs.count()):
            shortcut = QShortcut(QKeySequence(f"Alt+{number + 1}"), self)
            shortcut.activated.connect(lambda number=number: self._enter(number))
        self.sources.confirm.clicked.connect(lambda: self._enter(PICTURES))  # or its keys would choose another reading

    def _enter(self, tab: int) -> None:
        """Show a tab, its keys at hand."""
        self.tabs.setCurrentIndex(tab)
        if tab == TWINS:
            self.twins.take_keys()
        else:
            {PICTURES: self.pane.grid, PROBLEMS: self.problems.list, SPLIT: self.split.table}[tab].setFocus()

    def _order_keys(self) -> None:
        """The Tab key takes banners and places in their turn, though they come and go."""
        bars = (*self.banners(), *self.sources.lines)
        if bars != self._ordered:
            self._ordered = bars
            keys.after(self.primary, *bars, self.sources.confirm, self.sources.add)

    # Drawing.

    def refresh(self) -> None:
        scan = self.session.result("scan") or {}
        now = facts.situation(self.session)
        if self.session.shelf.facts is not self._drawn:
            self._draw_facts(self.session.shelf.facts)
        if scan is not self._drawn_scan:
            self._drawn_scan = scan
        self.split.show_scan(scan)
        self.twins.refresh()
        self._name_tabs()
        self.sources.refresh()
        self._order_keys()
        say_news(self)
        self._say(now, scan)
        self._offer(now)

    def _draw_facts(self, found: ShelfFacts) -> None:
        self._drawn = found
        self.sorting.show_facts(found)
        self.pane.set_classes(found.class_names, {row.name: row.colour for row in found.classes})
        self.pane.reload()
        self.problems.show_problems(found.problems)
        shown = [problem.path for problem in found.problems if problem.path][:500]
        self.session.shelf.look_up(shown, self.problems.list.viewport().update)
        self.twins.show_groups(found.twins, found.class_names)

    def _name_tabs(self) -> None:
        found = self.session.shelf.facts
        names = (self.tr("Pictures"), self.tr("Problems"), self.tr("Twins"))
        counts = (found.shown, len(found.problems), len(found.twins))
        for number, (name, count) in enumerate(zip(names, counts, strict=True)):
            self.tabs.setTabText(number, f"{name}  {words.count(count)}")
        self.tabs.setTabText(SPLIT, self.tr("Split"))

    def _say(self, now: steps.Situation, scan: Mapping[str, Any]) -> None:
        block = steps.data_block(now)
        if now.scanning is not None:
            self.set_status(self.tr("The folder is being read; you can look around already."))
        elif now.data_fault == "CONFLICTS":
            text = self.tr("{pictures} pictures, but some are in two classes: settle these first.")
            self.set_status(text.format(pictures=words.count(now.pictures)))
        elif block:
            self.set_status(block)
        else:
            text = self.tr("{pictures} pictures of %n class(es) are ready", "", now.classes)
            said = words.plural(text, now.classes).format(pictures=words.count(now.pictures))
            skipped = words.plural(self.tr("%n file(s) left out", "", now.problems), now.problems)
            self.set_status(f"{said}; {skipped}." if now.problems else f"{said}.")
        if scan.get("found"):
            self.problems.say_counts(scan["found"], now.pictures, now.problems)
        failed = self.session.failure("scan")
        if failed is not None:
            told = f"{words.fault_message(failed.code, failed.params)} {words.fault_hint(failed.code, failed.params)}"
            self.show_banner("scan", "bad", told, self.tr("Read again"), self.session.scan)
        else:
            self.clear_banner("scan")
        self._offer_conflicts(now)
        self._offer_labelling(now)
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
        text = self.tr("%n picture(s) in two classes at once. Training waits until that is settled.", "",
                       now.data_fault_count)  # fmt: skip
        self.show_banner(
            "conflicts",
            "careful",
            words.plural(text, now.data_fault_count),
            self.tr("Settle them one by one"),
            self._lead_through_conflicts,
        )

    def _lead_through_conflicts(self) -> None:
        self.tabs.setCurrentIndex(TWINS)
        self.twins.lead()

    def _offer_labelling(self, now: steps.Situation) -> None:
        without = self.session.shelf.facts.unlabelled
        if now.scanning is not None or not without or now.classes > 1:
            self.clear_banner("unlabelled")
            return
        text = self.tr(
            "%n picture(s) have no class yet: choose some, press C and type the name of their class.", "", without
        )
        self.show_banner(
            "unlabelled", "info", words.plural(text, without), self.tr("Label them"), self._show_unlabelled
        )

    def _show_unlabelled(self) -> None:
        self.tabs.setCurrentIndex(PICTURES)
        self.classes.choose("unlabelled")
        self.pane.grid.setFocus()

    def _offer(self, now: steps.Situation) -> None:
        block = steps.data_block(now)
        self.set_primary(self.tr("Choose a backbone"), not block, block)

    def primary_action(self) -> None:
        self.go_on("backbone")

    def default_why(self) -> Why:
        return Why(self.tr("Why look at the data first?"), say(_PAGE_WHY))

    def _show_row(self, row: Row) -> None:
        self.tabs.setCurrentIndex(PICTURES)
        self.pane.show_row(row)

    def _thumbnail_at(self, path: str) -> Path | None:
        picture = self.session.picture_at(path)
        return self.session.thumbnail_of(picture) if picture is not None and picture.content_hash else None

    # Problems.

    def _step(self, problem: Problem) -> None:
        """The next step of a problem's row."""
        code = problem.code
        if code in ("UNLABELLED", "UNLABELLED_PICTURES", "NO_LABELS", "ONE_CLASS"):
            self._show_unlabelled()
        elif code in ("CONFLICT", "ALIKE", "LEAK"):
            self.tabs.setCurrentIndex(TWINS)
            self.twins.lead(problem.path)
        elif code == "BLANK":
            self._exclude_at([problem.path])
        elif code in ("IMBALANCE", "UNTAUGHT_CLASS"):
            self.tabs.setCurrentIndex(SPLIT)
        elif code == "TINY_CLASS":
            self.classes.choose("class", str(problem.params.get("name", "")))
        elif code == "CASE_CLASH":
            self._make_one(str(problem.params.get("names", "")).split(", "))
        elif code == "CHANGED":
            self.session.scan()
        elif code == "TOO_LARGE":
            self.go_on("settings")
        elif code in OF_TABLES:
            self._open_table()
        elif problem.path and self.session.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str((self.session.folder / problem.path).parent)))

    def _open_table(self) -> None:
        """In the program that the user has for tables. An archive's lies where it was unpacked."""
        for source in (self.session.result("scan") or {}).get("sources", ()):
            if source["layout"] == "table" and self.session.folder is not None:
                around = Path(source["path"]) if source["kind"] == "folder" else self.session.folder
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(around / source["table"])))
                return

    def _make_one(self, names: list[str]) -> None:
        """Of classes the largest, for that is what they are mostly called."""
        counts = {row.name: row.count for row in self.session.shelf.facts.classes}
        largest = max(names, key=lambda name: counts.get(name, 0))
        for name in names:
            if name != largest:
                self.sorting.merge(name, largest)

    def _exclude_problems(self) -> None:
        self._exclude_at([problem.path for problem in self.problems.list.chosen if problem.path])

    def _exclude_at(self, paths: list[str]) -> None:
        def found() -> None:
            pictures = [picture for picture in map(self.session.picture_at, paths) if picture and not picture.problem]
            text = words.plural(self.tr("Leave out %n picture(s)", "", len(pictures)), len(pictures))
            self.session.shelf.exclude(pictures, True, text)

        if all(self.session.picture_at(path) is not None for path in paths):
            found()
        else:
            self.session.shelf.look_up(paths, found)

    def _look_at_problem(self) -> None:
        for problem in self.problems.list.chosen:
            picture = self.session.picture_at(problem.path)
            if picture is not None:
                self.large.look_at(picture)
                return

    # Looking large.

    def _look(self, row: int) -> None:
        picture = self.pane.model.picture(row)
        if picture is not None:
            self.large.look_at(picture)

    def _look_further(self, step: int) -> None:
        standing = self.large.picture
        row = self.pane.model.row_of(standing.id) + step if standing is not None else -1
        if 0 <= row < len(self.pane.model.ids):
            self.pane.grid.choose([row])
            self._look(row)


_PAGE_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "A network learns what the pictures show, not what you mean. Look for pictures in the wrong class, for things that "
    "go with a class by accident (a ruler, a background, a date), and for pictures that are the same.\n\n"
    "Broken files are listed with the reason and left out; the rest goes on.",
)
