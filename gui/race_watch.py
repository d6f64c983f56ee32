"""Follows the race: live, or the last one that the project keeps."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.events import Result
from gui.widgets.race_data import RaceData, of_race

if TYPE_CHECKING:
    from core.events import Event
    from core.project.races import Race
    from gui.session import Session


class RaceWatch(QObject):
    """`data` is what is shown; `unfinished` the folder of a race that was interrupted and can go on."""

    moved = Signal()

    def __init__(self, session: "Session", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.data = RaceData()
        self.unfinished: Path | None = None
        self._job = ""
        session.received.connect(self.hear)
        session.project_changed.connect(self._another_project)
        session.board.ended.connect(self._ended)
        self._another_project()

    def hear(self, event: "Event") -> None:
        """Every event of the engine; those of the running race count."""
        job = self.session.running("race")
        if job is None or event.job != job.id:
            return
        if job.id != self._job:
            self._job = job.id
            if not hasattr(job.request, "out") or self.unfinished != Path(job.request.out):
                self.data = RaceData()  # another race; one that goes on keeps its curves
            self.unfinished = None
        if self.data.add(event):
            self.moved.emit()

    def _ended(self, job: object, event: object) -> None:
        if getattr(job, "kind", "") != "race":
            return
        if isinstance(event, Result):
            self.data.result = event.value
            self.data.version += 1
            self.moved.emit()
        else:
            self._look()

    def _another_project(self) -> None:
        self.data, self.unfinished = RaceData(), None
        self.moved.emit()
        self._look()

    def _look(self) -> None:
        """Read the project's last race from the disk, off the window's thread."""
        from core.project.races import latest_race

        project = self.session.project
        if project is not None:
            folder = project.runs_folder
            self.session.background.run(lambda: latest_race(folder), lambda race: self._found(folder, race))

    def _found(self, folder: Path, race: "Race | None") -> None:
        project = self.session.project
        if project is None or project.runs_folder != folder or self.session.running("race") is not None:
            return
        self.unfinished = race.folder if race is not None and not race.complete else None
        self.data = of_race(race) if race is not None else RaceData()
        self.moved.emit()
