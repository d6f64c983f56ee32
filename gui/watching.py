"""Noticing that the folder changed while it is open: the worker looks now and then, when it has nothing else to do."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from core.events import Event, Failed
from gui import words
from gui.job_board import Job

if TYPE_CHECKING:
    from gui.session import Session
    from gui.widgets.page import Page

SECONDS = 5.0
SHARE = 0.05
"""Of the worker's time at most: where a look takes two seconds, there are 40 between two."""


class Watching(QObject):
    """`news` is what the last look found that differs from what was read; None where nothing does, or while it is
    being read."""

    changed = Signal()

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._session = session
        self.news: Mapping[str, Any] | None = None
        self._began = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        session.board.ended.connect(self._ended)
        session.jobs_changed.connect(self._give_way)
        session.project_changed.connect(lambda: self._take(None))
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._came_back)

    def look(self) -> None:
        """Have the worker compare the folder with what was read, if it is idle; else a little later."""
        session = self._session
        if session.project is None or session.read_only or session.result("scan") is None:
            return
        if any(job.role == "worker" for job in session.jobs):
            self._timer.start(round(SECONDS * 1000))
            return
        from core.requests import Look

        self._began = time.monotonic()
        session.start(Look(project=str(session.project.folder), recipe=session.recipe), self._seen, self._failed)

    def _seen(self, found: Mapping[str, Any]) -> None:
        self._take(found if not found["reached"] or any(found[key] for key in KINDS) else None)

    def _failed(self, failed: Failed) -> None:
        self._take(None)

    def _take(self, news: Mapping[str, Any] | None) -> None:
        if news != self.news:
            self.news = news
            self.changed.emit()

    def _ended(self, job: Job, event: Event) -> None:
        if job.kind == "scan":
            self._take(None)
        if job.kind in ("scan", "look"):
            spent = time.monotonic() - self._began if job.kind == "look" else 0.0
            self._timer.start(round(1000 * max(SECONDS, spent / SHARE)))

    def _give_way(self) -> None:
        """What the user asked for does not wait for a look."""
        look = self._session.running("look")
        if look is not None and any(job.role == "worker" and job is not look for job in self._session.jobs):
            self._session.cancel(look)

    def _came_back(self, state: Qt.ApplicationState) -> None:
        """Files are mostly changed in another program: look as soon as the user is back."""
        if state == Qt.ApplicationState.ApplicationActive and self._timer.isActive():
            self._timer.start(300)


KINDS = ("added", "changed", "removed")


def say_news(page: "Page") -> None:
    """Show in the page what changed in the folder since it was read, and offer to read it."""
    watching = page.session.watching
    news = watching.news
    if news is None or page.session.running("scan") is not None:
        page.clear_banner("news")
    elif not news["reached"]:
        text = words.translate(
            "Watching",
            "The folder cannot be reached any more: is the drive connected? What was read is kept, and you can go on "
            "with it.",
        )
        page.show_banner("news", "careful", text, words.translate("Watching", "Look again"), watching.look)
    else:
        text = _told(news)
        page.show_banner("news", "info", text, words.translate("Watching", "Read them"), page.session.scan)


def _told(news: Mapping[str, Any]) -> str:
    counted = {
        "added": words.QT_TRANSLATE_NOOP("Watching", "%n new file(s)"),
        "changed": words.QT_TRANSLATE_NOOP("Watching", "%n changed file(s)"),
        "removed": words.QT_TRANSLATE_NOOP("Watching", "%n vanished file(s)"),
    }
    found = [words.translate("Watching", text, "", news[kind]) for kind, text in counted.items() if news[kind]]
    return words.translate("Watching", "The folder is not as it was read: {changes}.").format(changes=", ".join(found))
