"""Where things stand: the project, the recipe, the pictures, the runs, and what the engine does at the moment.

All of the window's state is here, to be read; `gui.session` is what changes it. Every change is told by a signal.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from core.events import Failed
from gui import facts, steps
from gui.background import Background
from gui.engine_client import EngineClient
from gui.job_board import Job, JobBoard
from gui.recipe_keeper import RecipeKeeper
from gui.run_list import RunList
from gui.settings import Settings
from gui.shelf import Shelf

if TYPE_CHECKING:
    from core.project.index import Picture
    from core.project.project import Project
    from core.project.runs import Run
    from core.recipe import Recipe
    from gui.opening import RunFacts


class Standing(QObject):
    """Signals come in the window's thread."""

    project_changed = Signal()
    recipe_changed = Signal()
    dataset_changed = Signal()
    result_changed = Signal(str)
    jobs_changed = Signal()
    progressed = Signal(object)
    received = Signal(object)
    states_changed = Signal()
    run_changed = Signal()
    go_to = Signal(str)
    notice = Signal(str, str)  # kind and text of a banner in the visible page

    def __init__(self, client: EngineClient, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.client, self.settings = client, settings
        self.undo = QUndoStack(self)
        self.background = Background(self)
        self.board = JobBoard(client, self)
        self.shelf = Shelf(self.board, self.undo, self)
        self.keeper = RecipeKeeper(self.background, self.undo, self)
        self.run_list = RunList(self.board, self.background, self)
        self.project: Project | None = None
        self.folder: Path | None = None
        self.opened_path: Path | None = None  # what the user opened: the folder, or the project's own
        self.read_only = False
        self._relay()

    def _relay(self) -> None:
        self.board.jobs_changed.connect(self.jobs_changed)
        self.board.progressed.connect(self.progressed)
        self.board.received.connect(self.received)
        self.board.result_changed.connect(self.result_changed)
        self.shelf.changed.connect(self.dataset_changed)
        self.run_list.changed.connect(self.run_changed)
        for signal in (
            self.project_changed, self.recipe_changed, self.dataset_changed, self.result_changed, self.jobs_changed,
            self.progressed, self.run_changed,
        ):  # fmt: skip
            signal.connect(self._states_may_differ)

    @property
    def recipe(self) -> "Recipe":
        """The choices as they stand; the usual ones while no project is open."""
        return self.keeper.recipe

    def picture_at(self, path: str) -> "Picture | None":
        """The picture at a path relative to the data folder, if `shelf.look_up` has met it."""
        return self.shelf.at(path)

    def thumbnail_of(self, picture: "Picture") -> Path:
        from core.project.index import thumbnail_path

        return thumbnail_path(picture.content_hash)

    @property
    def jobs(self) -> tuple[Job, ...]:
        return self.board.jobs

    def running(self, *kinds: str) -> Job | None:
        return self.board.running(*kinds)

    def result(self, kind: str) -> Mapping[str, Any] | None:
        """The last result of a kind of job in this project; after opening also what is known from disk."""
        return self.board.result(kind)

    def failure(self, kind: str) -> Failed | None:
        return self.board.failure(kind)

    def runs(self) -> "list[RunFacts]":
        """The runs of the project as last read from disk, oldest first."""
        return self.run_list.all()

    @property
    def run(self) -> "Run | None":
        """The run that Train shows: the one that runs, else the one chosen, else the latest."""
        return self.run_list.current

    @property
    def trained(self) -> "RunFacts | None":
        """The run that Evaluate, Predict and Export speak about: the one chosen if complete, else the latest such."""
        return self.run_list.trained

    @property
    def report(self) -> Mapping[str, Any] | None:
        """The report of `trained`."""
        return self.run_list.report

    @property
    def unfinished(self) -> "Run | None":
        """The run chosen, or else the latest, if that was interrupted: offer `resume(run.folder)`."""
        return self.run_list.unfinished

    def states(self) -> Mapping[str, steps.StepState]:
        """The state of each step, by its page's name."""
        return steps.states(facts.situation(self))

    def _states_may_differ(self, *_: object) -> None:
        self.states_changed.emit()
