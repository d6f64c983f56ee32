"""What can be asked of the engine: scan, measure, train, race, go on; each only where it makes sense.

Whoever asks gets a job; what comes of it is heard through the session's signals.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from core.errors import UserError
from core.events import Failed
from gui import facts, steps, words
from gui.engine_client import EngineClient
from gui.job_board import Job
from gui.settings import Settings
from gui.standing import Standing

if TYPE_CHECKING:
    from core.project.project import Project
    from core.requests import Request

FIRST_PEEK_MILLISECONDS = 100
PEEK_MILLISECONDS = 1500  # how often the pictures are looked at anew while a scan runs


class Tasks(Standing):
    def __init__(self, client: EngineClient, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(client, settings, parent)
        self._advised_with = ""  # the backbone that the last advice was asked for
        self._peek = QTimer(self)
        self._peek.timeout.connect(self._look_on)

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

    def scan(self) -> None:
        """Read the folder (what has not changed costs nothing); when it is done, the advice follows."""
        if self.project is None or self.read_only:
            return
        from core.requests import Scan

        self._stop("scan")
        self.start(Scan(project=str(self.project.folder), recipe=self.recipe, brief=True))
        self._peek.start(FIRST_PEEK_MILLISECONDS)

    def _look_on(self) -> None:
        """See what the scan has found so far: often until there is something, where reading takes long seldom."""
        usual = PEEK_MILLISECONDS if self.shelf.facts.shown else FIRST_PEEK_MILLISECONDS
        self._peek.setInterval(max(usual, round(10_000 * self.shelf.seconds_to_read)))
        self.shelf.reload()

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

    def _advice_is_due(self) -> bool:
        """There is none yet, or it is about another backbone than the one that serves now."""
        name = self._backbone_name()
        if self.running("advise"):
            return self._advised_with not in ("", name)
        advice = self.result("advise")
        return advice is None or (bool(name) and advice.get("backbone") != name)

    def _backbone_name(self) -> str:
        return str((facts.backbone(self) or {}).get("name", ""))

    def find_twins(self) -> None:
        """Let the backbone look for twins; what follows for the split is worked out when it is done."""
        if self.project is None or self.read_only or self.running("find_twins", "train", "race", "cross_validate"):
            return
        from core.requests import FindTwins

        request = FindTwins(project=str(self.project.folder), recipe=self.recipe)
        self.start(request, lambda value: self.summarise(), self._failed_aloud)

    def train(self) -> Job | None:
        """Train a new run with the recipe as it stands; None, and a notice, where that cannot be."""
        from core.requests import Train

        project = self._ready_to_train()
        if project is None:
            return None
        run = str(project.new_run_folder())
        return self._learn(Train(project=str(project.folder), recipe=self.recipe, run=run))

    def resume(self, run: Path) -> Job | None:
        """Go on with a run that was interrupted."""
        from core.requests import Resume

        return None if self.read_only or self.running("train", "race") else self._learn(Resume(run=str(run)))

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

    def cross_validate(self) -> None:
        """Train every fold."""
        from core.requests import CrossValidate

        project = self._ready_to_train()
        if project is not None and not self.running("find_twins", "cross_validate"):
            out = str(project.new_run_folder())
            request = CrossValidate(project=str(project.folder), recipe=self.recipe, out=out, go_on=True)
            self._stop("advise")
            self.start(request, failed=self._failed_aloud)

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

    def _failed_aloud(self, failed: Failed) -> None:
        self._complain(UserError(failed.code, **failed.params))

    def _complain(self, error: Exception) -> None:
        """A user error becomes a banner; anything else is a bug and is raised."""
        if not isinstance(error, UserError):
            raise error
        message, hint = words.fault_message(error.code, error.params), words.fault_hint(error.code, error.params)
        self.notice.emit("bad", f"{message} {hint}")
