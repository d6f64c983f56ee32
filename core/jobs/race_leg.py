"""A leg of a race: a run is let go until its share of the time is used, and left so that it can go on."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import requests
from core.errors import Cancelled
from core.events import Advice, Epoch, Event, Found, Lap, Progress, Reporter, Steer, Steered
from core.jobs.train import resume, train
from core.project import races
from core.project.races import Entrant, Leg, Race
from core.recipe import Recipe
from core.training.steering import MENDABLE

STAGE = "race"


@dataclass(slots=True)
class Part:
    """Which part of the race this is. `pause(epoch, seconds)` tells whether it ends after an epoch, when it has
    lasted so long."""

    race: Race
    entrant: Entrant
    rung: int
    pause: Callable[[int, float], bool]


def run_leg(part: Part, recipe: Recipe, reporter: Reporter) -> Leg:
    """Let the run learn, from its beginning or its last checkpoint, until it is complete or `pause` says so.

    Every lap is kept in the race's folder at once. Raises Cancelled, and what `train` raises.
    """
    leg = _Running(part, reporter)
    run = part.race.run_of(part.entrant.strategy)
    if run.folder.exists() and not (run.folder / "run.json").exists():
        shutil.rmtree(run.folder)  # killed before it had begun
    try:
        report = run.report
        if report is None:
            own = Reporter(reporter.job, leg.hear, leg.asked)
            own.attended = reporter.attended
            if run.folder.exists():
                report = resume(requests.Resume(run=str(run.folder)), own)
            else:
                report = train(requests.Train(project=part.race.project, recipe=recipe, run=str(run.folder)), own)
    except Cancelled:
        if not leg.paused:
            raise
        return leg.done("time")
    if part.entrant.epoch_seconds == 0 and report["val"] is not None:
        leg.lap(part.entrant.epochs, report["val"])
    return leg.done("complete")


def keep_best(race: Race, strategy: str, rung: int, reporter: Reporter) -> Leg:
    """End a run that is out of the race: it stops where it stands, is judged in its best state, and is complete."""
    wishes = [(Steer("stop"),)]
    began, said = reporter.clock(), _Said(reporter)
    own = Reporter(reporter.job, said.hear, lambda: _cancelled(reporter), lambda: wishes.pop() if wishes else ())
    run = race.run_of(strategy)
    if run.report is None:
        resume(requests.Resume(run=str(run.folder)), own)
    last = max((leg.epoch for leg in race.legs if leg.strategy == strategy), default=0)
    return Leg(strategy, rung, last, reporter.clock() - began, "kept")


class _Said:
    """Hands on what a run found, once, and that it waits for room on the disk; the rest of what it says is in its own
    folder. While it waits the reporter's clock stands still."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def hear(self, event: Event) -> None:
        if isinstance(event, Found) and event.problem.code == "CHANGED":
            self._reporter.emit(Found, problem=event.problem)
        elif isinstance(event, Advice) and event.code in MENDABLE:
            self._reporter.emit(Advice, code=event.code, params=event.params)
        elif isinstance(event, Steered) and event.action in ("pause", "go_on"):
            self._reporter.emit(Steered, step=event.step, action=event.action, value=event.value)


class _Running(_Said):
    """Hears a run, counts its seconds, and knows when its share is used."""

    def __init__(self, part: Part, reporter: Reporter) -> None:
        super().__init__(reporter)
        self._part = part
        race, strategy = part.race, part.entrant.strategy
        self._before = race.spent(strategy)
        known = (lap.seconds for lap in race.laps if lap.strategy == strategy and lap.rung == part.rung)
        self._interrupted = max(max(known, default=0.0) - self._before, 0.0)  # what a leg that was killed had used
        self._began = reporter.clock()
        self._epoch = max((lap.epoch for lap in race.laps if lap.strategy == strategy), default=0)
        self.paused = False

    @property
    def seconds(self) -> float:
        return self._reporter.clock() - self._began + self._interrupted

    def asked(self) -> bool:
        """What the run asks at its safe points: whether it should stop. Raises Cancelled where the user wants that."""
        return self.paused or _cancelled(self._reporter)

    def hear(self, event: Event) -> None:
        super().hear(event)
        if isinstance(event, Progress):
            race = self._part.race
            spent = min(race.spent() + self.seconds, race.budget)
            self._reporter.progress(STAGE, round(spent), round(race.budget))
        elif isinstance(event, Epoch) and event.val and self._part.entrant.epoch_seconds:
            self.lap(event.epoch, event.val)
            self.paused = 0 < event.epoch < event.epochs and self._part.pause(event.epoch, self.seconds)

    def lap(self, epoch: int, val: Any) -> None:
        """Keep and tell a figure."""
        part, strategy = self._part, self._part.entrant.strategy
        self._epoch = epoch
        seconds, accuracy = self._before + self.seconds, float(val["accuracy"])
        lap = races.Lap(strategy, part.rung, epoch, round(seconds, 3), accuracy, float(val["loss"]))
        earlier = [lap for lap in part.race.laps if lap.strategy != strategy or lap.epoch < epoch]
        part.race.laps = [*earlier, lap]  # what was learned since the last checkpoint of a killed run comes again
        part.race.save()
        self._reporter.emit(
            Lap, strategy=strategy, rung=part.rung, epoch=epoch, epochs=part.entrant.epochs, seconds=lap.seconds,
            accuracy=accuracy,
        )  # fmt: skip

    def done(self, end: str) -> Leg:
        return Leg(self._part.entrant.strategy, self._part.rung, self._epoch, round(self.seconds, 3), end)


def _cancelled(reporter: Reporter) -> bool:
    reporter.check_cancelled()
    return False
