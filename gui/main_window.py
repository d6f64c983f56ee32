"""The frame: rail, page, why panel, activity bar. Pages are made when first visited; at the start only one."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from PySide6.QtCore import QByteArray, QSize, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QApplication, QGridLayout, QMainWindow, QStackedWidget, QWidget

from gui import asking, steps, words
from gui.closing import Closing
from gui.session import Session
from gui.why import Why, why_of
from gui.widgets import buttons
from gui.widgets.activity_bar import ActivityBar
from gui.widgets.drop_overlay import DropOverlay
from gui.widgets.page import Page
from gui.widgets.rail import Rail
from gui.widgets.source_bar import can_be_opened, dropped
from gui.widgets.why_panel import WhyPanel

PAGES = {
    "start": "StartPage",
    "data": "DataPage",
    "backbone": "BackbonePage",
    "strategy": "StrategyPage",
    "augment": "AugmentPage",
    "train": "TrainPage",
    "evaluate": "EvaluatePage",
    "predict": "PredictPage",
    "export": "ExportPage",
    "runs": "RunsPage",
    "learn": "LearnPage",
    "settings": "SettingsPage",
}
SMALLEST = QSize(1024, 640)
USUAL = QSize(1280, 800)
ROOM_FOR_WHY = 1180  # narrower windows fold the why panel away by themselves


class MainWindow(QMainWindow):
    """Owns the session's view; `session` does the work."""

    painted = Signal()  # once, after the first paint

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session, settings = session, session.settings
        self.settings = settings
        self.setWindowTitle("Graft")
        self.setMinimumSize(SMALLEST)
        self.setAcceptDrops(True)
        self._pages: dict[str, Page] = {}
        self._current = ""
        self._painted = False
        self._undo_index = 0
        self._why_wanted = settings.flag("why", True)
        self.rail, self.why_panel, self.activity = Rail(), WhyPanel(), ActivityBar()
        self._stack = QStackedWidget()
        self._overlay = DropOverlay(self)
        self._closing = Closing(self, session)
        self._lay_out()
        self._connect()
        self._add_shortcuts()
        self._restore()

    def _lay_out(self) -> None:
        middle = QWidget()
        grid = QGridLayout(middle)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.rail, 0, 0)
        grid.addWidget(self._stack, 0, 1)
        grid.addWidget(self.why_panel, 0, 2)
        grid.addWidget(self.activity, 1, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(0, 1)
        self.setCentralWidget(middle)
        tools = (
            ("undo", self.tr("Undo"), self.tr("Undo (Ctrl+Z)"), self.session.undo.undo),
            ("redo", self.tr("Redo"), self.tr("Redo (Ctrl+Shift+Z)"), self.session.undo.redo),
            ("panel", self.tr("Why panel"), self.tr("Show or fold away the why panel (Ctrl+I)"), self.toggle_why),
        )
        for icon, name, tip, action in tools:
            button = buttons.icon_button(icon, name, tip)
            button.clicked.connect(action)
            self.activity.tools.addWidget(button)
            if icon in ("undo", "redo"):
                button.setEnabled(False)
                can = self.session.undo.canUndoChanged if icon == "undo" else self.session.undo.canRedoChanged
                can.connect(button.setEnabled)

    def _connect(self) -> None:
        session = self.session
        self.rail.chosen.connect(self.go_to)
        self.rail.refused.connect(self._say_why_not)
        self.why_panel.link_pressed.connect(self.go_to)
        self.why_panel.closed.connect(self.toggle_why)
        self.activity.cancel.connect(session.cancel)
        session.go_to.connect(self.go_to)
        session.notice.connect(self.notice)
        session.held_elsewhere.connect(self._offer_to_take_over)
        session.states_changed.connect(self._draw_states)
        session.jobs_changed.connect(lambda: self.activity.show_jobs(session.jobs))
        session.progressed.connect(self.activity.advance)
        session.project_changed.connect(self._project_changed)
        session.undo.indexChanged.connect(self._tell_undo)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
            # A form that has changed gives other reasons.
            again = lambda: self._focus_moved(None, app.focusWidget())  # noqa: E731
            session.recipe_changed.connect(lambda: QTimer.singleShot(0, self, again))

    def _add_shortcuts(self) -> None:
        self._shortcut("Ctrl+O", self.ask_for_folder)
        self._shortcut("Ctrl+Shift+O", self.ask_for_file)
        self._shortcut("Ctrl+Z", self.session.undo.undo)
        self._shortcut("Ctrl+Shift+Z", self.session.undo.redo)
        self._shortcut("Ctrl+Y", self.session.undo.redo)
        self._shortcut("Ctrl+I", self.toggle_why)
        self._shortcut("Ctrl+B", lambda: self.fold_rail(not self.rail.folded))
        self._shortcut("Ctrl+Return", self._press_primary)
        self._shortcut("Ctrl+Enter", self._press_primary)
        self._shortcut("Ctrl+,", lambda: self.go_to("settings"))
        self._shortcut("Ctrl+Q", self.close)
        self._shortcut("F1", self.show_why)
        self._shortcut("Esc", self._close_last)
        for number, page in enumerate(steps.STEPS, 1):
            self._shortcut(f"Ctrl+{number}", self.rail.item(page).click)

    def _shortcut(self, keys: str, action: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(lambda: action())

    # Pages.

    @property
    def page(self) -> Page:
        return self._pages[self._current]

    def go_to(self, name: str) -> None:
        """Show a page, making it if this is the first visit. Without a project Data is the start page."""
        if name == "data" and self.session.project is None:
            name = "start"
        if name not in PAGES or name == self._current:
            return
        if name not in self._pages:
            module = import_module(f"gui.pages.{name}")
            page: Page = getattr(module, PAGES[name])(self.session)
            self._pages[name] = page
            page.why_changed.connect(self._say_why)
            self._stack.addWidget(page)
        self._current = name
        if name != "data":
            self.session.shelf.settle_now()
        self.settings.set("page", name)
        self._stack.setCurrentWidget(self.page)
        self.rail.set_current("data" if name == "start" and self.session.project is None else name)
        self._say_why()

    def _press_primary(self) -> None:
        if self.page.primary.isVisible() and self.page.primary.isEnabled():
            self.page.primary.click()

    def _close_last(self) -> None:
        for banner in reversed(self.page.banners()):
            banner.closed.emit()
            return

    def notice(self, kind: str, text: str) -> None:
        """A banner in the page that is seen."""
        self.page.clear_banner("notice")
        self.page.show_banner("notice", kind, text)

    def _offer_to_take_over(self, host: str) -> None:
        text = self.tr(
            "{host} is another machine, or this one under an earlier name. If Graft does not run there any more, take "
            "the project over. Two windows that write at once would spoil each other's work."
        )
        self.page.show_banner("held", "careful", text.format(host=host), self.tr("Take it over"), self._take_over)

    def _take_over(self) -> None:
        for banner in ("held", "notice"):
            self.page.clear_banner(banner)
        self.session.take_over()

    def ask_for_folder(self) -> None:
        title = self.tr("Open a folder of pictures")
        asking.for_folder(self, title, self.settings, self.session.open_folder)

    def ask_for_file(self) -> None:
        """Ask for a table or an archive of pictures."""
        title = self.tr("Open a table or an archive")
        asking.for_table_or_archive(self, title, self.settings, self.session.open_folder)

    # The panels.

    def fold_rail(self, folded: bool) -> None:
        self.rail.set_folded(folded)
        self.settings.set("rail_folded", folded)

    def toggle_why(self) -> None:
        self._why_wanted = not self.why_panel.isVisibleTo(self)
        self.why_panel.setVisible(self._why_wanted)
        self.settings.set("why", self._why_wanted)

    def show_why(self) -> None:
        self._why_wanted = True
        self.why_panel.setVisible(True)
        self._say_why()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        crossed = (event.oldSize().width() < ROOM_FOR_WHY) != (event.size().width() < ROOM_FOR_WHY)
        if crossed or not event.oldSize().isValid():
            self.why_panel.setVisible(self._why_wanted and event.size().width() >= ROOM_FOR_WHY)

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and not self.why_panel.isAncestorOf(new) and self.isAncestorOf(new):
            self._say_why(new)

    def _say_why(self, focus: QWidget | None = None) -> None:
        inside = focus if focus is not None and self.page.isAncestorOf(focus) else None
        self.why_panel.say(why_of(inside) or self._why_of_page())

    def _why_of_page(self) -> Why:
        why = self.page.default_why()
        return why if why.drawing else replace(why, drawing=self._current)

    def _say_why_not(self, page: str) -> None:
        item = self.rail.item(page)
        self.show_why()
        self.why_panel.say(Why(item.name, item.state.why_not))

    def _draw_states(self) -> None:
        self.rail.set_states(self.session.states())

    def _tell_undo(self, index: int) -> None:
        """Say quietly what was done or taken back; there is no question before and no message after."""
        undo = self.session.undo
        if not undo.count():  # another project
            self.activity.say(self.tr("Nothing is running."))
        elif index < self._undo_index:
            self.activity.say(self.tr("Taken back: {what}").format(what=undo.redoText()))
        else:
            text = self.tr("{what} · Ctrl+Z takes it back").format(what=undo.undoText())
            self.activity.say(text if undo.undoText() else self.tr("Nothing is running."))
        self._undo_index = index

    def _project_changed(self) -> None:
        folder, path = self.session.folder, self.session.opened_path
        self.setWindowTitle(f"{words.folder_name(folder)} – Graft" if folder else "Graft")
        self.settings.set("open", str(path) if path else "")
        if path is not None:
            self.settings.remember(path)
        elif self._current not in ("runs", "learn", "settings", "start"):
            self.go_to("start")

    # Dropping things.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if can_be_opened(event):
            event.acceptProposedAction()
            self._overlay.show_over(self._stack)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._overlay.hide()
        found = dropped(event)
        if found:
            event.acceptProposedAction()
            self.session.open_together(found)

    # Coming and going.

    def _restore(self) -> None:
        self.resize(USUAL)
        self.restoreGeometry(self.settings.bytes("geometry"))
        self.fold_rail(self.settings.flag("rail_folded", False))
        self.why_panel.setVisible(self._why_wanted and self.width() >= ROOM_FOR_WHY)
        self._draw_states()
        self.go_to("start")
        self._stack.setFocus()  # nothing is marked until the first Tab

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing.may_close():
            event.ignore()
            return
        self.settings.set("geometry", QByteArray(self.saveGeometry()))
        self.settings.sync()
        self.session.close()
        self.session.client.close()
        event.accept()
