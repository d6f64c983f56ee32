"""What a race shows: each strategy's curve over its own seconds, and where it stands. Knows no Qt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from core.events import Lap, Rung

if TYPE_CHECKING:
    from core.project.races import Race

State = Literal["waits", "runs", "pauses", "ended", "out"]


@dataclass(slots=True)
class Racer:
    """`points` are (its own seconds, validation accuracy). `epoch` of `epochs` were learned; `rung` it is in."""

    strategy: str
    points: list[tuple[float, float]] = field(default_factory=list)
    epoch: int = 0
    epochs: int = 0
    rung: int = 1
    state: State = "waits"

    @property
    def best(self) -> float | None:
        return max((accuracy for _, accuracy in self.points), default=None)

    @property
    def seconds(self) -> float:
        return self.points[-1][0] if self.points else 0.0


class RaceData:
    """Grows with the events of a race, or is read from what a race keeps. `version` grows with every change."""

    def __init__(self) -> None:
        self.racers: dict[str, Racer] = {}
        self.budget = 0.0
        self.rung, self.rungs = 0, 0
        self.result: Mapping[str, Any] = {}
        self.version = 0

    def add(self, event: object) -> bool:
        """Take one event; False where it is none of a race's."""
        if isinstance(event, Rung):
            self._begin_rung(event.number, event.of, event.strategies)
            self.budget = event.budget
        elif isinstance(event, Lap):
            self._lap(event.strategy, event.rung, event.epoch, event.epochs, event.seconds, event.accuracy)
        else:
            return False
        self.version += 1
        return True

    @property
    def begun(self) -> bool:
        return bool(self.racers)

    def names(self) -> Sequence[str]:
        return tuple(self.racers)

    def _begin_rung(self, number: int, of: int, strategies: Sequence[str]) -> None:
        self.rung, self.rungs = number, of
        for name in strategies:
            self.racers.setdefault(name, Racer(name))
        for racer in self.racers.values():
            if racer.state != "ended":
                racer.state = "waits" if racer.strategy in strategies else "out"

    def _lap(self, strategy: str, rung: int, epoch: int, epochs: int, seconds: float, accuracy: float) -> None:
        racer = self.racers.setdefault(strategy, Racer(strategy))
        for other in self.racers.values():
            if other.state == "runs" and other is not racer:
                other.state = "pauses"
        if racer.epoch >= epoch:  # a race that goes on repeats what came after the last checkpoint
            racer.points = [point for point in racer.points if point[0] < seconds and epoch]
        racer.points.append((seconds, accuracy))
        racer.rung, racer.epoch, racer.epochs = rung, epoch, epochs
        racer.state = "ended" if epoch >= epochs else "runs"


def of_race(race: "Race") -> RaceData:
    """From what a race keeps on the disk."""
    data = RaceData()
    epochs = {entrant.strategy: entrant.epochs for entrant in race.entrants}
    data.budget, data.result = race.budget, race.result or {}
    for name, planned in epochs.items():
        data.racers[name] = Racer(name, epochs=planned)
    for lap in race.laps:
        racer = data.racers[lap.strategy]
        racer.points.append((lap.seconds, lap.accuracy))
        racer.rung, racer.epoch, racer.state = max(lap.rung, racer.rung), lap.epoch, "pauses"
    for leg in race.legs:
        if leg.end != "time":
            data.racers[leg.strategy].state = "ended" if leg.end == "complete" else "out"
    data.rung = max((lap.rung for lap in race.laps), default=0)
    data.version = 1
    return data
