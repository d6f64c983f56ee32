"""Follows the training: its curve, whether it is paused, how fast it is; live, caught up with, or from disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.events import Advice, Batch, Epoch, Steered
from gui.machine import Speed
from gui.run_curve import read_curve, read_resolved
from gui.widgets.curve_data import CurveData

if TYPE_CHECKING:
    from core.events import Event
    from gui.job_board import Job
    from gui.session import Session


class TrainingWatch(QObject):
    """`data` is what is shown: of the run that trains, else of the run that the session speaks about.

    `moved` comes with every point, `turned` when another curve or state took over.
    """

    moved = Signal()
    turned = Signal()

    def __init__(self, session: "Session", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.data = CurveData()
        self.paused = False
        self.speed = Speed()
        self.resolved: Mapping[str, Any] = {}
        self._job = ""
        self._shown: tuple[Path, bool] | None = None
        self._unread: list[Event] | None = None
        self._joined = False  # something was heard of this training that tells where it is

    @property
    def steps_now(self) -> bool:
        """Whether the training that runs has taken a step; a run that goes on needs a while to get there."""
        return self._joined

    def hear(self, event: "Event") -> None:
        """Every event of the engine; those of the running training count."""
        if not isinstance(event, (Batch, Epoch, Steered, Advice)):
            return
        job = self.session.running("train")
        if job is None or event.job != job.id:
            return
        self._adopt(job)
        if self._unread is not None:
            self._unread.append(event)
        else:
            self._take(event)

    def follow(self) -> None:
        """Turn to what the session speaks about now."""
        job = self.session.running("train")
        if job is not None:
            self._adopt(job)
        else:
            self._follow_standing_run()

    def _take(self, event: "Event") -> None:
        if isinstance(event, (Batch, Steered)) and not self._joined:
            self._joined = True
            self.data.turn_back(event.step)  # what was done later, as the run has it on disk, is said again
            self.turned.emit()
        if isinstance(event, Steered) and event.action in ("pause", "go_on"):
            self.paused = event.action == "pause"
            self.speed.pause()
            self.turned.emit()
        if isinstance(event, Batch):
            self.speed.step(event.step)
            self._look_up_what_was_resolved()
        if self.data.add(event):
            self.moved.emit()

    def _adopt(self, job: "Job") -> None:
        """A training has just begun; what it said before anybody listened is read from its run."""
        if job.id == self._job:
            return
        before = self.data if self._shown is not None and str(self._shown[0]) == job.run else CurveData()
        self._job, self.paused, self.resolved, self.speed = job.id, False, {}, Speed()
        self._joined = False
        self._show(before)
        if job.run is None:
            return
        folder, identity = Path(job.run), job.id
        self._shown, self._unread = (folder, False), []
        self.session.background.run(lambda: read_curve(folder), lambda data: self._catch_up(identity, data))

    def _catch_up(self, identity: str, data: CurveData) -> None:
        if identity != self._job or self._unread is None:
            return
        heard, self._unread = self._unread, None
        self._show(data)
        for event in heard:
            self._take(event)

    def _follow_standing_run(self) -> None:
        """Nothing runs: the curve of the session's run, read off the window's thread."""
        if self._is_still_unlisted():
            return
        run = self.session.run
        if run is None:
            if self._shown is not None:
                self._shown, self._job, self.resolved = None, "", {}
                self._show(CurveData())
            return
        known = next((row for row in self.session.runs() if row.run.folder == run.folder), None)
        wanted = (run.folder, known is not None and known.complete)
        if wanted == self._shown:
            return
        if self._shown is None or self._shown[0] != wanted[0]:
            self._job, self.resolved = "", {}
        self._shown, self.paused = wanted, False
        folder = run.folder
        self._look_up_what_was_resolved()
        self.session.background.run(lambda: read_curve(folder), lambda data: self._standing_curve(wanted, data))

    def _is_still_unlisted(self) -> bool:
        """A training that has just ended stays in sight until the list of runs was read anew and holds it; one that
        was discarded is gone."""
        project, seen = self.session.project, len(self.data.epochs) or len(self.data.steps)
        discarded = any(mark.action == "discard" for mark in self.data.marks)
        if project is None or self._shown is None or not self._job or not seen or discarded:
            return False
        folder = self._shown[0]
        return folder.parent == project.runs_folder and all(row.run.folder != folder for row in self.session.runs())

    def _standing_curve(self, wanted: tuple[Path, bool], data: CurveData) -> None:
        if wanted != self._shown or self.session.running("train") is not None:
            return
        if self._job and len(self.data.epochs) >= len(data.epochs):  # watched live: it holds every batch as well
            self.data.best = data.best if data.best is not None else self.data.best
            self.data.version += 1
            self.turned.emit()
        else:
            self._show(data)

    def _look_up_what_was_resolved(self) -> None:
        """The run's device, precision and batch size: there once its first step was done."""
        if self.resolved or self._shown is None:
            return
        folder = self._shown[0]
        self.resolved = {"asked": True}
        self.session.background.run(lambda: read_resolved(folder), lambda found: self._resolved(folder, found))

    def _resolved(self, folder: Path, found: Mapping[str, Any]) -> None:
        if self._shown is not None and self._shown[0] == folder:
            self.resolved = found or self.resolved
            self.turned.emit()

    def _show(self, data: CurveData) -> None:
        self.data = data
        self.turned.emit()
