"""What can be done in the window: open a folder, change the recipe, and all that `gui.tasks` asks of the engine.

Pages read where things stand and ask here; nothing else in the window keeps state.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.errors import UserError
from core.events import Advice, Event, Result
from gui import words
from gui.engine_client import EngineClient
from gui.job_board import Job
from gui.settings import Settings
from gui.tasks import Tasks
from gui.watching import Watching

if TYPE_CHECKING:
    from core.project.project import Project
    from core.recipe import Recipe
    from gui.opening import Opened


class Session(Tasks):
    """Lives as long as the window."""

    held_elsewhere = Signal(str)  # the machine that holds the project, which may be gone

    def __init__(self, client: EngineClient, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(client, settings, parent)
        self._opening = False
        self._open_next: tuple[Path, str] | None = None
        self._add_next: tuple[Path, ...] = ()
        self.board.received.connect(self._heard)
        self.board.ended.connect(self._job_ended)
        self.shelf.written.connect(self.summarise)
        self.shelf.settled.connect(self.advise)
        self.shelf.refused.connect(lambda failed: self._complain(UserError(failed.code, **failed.params)))
        self.keeper.changed.connect(self._recipe_changed)
        self.keeper.not_kept.connect(self._complain)
        self.watching = Watching(self)

    def open_folder(self, path: Path, page: str = "data") -> None:
        """Open a folder of pictures or a project; the scan begins at once and `page` comes to the front."""
        if self.running("train", "race", "cross_validate") is not None:
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

    def take_over(self) -> None:
        """Write to the open project, whose holder on another machine is gone."""
        project, path = self.project, self.opened_path
        if project is not None and path is not None:
            self.background.run(project.take_over, lambda _: self.open_folder(path), self._complain)

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
        if opened.folds:
            self.board.set_result("cross_validate", opened.folds)
        self.project_changed.emit()
        self.go_to.emit(page)
        if opened.unknown:
            said = self.tr(
                "This version of Graft does not have some choices of this project; they stand as usual: {names}"
            )
            self.notice.emit("careful", said.format(names=", ".join(opened.unknown)))
        if self.read_only:
            self._complain(_why_read_only(project))
            if project.holder is not None and project.holder.is_elsewhere:
                self.held_elsewhere.emit(project.holder.host)
            return
        self.shelf.remember(opened.edits)
        self.list_backbones()  # first: it needs a moment, where a scan may need minutes
        more, self._add_next = self._add_next, ()
        if not self.add_folders(more):
            self.scan()

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

    def add_folders(self, paths: Sequence[Path]) -> bool:
        """Add the pictures of more folders, tables or archives to the project; undoable. Whether any was new."""
        if self.project is None or self.read_only:
            return False
        standing = (self.recipe.data.folder, *self.recipe.data.more_folders)
        new = [str(path) for path in paths if str(path) not in standing]
        if new:
            self.set_value("data.more_folders", (*standing[1:], *new))
        return bool(new)

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

    def _heard(self, event: Event) -> None:
        """That a race or a cross-validation waits for room on the disk is told here: it has no page that would."""
        if isinstance(event, Advice) and event.code in ("DISK_FULL", "CANNOT_WRITE"):
            job = self.board.job(event.job)
            if job is not None and job.kind != "train":
                self._complain(UserError(event.code, **event.params))

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
        elif job.kind in ("train", "race", "cross_validate"):
            if job.kind == "race" and isinstance(event, Result):
                self.run_list.choose(Path(event.value["strategies"][0]["run"]))
            self.run_list.reload()
            self._say_what_changed(len({found.path for found in job.problems if found.code == "CHANGED"}))

    def _say_what_changed(self, pictures: int) -> None:
        if pictures:
            text = self.tr(
                "%n picture(s) changed or vanished after the folder was read. The training did without them, or used "
                "what was read. Read the folder again.",
                "",
                pictures,
            )
            self.notice.emit("careful", words.plural(text, pictures))


def _open(path: Path, standing: "Project | None") -> "Opened":
    from gui.opening import open_path

    return open_path(path, standing)


def _why_read_only(project: "Project") -> UserError:
    if project.holder:
        return UserError("LOCKED", holder=str(project.holder))
    return UserError("CANNOT_WRITE", path=str(project.folder), reason="read-only")
