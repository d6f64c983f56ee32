"""What can be done in the window: open a folder, change the recipe, scan, measure, train.

Pages read where things stand and ask here; nothing else in the window keeps state.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from core.errors import UserError
from core.events import Event, Failed, Result
from gui import facts, steps, words
from gui.engine_client import EngineClient
from gui.job_board import Job
from gui.settings import Settings
from gui.standing import Standing
from gui.watching import Watching

if TYPE_CHECKING:
    from core.project.project import Project
    from core.recipe import Recipe
    from core.requests import Request
    from gui.opening import Opened

FIRST_PEEK_MILLISECONDS = 250
PEEK_MILLISECONDS = 1500  # how often the pictures are looked at anew while a scan runs


class Session(Standing):
    """Lives as long as the window."""

    def __init__(self, client: EngineClient, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(client, settings, parent)
        self._opening = False
        self._advised_with = ""  # the backbone that the last advice was asked for
        self._open_next: tuple[Path, str] | None = None
        self._add_next: tuple[Path, ...] = ()
        self._peek = QTimer(self)
        self._peek.timeout.connect(self._look_on)
        self.board.ended.connect(self._job_ended)
        self.shelf.written.connect(self.summarise)
        self.shelf.settled.connect(self.advise)
        self.shelf.refused.connect(lambda failed: self._complain(UserError(failed.code, **failed.params)))
        self.keeper.changed.connect(self._recipe_changed)
        self.keeper.not_kept.connect(self._complain)
        self.watching = Watching(self)

    def open_folder(self, path: Path, page: str = "data") -> None:
        """Open a folder of pictures or a project; the scan begins at once and `page` comes to the front."""
        if self.running("train", "race") is not None:
            self.notice.emit("careful", self.tr("Training is still running. Stop it before you open another folder."))
            return
        if self._opening:  # two at once would each find the project held by the other
            self._open_next = (path, page)
            return
        self._opening = True
        standing = self.project

        def opened(found: "Opened") -> None:
            self._opened(found, page)
            self._open_waiting()

        def failed(error: Exception) -> None:
            self._add_next = ()
            self._open_waiting()
            self._complain(error)

        self.background.run(lambda: _open(path, standing), opened, failed)

    def open_together(self, paths: Sequence[Path]) -> None:
        """Open the first of several places and add the others to it."""
        self._add_next = tuple(paths[1:])
        self.open_folder(paths[0])

    def _open_waiting(self) -> None:
        """Open what was asked for while something else was being opened."""
        self._opening = False
        wanted, self._open_next = self._open_next, None
        if wanted is not None:
            self.open_folder(*wanted)

    def close_project(self) -> None:
        """Put the project away; the start page comes back."""
        self._leave()
        self.project_changed.emit()

    def _leave(self) -> None:
        self.keeper.flush()
        self.board.cancel_all()
        self._peek.stop()
        project = self.project
        if project is not None:
            self.background.run(project.close)
        self.project, self.folder, self.opened_path, self.read_only = None, None, None, False
        self.undo.clear()
        backbones = self.result("list_backbones")  # these are the machine's, not the project's
        self.board.forget()
        if backbones is not None:
            self.board.set_result("list_backbones", backbones)
        self.keeper.fill(None, None)
        self.run_list.fill(None, ())
        self.shelf.fill(None)

    def _opened(self, opened: "Opened", page: str) -> None:
        project = opened.project
        if project is self.project:
            self.project = None  # it stays open
        self._leave()
        self.project, self.folder, self.opened_path = project, opened.folder, opened.path
        self.read_only = project.read_only
        self.keeper.fill(opened.recipe, None if self.read_only else project.folder)
        self.run_list.fill(project.runs_folder, opened.runs)
        self.shelf.fill(project.folder, opened.facts)
        if opened.summary:
            self.board.set_result("scan", opened.summary)
        self.project_changed.emit()
        self.go_to.emit(page)
        if self.read_only:
            self._complain(_why_read_only(project))
            return
        self.shelf.remember(opened.edits)
        self.list_backbones()  # first: it needs a moment, where a scan may need minutes
        more, self._add_next = self._add_next, ()
        if not self.add_folders(more):
            self.scan()

    def _complain(self, error: Exception) -> None:
        """A user error becomes a banner; anything else is a bug and is raised."""
        if not isinstance(error, UserError):
            raise error
        message, hint = words.fault_message(error.code, error.params), words.fault_hint(error.code, error.params)
        self.notice.emit("bad", f"{message} {hint}")

    def replace(self, recipe: "Recipe", text: str = "") -> None:
        """Change the recipe; undoable."""
        self.keeper.replace(recipe, text or self.tr("Change the recipe"))

    def set_value(self, path: str, value: object) -> None:
        """Change one field of the recipe; undoable. Raises UserError BAD_VALUE."""
        self.keeper.set_value(path, value)

    def _recipe_changed(self, before: "Recipe", after: "Recipe") -> None:
        self.recipe_changed.emit()
        if before.data.model_copy(update={"on_conflict": after.data.on_conflict}) != after.data:
            self.scan()
        elif (before.data, before.split, before.seed) != (after.data, after.split, after.seed):
            if after.split.folds > 1 and after.split.fold > after.split.folds:
                self.set_value("split.fold", after.split.folds)
            self.summarise()
            self.shelf.settle_soon()
        elif before.backbone != after.backbone:
            self.advise()

    def summarise(self) -> None:
        """Work out anew what follows from edits, unless a scan is about to do so."""
        if self.project is None or self.read_only or self.running("scan") is not None:
            return
        from core.requests import Summarise

        self._stop("summarise")
        request = Summarise(project=str(self.project.folder), recipe=self.recipe)
        self.start(request, self._summarised, lambda failed: self._complain(UserError(failed.code, **failed.params)))

    def _summarised(self, summary: Mapping[str, Any]) -> None:
        if self.running("scan") is None:
            self.board.set_result("scan", summary)
            self.shelf.reload()

    def start(
        self,
        request: "Request",
        done: Callable[[Mapping[str, Any]], object] | None = None,
        failed: Callable[[Failed], object] | None = None,
    ) -> Job:
        """Send any request; `done(value)` or `failed(event)` follows in the window's thread."""
        return self.board.start(request, done, failed)

    def cancel(self, job: Job) -> None:
        self.board.cancel(job)

    def steer(self, action: str, value: float | None = None) -> None:
        """Tell a wish to the running training: decay, set_rate, pause, go_on, unfreeze, snapshot, stop."""
        job = self.running("train")
        if job is not None:
            self.board.steer(job, action, value)

    def add_folders(self, paths: Sequence[Path]) -> bool:
        """Add the pictures of more folders, tables or archives to the project; undoable. Whether any was new."""
        if self.project is None or self.read_only:
            return False
        standing = (self.recipe.data.folder, *self.recipe.data.more_folders)
        new = [str(path) for path in paths if str(path) not in standing]
        if new:
            self.set_value("data.more_folders", (*standing[1:], *new))
        return bool(new)

    def scan(self) -> None:
        """Read the folder (what has not changed costs nothing); when it is done, the advice follows."""
        if self.project is None or self.read_only:
            return
        from core.requests import Scan

        self._stop("scan")
        self.start(Scan(project=str(self.project.folder), recipe=self.recipe, brief=True))
        self._peek.start(FIRST_PEEK_MILLISECONDS)

    def list_backbones(self) -> None:
        from core.requests import ListBackbones

        if self.running("list_backbones") is None:
            self.start(ListBackbones())

    def advise(self) -> None:
        """Measure size and similarity, where there are pictures and a backbone, and nothing is training."""
        if self.project is None or self.read_only or facts.advice_block(self) or self.running("train", "race"):
            return
        from core.requests import Advise

        self._stop("advise")
        self._advised_with = self._backbone_name()
        self.start(Advise(project=str(self.project.folder), recipe=self.recipe))

    def _backbone_name(self) -> str:
        return str((facts.backbone(self) or {}).get("name", ""))

    def train(self) -> Job | None:
        """Train a new run with the recipe as it stands; None, and a notice, where that cannot be."""
        from core.requests import Train

        project = self._ready_to_train()
        if project is None:
            return None
        run = str(project.new_run_folder())
        return self._learn(Train(project=str(project.folder), recipe=self.recipe, run=run))

    def find_twins(self) -> None:
        """Let the backbone look for twins; what follows for the split is worked out when it is done."""
        if self.project is None or self.read_only or self.running("find_twins", "train", "race", "cross_validate"):
            return
        from core.requests import FindTwins

        request = FindTwins(project=str(self.project.folder), recipe=self.recipe)
        self.start(request, lambda value: self.summarise(), self._failed_aloud)

    def cross_validate(self) -> None:
        """Train every fold."""
        from core.requests import CrossValidate

        project = self._ready_to_train()
        if project is not None and not self.running("find_twins", "cross_validate"):
            out = str(project.new_run_folder())
            request = CrossValidate(project=str(project.folder), recipe=self.recipe, out=out)
            self._stop("advise")
            self.start(request, failed=self._failed_aloud)

    def _failed_aloud(self, failed: Failed) -> None:
        self._complain(UserError(failed.code, **failed.params))

    def race(self, seconds: float | None = None) -> Job | None:
        """Train every strategy on the same budget; None leaves it to Graft."""
        from core.requests import Race

        project = self._ready_to_train()
        if project is None:
            return None
        out = str(project.new_run_folder())
        return self._learn(Race(project=str(project.folder), recipe=self.recipe, out=out, seconds=seconds))

    def resume_race(self, folder: Path) -> Job | None:
        """Go on with a race that was interrupted."""
        from core.requests import ResumeRace

        return None if self.read_only or self.running("train", "race") else self._learn(ResumeRace(out=str(folder)))

    def resume(self, run: Path) -> Job | None:
        """Go on with a run that was interrupted."""
        from core.requests import Resume

        return None if self.read_only or self.running("train", "race") else self._learn(Resume(run=str(run)))

    def find_rate(self, done: Callable[[Mapping[str, Any]], object], failed: Callable[[Failed], object]) -> Job | None:
        """Try learning rates; `done(value)` or `failed(event)` follows. None where nothing can be trained."""
        from core.requests import FindRate

        project = self._ready_to_train()
        if project is None:
            return None
        self._stop("advise")  # as for a training
        return self.start(FindRate(project=str(project.folder), recipe=self.recipe), done, failed)

    def _ready_to_train(self) -> "Project | None":
        reason = steps.train_block(facts.situation(self))
        if reason:
            self.notice.emit("careful", reason)
        return None if reason or self.running("train", "race") else self.project

    def _learn(self, request: "Request") -> Job:
        self._stop("advise")  # it must not keep a training waiting; its features are in the cache
        self.run_list.choose(None)
        job = self.start(request)
        self.run_changed.emit()
        return job

    def _stop(self, kind: str) -> None:
        standing = self.running(kind)
        if standing is not None:
            self.cancel(standing)

    def choose_run(self, path: Path | None) -> None:
        """Let the pages from Train to Export speak about this run."""
        self.run_list.choose(path)

    def close(self) -> None:
        """The window closes: write what waits. Safe to call twice."""
        self.keeper.flush()
        self.background.wait()
        self.shelf.wait()
        self.undo.blockSignals(True)
        if self.project is not None:
            self.project.close()
            self.project = None

    def _look_on(self) -> None:
        """See what the scan has found so far; where reading takes long, less often."""
        self._peek.setInterval(max(PEEK_MILLISECONDS, round(10_000 * self.shelf.seconds_to_read)))
        self.shelf.reload()

    def _advice_is_due(self) -> bool:
        """There is none yet, or it is about another backbone than the one that serves now."""
        name = self._backbone_name()
        if self.running("advise"):
            return self._advised_with not in ("", name)
        advice = self.result("advise")
        return advice is None or (bool(name) and advice.get("backbone") != name)

    def _job_ended(self, job: Job, event: Event) -> None:
        if job.kind == "scan" and self.running("scan") is None:
            self._peek.stop()
            if isinstance(event, Result) and event.value.get("folder"):
                self.folder = Path(event.value["folder"])  # an archive that changed is unpacked to another place
            self.shelf.reload()
            self.advise()
        elif job.kind in ("fetch_backbone", "import_backbone"):
            self.list_backbones()
        elif job.kind == "list_backbones" and self._advice_is_due() and not self.running("scan"):
            self.advise()
        elif job.kind in ("train", "race"):
            if job.kind == "race" and isinstance(event, Result):
                self.run_list.choose(Path(event.value["strategies"][0]["run"]))
            self.run_list.reload()


def _open(path: Path, standing: "Project | None") -> "Opened":
    from gui.opening import open_path

    return open_path(path, standing)


def _why_read_only(project: "Project") -> UserError:
    if project.holder:
        return UserError("LOCKED", holder=project.holder)
    return UserError("CANNOT_WRITE", path=str(project.folder), reason="read-only")
