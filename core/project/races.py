"""A race's folder: its runs, one a strategy, and `race.json`, which tells all that a race needs to go on.

`race.json` is written whole after every lap, so a race that is killed goes on from its last lap; the runs go on from
their own checkpoints. The runs belong to the project like any others, once they are complete.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.project import atomic
from core.project.runs import RACE as FILE_NAME
from core.project.runs import Run, project_around


@dataclass(frozen=True, slots=True)
class Entrant:
    """A strategy in the race. `epochs` it will learn for if it goes all the way, each taking about `epoch_seconds`
    (0 where it is a single fit)."""

    strategy: str
    epochs: int
    epoch_seconds: float


@dataclass(frozen=True, slots=True)
class Lap:
    """A strategy was judged: after so many of its own seconds it had `accuracy` of the validation pictures right."""

    strategy: str
    rung: int
    epoch: int
    seconds: float
    accuracy: float
    loss: float


@dataclass(frozen=True, slots=True)
class Leg:
    """A strategy's part in one rung, done: it learned until `epoch`, `seconds` long. `end` says why: `complete`, `time`
    (its share was used) or `kept` (taken out of the race; its best was kept)."""

    strategy: str
    rung: int
    epoch: int
    seconds: float
    end: str


@dataclass(slots=True)
class Race:
    """`budget` is in seconds; `first_stage` is where the advisor would begin to learn a part. `like` holds the legs of
    a race that is met again, where this is a replay. `result` is there when the race is over."""

    folder: Path
    project: str
    recipe: dict[str, Any]
    recommended: str
    first_stage: int | None
    budget: float
    entrants: list[Entrant]
    like: list[Leg] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    laps: list[Lap] = field(default_factory=list)
    result: dict[str, Any] | None = None

    @property
    def complete(self) -> bool:
        return self.result is not None

    def run_of(self, strategy: str) -> Run:
        return Run(self.folder / strategy)

    def spent(self, strategy: str | None = None) -> float:
        """Seconds in legs that are done."""
        return sum(leg.seconds for leg in self.legs if strategy in (None, leg.strategy))

    def save(self) -> None:
        """Raises UserError DISK_FULL, CANNOT_WRITE."""
        kept = asdict(self)
        del kept["folder"]
        atomic.write_json(self.folder / FILE_NAME, kept)


def is_race(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file()


def read_race(folder: Path) -> Race:
    """Raises UserError NOT_A_RUN where there is none, or it cannot be read."""
    try:
        kept = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        kept["entrants"] = [Entrant(**row) for row in kept["entrants"]]
        kept["laps"] = [Lap(**row) for row in kept["laps"]]
        kept["legs"], kept["like"] = ([Leg(**row) for row in kept[name]] for name in ("legs", "like"))
        kept["project"] = project_around(folder, kept["project"])
        return Race(folder=folder, **kept)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError("NOT_A_RUN", path=str(folder)) from error


def latest_race(runs_folder: Path) -> Race | None:
    """The last race of a project that can be read, complete or not."""
    try:
        names = sorted((path.name for path in runs_folder.iterdir() if is_race(path)), reverse=True)
    except OSError:
        return None
    for name in names:
        try:
            return read_race(runs_folder / name)
        except UserError:
            continue
    return None
