"""The runs of the open project as last read from disk, and which of them the pages speak about."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gui.background import Background
from gui.job_board import JobBoard

if TYPE_CHECKING:
    from core.project.runs import Run
    from gui.opening import RunFacts


class RunList(QObject):
    changed = Signal()

    def __init__(self, board: JobBoard, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._board, self._background = board, background
        self._folder: Path | None = None
        self._runs: tuple[RunFacts, ...] = ()
        self._chosen: Path | None = None

    def fill(self, folder: Path | None, runs: "tuple[RunFacts, ...]") -> None:
        self._folder, self._runs, self._chosen = folder, runs, None
        self.changed.emit()

    def reload(self) -> None:
        from gui.opening import read_runs

        folder = self._folder
        if folder is not None:
            self._background.run(lambda: read_runs(folder), lambda found: self._take(folder, found))

    def all(self) -> "list[RunFacts]":
        """Oldest first."""
        return list(self._runs)

    def choose(self, path: Path | None) -> None:
        self._chosen = path
        self.changed.emit()

    @property
    def current(self) -> "Run | None":
        """The run that runs, else the one chosen, else the latest."""
        job = self._board.running("train")
        if job is not None and job.run is not None:
            from core.project.runs import Run

            return Run(Path(job.run))
        chosen = self._of(self._chosen) or (self._runs[-1] if self._runs else None)
        return None if chosen is None else chosen.run

    @property
    def trained(self) -> "RunFacts | None":
        """The one chosen if it is complete, else the latest that is."""
        chosen = self._of(self._chosen)
        if chosen is not None and chosen.complete:
            return chosen
        return next((run for run in reversed(self._runs) if run.complete), None)

    @property
    def report(self) -> Mapping[str, Any] | None:
        return None if self.trained is None else self.trained.report

    @property
    def unfinished(self) -> "Run | None":
        """The run chosen, or else the latest, if that began and was interrupted."""
        if not self._runs or self._board.running("train") is not None:
            return None
        likely = (self._of(self._chosen), self._runs[-1])
        return next((facts.run for facts in likely if facts and facts.resolved and not facts.complete), None)

    def _take(self, folder: Path, runs: "tuple[RunFacts, ...]") -> None:
        if folder == self._folder:
            self._runs = runs
            self.changed.emit()

    def _of(self, path: Path | None) -> "RunFacts | None":
        return next((run for run in self._runs if run.run.folder == path), None)
