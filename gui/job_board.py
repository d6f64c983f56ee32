"""The one runner for all that the engine does for the window: what runs, how far it is, what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.errors import Problem
from core.events import Event, Failed, Found, Progress, Result, Started, Steer, Steered, Stopped
from gui.engine_client import EngineClient

if TYPE_CHECKING:
    from core.requests import Request

# Requests by class name; to resume is to train.
KINDS: Mapping[str, str] = {
    "Scan": "scan",
    "Summarise": "summarise",
    "FindTwins": "find_twins",
    "CrossValidate": "cross_validate",
    "Look": "look",
    "Edit": "edit",
    "EditClass": "edit",
    "PartTwins": "edit",
    "TakeBack": "edit",
    "ListBackbones": "list_backbones",
    "ReadCatalogue": "read_catalogue",
    "FetchBackbone": "fetch_backbone",
    "DiscardDownload": "discard_download",
    "MeasureBackbone": "measure_backbone",
    "ImportBackbone": "import_backbone",
    "PackBackbones": "pack_backbones",
    "DescribeBackbone": "describe_backbone",
    "Preview": "preview",
    "Predict": "predict",
    "Explain": "explain",
    "Advise": "advise",
    "Rank": "rank",
    "Train": "train",
    "FindRate": "find_rate",
    "Resume": "train",
    "Race": "race",
    "ResumeRace": "race",
    "Evaluate": "evaluate",
    "Examine": "examine",
    "Settle": "settle",
    "TryViews": "try_views",
    "Map": "map",
    "CheckLabels": "check_labels",
    "Compare": "compare",
    "Combine": "combine",
    "WriteReport": "write_report",
    "Export": "export",
}
# Short work that nobody waits for is not worth a line in the activity bar.
SILENT = frozenset(
    {
        "edit",
        "look",
        "summarise",
        "list_backbones",
        "read_catalogue",
        "discard_download",
        "describe_backbone",
        "preview",
        "explain",
    }
)


@dataclass(slots=True, eq=False)
class Job:
    """One request on its way. `run` is the folder of the run it makes or goes on with, where there is one; `fold` says
    which of several trainings `progress` is about."""

    id: str
    kind: str
    request: "Request"
    begun: bool = False
    progress: Progress | None = None
    fold: Progress | None = None
    cancelling: bool = False
    paused: bool = False  # by the user, or since the disk is full
    problems: list[Problem] = field(default_factory=list)
    done: Callable[[Mapping[str, Any]], object] | None = None
    failed: Callable[[Failed], object] | None = None

    @property
    def role(self) -> str:
        return self.request.role

    @property
    def run(self) -> str | None:
        return getattr(self.request, "run", None)

    @property
    def silent(self) -> bool:
        return self.kind in SILENT


class JobBoard(QObject):
    """Keeps the jobs that run and, by kind, the last result and the last failure."""

    jobs_changed = Signal()
    progressed = Signal(object)
    received = Signal(object)
    result_changed = Signal(str)
    ended = Signal(object, object)  # the job, and the event that ended it

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self._jobs: dict[str, Job] = {}
        self._results: dict[str, Mapping[str, Any]] = {}
        self._failures: dict[str, Failed] = {}
        client.received.connect(self._hear)

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(self._jobs.values())

    def running(self, *kinds: str) -> Job | None:
        """The first unfinished job of one of the kinds."""
        return next((job for job in self._jobs.values() if job.kind in kinds), None)

    def job(self, identity: str) -> Job | None:
        return self._jobs.get(identity)

    def result(self, kind: str) -> Mapping[str, Any] | None:
        return self._results.get(kind)

    def failure(self, kind: str) -> Failed | None:
        """Why the last job of the kind failed; None once one went well or has begun anew."""
        return self._failures.get(kind)

    def set_result(self, kind: str, value: Mapping[str, Any] | None) -> None:
        """Put in what is known from disk, or forget (None)."""
        if value is None:
            self._results.pop(kind, None)
        else:
            self._results[kind] = value
        self._failures.pop(kind, None)
        self.result_changed.emit(kind)

    def start(
        self,
        request: "Request",
        done: Callable[[Mapping[str, Any]], object] | None = None,
        failed: Callable[[Failed], object] | None = None,
    ) -> Job:
        """Send the request; `done(value)` or `failed(event)` follows in the window's thread; neither if cancelled."""
        job = Job(self.client.submit(request), KINDS[type(request).__name__], request, done=done, failed=failed)
        self._jobs[job.id] = job
        self._failures.pop(job.kind, None)
        self.jobs_changed.emit()
        return job

    def cancel(self, job: Job) -> None:
        """Ask it to stop; the job says at once that it is stopping."""
        if job.id in self._jobs and not job.cancelling:
            job.cancelling = True
            self.jobs_changed.emit()
            self.client.cancel(job.id)

    def cancel_all(self) -> None:
        """All but what the user said about pictures: that was shown as done, and will be."""
        for job in self.jobs:
            if not job.request.quick:
                self.cancel(job)

    def steer(self, job: Job, action: str, value: float | None) -> None:
        self.client.steer(job.id, Steer(action, value))

    def forget(self) -> None:
        """Forget results: another project is open."""
        self._results.clear()
        self._failures.clear()

    def _hear(self, event: Event) -> None:
        job = self._jobs.get(event.job)
        if job is None:
            return
        if isinstance(event, Started):
            job.begun = True
            self.jobs_changed.emit()
        elif isinstance(event, Progress):
            if event.stage == "folds":
                job.fold = event
            job.progress = event
            self.progressed.emit(job)
        elif isinstance(event, Found):
            job.problems.append(event.problem)
        elif isinstance(event, Steered) and event.action in ("pause", "go_on"):
            job.paused = event.action == "pause"
            self.jobs_changed.emit()
        self.received.emit(event)
        if isinstance(event, (Result, Failed, Stopped)):
            self._end(job, event)

    def _end(self, job: Job, event: Event) -> None:
        del self._jobs[job.id]
        if isinstance(event, Result):
            self._results[job.kind] = event.value
            self.result_changed.emit(job.kind)
        elif isinstance(event, Failed):
            self._failures[job.kind] = event
        if isinstance(event, Result) and job.done is not None:
            job.done(event.value)
        elif isinstance(event, Failed) and job.failed is not None:
            job.failed(event)
        self.jobs_changed.emit()
        self.ended.emit(job, event)
