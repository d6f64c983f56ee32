"""A run's folder: what it was asked, what was resolved, what it said, where it stands.

recipe.json       the recipe as asked
run.json          what was resolved when it began (backbone, weights hash, threads, precision, dataset, versions)
learned.txt       hashes of the contents that it learned from, a line each
events.jsonl      every event, in order, but for progress and single steps
steps.bin         the single steps; see `core.project.steps`
checkpoints/      *.safetensors, the optimiser and random state beside each, last two and best
model/            model.safetensors and model.json: the best model
snapshots/        states kept on the way, each a run of its own
in-use.lock       held by the process that trains it
report.json       the result fields; there only when the run is complete
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.events import Batch, Event, Progress, as_json
from core.project import atomic
from core.project.steps import forget_steps
from core.project.store import FILE_NAME
from core.recipe import Recipe, load_recipe

LEARNED = "learned.txt"
IN_USE = "in-use.lock"
RACE = "race.json"
"""Tells that a folder holds the runs of a race; see `core.project.races`."""

FOLDS = "folds.json"
"""Tells that a folder holds a training for each fold; see `core.project.folds`."""


@dataclass(frozen=True, slots=True)
class Run:
    """The folder of one run. Holds no state of its own: everything is read from disk."""

    folder: Path

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def snapshots(self) -> Path:
        return self.folder / "snapshots"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def recipe(self) -> Recipe:
        return load_recipe(self.folder / "recipe.json")

    @property
    def resolved(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "run.json").read_text(encoding="utf-8")))

    @property
    def project(self) -> str:
        """The project whose pictures it learned from."""
        return project_around(self.folder, self.resolved["project"])

    @property
    def learned(self) -> frozenset[str] | None:
        """Hashes of the contents that it learned from; None where that was not kept."""
        try:
            return frozenset((self.folder / LEARNED).read_text(encoding="ascii").split())
        except FileNotFoundError:
            return None

    def write_learned(self, contents: Iterable[str]) -> None:
        atomic.write_text(self.folder / LEARNED, "".join(f"{content}\n" for content in contents))

    @property
    def report(self) -> dict[str, Any] | None:
        """The result fields, or None while the run is not complete."""
        try:
            return dict(json.loads((self.folder / "report.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    @property
    def complete(self) -> bool:
        return (self.folder / "report.json").exists()

    def write_resolved(self, resolved: Mapping[str, Any]) -> None:
        atomic.write_json(self.folder / "run.json", dict(resolved))

    def write_report(self, report: Mapping[str, Any]) -> None:
        atomic.write_json(self.folder / "report.json", dict(report))

    def record(self, event: Event) -> None:
        """Append an event, flushed to the system; progress is not kept, nor single steps (`StepLog` keeps those).

        A full disk loses the line, not the training: checkpoints are what must not be lost, and they speak up.
        """
        if isinstance(event, (Progress, Batch)):
            return
        with contextlib.suppress(OSError):
            atomic.append(self.folder / "events.jsonl", _line(as_json(event)))

    def events(self) -> Iterator[dict[str, Any]]:
        """The events so far, as JSON objects; a line cut by a crash is left out, be it within a letter."""
        try:
            with (self.folder / "events.jsonl").open("rb") as file:
                for line in file:
                    with contextlib.suppress(ValueError):
                        yield json.loads(line)
        except FileNotFoundError:
            return

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Nobody else trains it meanwhile; a process that ends, however it ends, leaves it free.

        Raises UserError RUN_IN_USE, CANNOT_WRITE.
        """
        from filelock import FileLock, Timeout  # 50 ms that only a training needs

        lock = FileLock(self.folder / IN_USE)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise UserError("RUN_IN_USE", path=str(self.folder)) from error
        except OSError as error:
            raise UserError("CANNOT_WRITE", path=str(self.folder), reason=error.strerror or str(error)) from error
        try:
            yield
        finally:
            lock.release()

    def discard(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def rewind(self, step: int, epochs: int, recovered: bool = False) -> list[dict[str, Any]]:
        """Forget what was said after a checkpoint at `step`, when `epochs` were judged: it will be said again.

        With `recovered` the training had turned back before it; what led to that was said and stays. Returns the
        steering events that were forgotten, so that they can be met again.
        """
        kept: list[dict[str, Any]] = []
        steered: list[dict[str, Any]] = []
        events = list(self.events())
        turned = [number for number, event in enumerate(events) if event.get("action") == "recover"]
        stays = turned[-1] + 1 if recovered and turned else 0
        kept += events[:stays]
        for event in events[stays:]:
            match event["event"]:
                case "steered" if event["step"] >= step:
                    steered.append(event)
                case "epoch" if event["epoch"] >= epochs:
                    pass
                case "checkpoint" if event["step"] > step:
                    pass
                case _:
                    kept.append(event)
        atomic.write_bytes(self.folder / "events.jsonl", b"".join(map(_line, kept)))
        forget_steps(self.folder, step)
        return steered


def project_around(folder: Path, began_in: str) -> str:
    """The project that a run or a race lies in, wherever that was moved to; else the one that it began in."""
    around = (parent for parent in folder.absolute().parents if (parent / FILE_NAME).is_file())
    return str(next(around, began_in))


def new_folder(folder: Path) -> None:
    """Raises UserError RUN_EXISTS or CANNOT_WRITE."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise UserError("RUN_EXISTS", path=str(folder)) from error
    except OSError as error:
        raise UserError("CANNOT_WRITE", path=str(folder), reason=error.strerror or str(error)) from error


def create_run(folder: Path, recipe: Recipe) -> Run:
    """A new run's folder with its recipe. Raises UserError RUN_EXISTS or CANNOT_WRITE."""
    new_folder(folder)
    atomic.write_text(folder / "recipe.json", recipe.to_json() + "\n")
    return Run(folder)


def open_run(folder: Path) -> Run:
    """An existing run. Raises UserError NOT_A_RUN."""
    if not (folder / "recipe.json").is_file():
        raise UserError("NOT_A_RUN", path=str(folder))
    return Run(folder)


def runs_in(folder: Path) -> list[Run]:
    """The runs below `folder`, oldest name first; of a race, and of trainings over folds, those that are complete, for
    the rest is their own affair."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        if (folder / name / "recipe.json").is_file():
            found.append(Run(folder / name))
        elif any((folder / name / told).is_file() for told in (RACE, FOLDS)):
            found += [run for run in runs_in(folder / name) if run.complete]
    return found


def _line(event: Mapping[str, Any]) -> bytes:
    """An event as a line of JSON; a file name that is no text keeps its bytes, escaped."""
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
