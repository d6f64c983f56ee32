"""Pages with a real session, and an engine that only writes down what it is asked."""

import math
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from core.events import Batch, Epoch, Failed, Result, Started, Steered
from core.project.index import Picture
from core.project.runs import create_run
from core.recipe import Recipe
from gui import theme
from gui.opening import read_runs
from gui.session import Session
from gui.settings import Settings

STAGES = ((8, 112, 1232), (8, 56, 3976), (16, 28, 9792), (32, 14, 71264), (1280, 7, 310064))
PLAN = [
    {
        "stage": number, "name": f"stage {number}", "learns": False, "rate": 0.0, "reinitialized": False,
        "batch_norm": "frozen", "parameters": parameters, "channels": channels, "resolution": resolution,
    }
    for number, (channels, resolution, parameters) in enumerate(STAGES)
] + [
    {
        "stage": None, "name": "head", "learns": True, "rate": 1.0, "reinitialized": True, "batch_norm": "frozen",
        "parameters": 2562, "channels": None, "resolution": None,
    }
]  # fmt: skip
ADVICE = {
    "cell": "small-similar",
    "strategy": "linear_probe",
    "confident": True,
    "size": {"images_per_class": 121.8, "cell": "small"},
    "similarity": {
        "value": 0.87, "low": 0.86, "high": 0.89, "cell": "similar",
        "neighbours": [
            {"code": "ants_bees", "name": "ants and bees", "value": 0.88, "images_per_class": 122.0},
            {"code": "brain_mri", "name": "brain MRI", "value": 0.41, "images_per_class": None},
        ],
        "stages": [{"stage": stage, "value": 0.95 - 0.1 * stage} for stage in range(5)],
    },
    "evidence": {
        "pictures": 245,
        "stages": [
            {"stage": stage, "accuracy": accuracy, "low": accuracy - 0.05, "high": accuracy + 0.04}
            for stage, accuracy in ((0, 0.6), (1, 0.68), (2, 0.75), (3, 0.85), (4, 0.88), (None, 0.9))
        ],
        "read": None,
        "learning_curve": [],
        "growth": 0.0,
    },
    "reasons": ["There are 122 pictures a class.", "So only a new head is trained."],
    "reason_codes": [
        {"code": "SIZE_SMALL", "params": {"images": 121.8, "limit": 200.0}},
        {"code": "LINEAR_PROBE", "params": {}},
    ],
    "plan": PLAN,
}  # fmt: skip
SCAN = {
    "images": 398, "classes": {"ants": 193, "bees": 205}, "skipped": [], "conflicts": [], "duplicates": [],
    "split": {"train": 245, "val": 153, "test": 0},
}  # fmt: skip
BACKBONES = {
    "backbones": [
        {
            "name": "mobilenetv2_035",
            "title": "MobileNetV2",
            "local": True,
            "default": True,
            "accuracy": 0.6,
            "recommended": True,
        }
    ]
}
VAL = {
    "accuracy": 0.8954, "balanced_accuracy": 0.893, "loss": 0.27, "low": 0.837, "high": 0.935, "images": 153,
    "confusion": [[60, 10], [6, 77]],
    "per_class": [
        {"name": "ants", "support": 70, "answered": 66, "precision": 0.91, "recall": 0.857, "f1": 0.88},
        {"name": "bees", "support": 83, "answered": 87, "precision": None, "recall": 0.4, "f1": 0.9},
    ],
    "mistakes": [
        {"path": "val/ants/a1.jpg", "truth": "ants", "answer": "bees", "probability": 0.98},
        {"path": "val/bees/b1.jpg", "truth": "bees", "answer": "ants", "probability": 0.7},
    ],
    "unsure": [{"path": "val/ants/a2.jpg", "truth": "ants", "answer": "ants", "probability": 0.51}],
}  # fmt: skip


class Engine(QObject):
    """Takes requests and answers nothing by itself."""

    received = Signal(object)
    process_died = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, object]] = []
        self.cancelled: list[str] = []
        self.steered: list[tuple[str, object]] = []

    def submit(self, request: object) -> str:
        job = f"{type(request).__name__.lower()}-{len(self.sent) + 1}"
        self.sent.append((job, request))
        return job

    def cancel(self, job: str) -> None:
        self.cancelled.append(job)

    def process_ids(self) -> dict[str, int]:
        return {}

    def steer(self, job: str, steer: object) -> None:
        self.steered.append((job, steer))

    def asked(self, kind: str) -> list[object]:
        return [request for _, request in self.sent if type(request).__name__ == kind]

    def begin(self) -> str:
        job = self.sent[-1][0]
        self.received.emit(Started(job=job, count=0, kind=""))
        return job

    def answer(self, value: dict[str, object]) -> None:
        """The last request went well."""
        self.received.emit(Result(job=self.sent[-1][0], count=9, value=value))

    def fail(self, code: str, **params: object) -> None:
        self.received.emit(Failed(job=self.sent[-1][0], count=9, code=code, params=params, message="", hint=""))


@dataclass
class StandingProject:
    """What the session asks of a project."""

    folder: Path
    read_only: bool = False
    holder: str = ""
    made: list[Path] = field(default_factory=list)

    @property
    def runs_folder(self) -> Path:
        return self.folder / "runs"

    def new_run_folder(self) -> Path:
        self.made.append(self.runs_folder / f"2026-11-23-1200-{len(self.made) + 50:02d}")
        return self.made[-1]

    def close(self) -> None: ...


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def project(graft_home: Path) -> StandingProject:
    return StandingProject(graft_home / "projects" / "ants-bees")


@pytest.fixture
def session(qtbot, engine: Engine, project: StandingProject, tmp_path: Path):
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    standing = Session(engine, Settings())
    standing.project, standing.folder = project, tmp_path / "pictures"
    standing.keeper.fill(Recipe().with_value("data.folder", str(standing.folder)), None)
    paths = ("val/ants/a1.jpg", "val/bees/b1.jpg")
    standing.shelf.fill(project.folder)
    standing.shelf._known.update({path: picture(number, path) for number, path in enumerate(paths)})
    standing.run_list.fill(project.runs_folder, ())
    standing.board.set_result("scan", SCAN)
    standing.board.set_result("list_backbones", BACKBONES)
    yield standing
    standing.background.wait()


def picture(number: int, path: str, width: int = 10, height: int = 10) -> Picture:
    return Picture(
        id=number, path=path, label=path.split("/")[1], part="val", size=1, mtime_ns=0, content_hash=f"{number:040x}",
        perceptual_hash="", width=width, height=height, problem="", excluded=False,
    )  # fmt: skip


@pytest.fixture
def advised(session, engine):
    session.board.set_result("advise", ADVICE)
    return session


def epoch(number: int, epochs: int = 10, best: bool = False, job: str = "", rate: float = 0.01) -> Epoch:
    train = {"loss": math.exp(-number / 3), "accuracy": 1 - 0.5 * math.exp(-number / 2)}
    val = {"loss": 0.2 + math.exp(-number / 3), "accuracy": 0.9 - 0.4 * math.exp(-number / 2)}
    return Epoch(
        job=job, count=0, epoch=number, epochs=epochs, train=train, val=val, learning_rates={"head": rate},
        seconds=1.0, best=best,
    )  # fmt: skip


@pytest.fixture
def make_run(project: StandingProject):
    """Write a run as training does: complete with its report, or interrupted after some epochs."""

    def make(name: str, strategy: str = "fine_tune_top", epochs: int = 6, complete: bool = True, **choices: object):
        recipe = Recipe()
        for path, value in choices.items():
            recipe = recipe.with_value(path.replace("__", "."), value)
        run = create_run(project.runs_folder / name, recipe)
        run.write_resolved({"strategy": strategy, "optimizer": "adamw", "project": str(project.folder)})
        history = []
        for number in range(1, epochs + 1):
            event = epoch(number, epochs, best=number == 4)
            run.record(event)
            if number == 3:
                run.record(Steered(job="", count=0, step=28, action="decay", value=0.1))
            kept = {"train": dict(event.train), "val": dict(event.val), "learning_rates": dict(event.learning_rates)}
            history.append({"epoch": number, "epochs": epochs, "best": number == 4, "step": 8 * number, **kept})
        if complete:
            told = {"run": str(run.folder), "strategy": strategy, "seconds": {"total": 71.0}, "val": VAL}
            run.write_report({**told, "history": history})
        return run

    return make


@pytest.fixture
def with_run(advised, make_run, project: StandingProject):
    """A session whose latest run is complete."""
    make_run("2026-11-22-1000-01")
    advised.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    return advised


@pytest.fixture
def show(qtbot):
    """Make a page of a session and put it on the (invisible) screen."""
    pages = []

    def made(kind, session, width: int = 800, height: int = 720):
        page = kind(session)
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(width, height)
        page.show()
        qtbot.waitExposed(page)
        return page

    return made


def batch(job, step, number=1):
    return Batch(job=job, count=step, step=step, epoch=number, loss=1 / step, learning_rates={"head": 0.01})


@pytest.fixture
def running(qtbot, show, advised, engine):
    """A page whose training has begun."""
    advised.set_value("strategy.kind", "fine_tune_top")
    from gui.pages.train import TrainPage

    page = show(TrainPage, advised)
    page.primary.click()
    job = engine.begin()
    engine.received.emit(batch(job, 1))
    qtbot.waitUntil(lambda: len(page.watch.data.steps) == 1)
    return page, job
