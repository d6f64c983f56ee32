"""What tests of the frame are made of: an engine that writes down what it is asked, and a project with pictures."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor, QImage

from core.errors import UserError
from core.events import Event, Failed, Progress, Result, Started, Stopped, silent
from core.jobs import run
from core.project.index import Index, Reading, thumbnail_path
from core.project.places import default_project

BACKBONES = {
    "backbones": [
        {
            "name": "resnet18", "title": "ResNet-18", "why": "Plain.", "family": "ResNet", "source": "timm",
            "parameters": 11_000_000, "image_size": 224, "recommended": True, "licence": "apache-2.0",
            "accuracy": 71.5, "local": True, "default": True, "origin": "a test",
        },
        {
            "name": "vit_tiny", "title": "ViT Tiny", "why": "Small.", "family": "ViT", "source": "timm",
            "parameters": 5_000_000, "image_size": 224, "recommended": True, "licence": "apache-2.0",
            "accuracy": 75.5, "local": False, "origin": "",
        },
    ]
}  # fmt: skip
EDITS = ("Edit", "EditClass", "PartTwins", "TakeBack", "Summarise")
LONG = 30_000
"""Milliseconds that a test waits for a state: plenty, also on a machine that does much else."""

NO_BACKBONES = {"backbones": [BACKBONES["backbones"][1]]}


def scanned(*, ants: int = 12, bees: int = 12, **other: Any) -> dict[str, Any]:
    return {
        "images": ants + bees, "classes": {"ants": ants, "bees": bees}, "skipped": [], "conflicts": [],
        "duplicates": [], "split": {"train": ants + bees - 4, "val": 4, "test": 0},
        "split_by_class": {"ants": {"train": 10, "val": 2, "test": 0}, "bees": {"train": 10, "val": 2, "test": 0}},
        **other,
    }  # fmt: skip


class Engine(QObject):
    """Stands in for the engine client; `answer`, `fail` and `advance` speak as a job would.

    Edits, and what follows from them, are done as the worker does them, unless `idle`.
    """

    received = Signal(object)
    process_died = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, Any]] = []
        self.cancelled: list[str] = []
        self.idle = False

    def submit(self, request: Any) -> str:
        job = f"{type(request).__name__}-{len(self.sent)}"
        self.sent.append((job, request))
        if type(request).__name__ in EDITS and not self.idle:
            QTimer.singleShot(0, self, lambda: self._do(job, request))
        return job

    def _do(self, job: str, request: Any) -> None:
        try:
            self.say(Result(job=job, count=9, value=run(request, silent())))
        except UserError as error:
            self.say(Failed(job=job, count=9, code=error.code, params=error.params, message="", hint=""))

    def cancel(self, job: str) -> None:
        self.cancelled.append(job)

    def process_ids(self) -> dict[str, int]:
        return {}

    def steer(self, job: str, steer: Any) -> None: ...
    def warm_up(self, role: str) -> None: ...
    def close(self) -> None: ...

    def asked(self, kind: str) -> list[Any]:
        return [request for _, request in self.sent if type(request).__name__ == kind]

    def job(self, kind: str) -> str:
        return next(job for job, request in reversed(self.sent) if type(request).__name__ == kind)

    def say(self, event: Event) -> None:
        self.received.emit(event)

    def answer(self, kind: str, value: Any) -> None:
        self.say(Result(job=self.job(kind), count=9, value=value))

    def fail(self, kind: str, code: str, **params: object) -> None:
        self.say(Failed(job=self.job(kind), count=9, code=code, params=params, message="", hint=""))

    def stop(self, kind: str) -> None:
        self.say(Stopped(job=self.job(kind), count=9))

    def advance(self, kind: str, done: int, total: int, stage: str = "scan", left: float | None = 2.0) -> None:
        job = self.job(kind)
        self.say(Started(job=job, count=0, kind=kind))
        self.say(Progress(job=job, count=1, stage=stage, done=done, total=total, seconds_left=left))


def picture_folder(folder: Path, each: int = 12) -> Path:
    """Two classes of small pictures, and the project's index with their thumbnails, as a scan leaves them."""
    readings = []
    for number, label in enumerate(("ants", "bees")):
        (folder / label).mkdir(parents=True)
        for place in range(each):
            image = QImage(40, 30, QImage.Format.Format_RGB32)
            image.fill(QColor.fromHsv(number * 120, 40 + 10 * place, 200))
            path = folder / label / f"{place:02d}.png"
            image.save(str(path))
            key = f"{number}{place:02d}".ljust(40, "0")
            thumbnail = thumbnail_path(key)
            thumbnail.parent.mkdir(parents=True, exist_ok=True)
            image.save(str(thumbnail))
            found = path.stat()
            name = f"{label}/{path.name}"
            readings.append(Reading(name, label, "", found.st_size, found.st_mtime_ns, key, "", 40, 30))
    with Index.open(default_project(folder)) as index:
        index.store_data_folder(folder)
        index.record(readings)
        index.finish_scan([reading.path for reading in readings], ["ants", "bees"], 0)
    return folder
