"""Successive halving (Jamieson and Talwalkar, 2016): all begin, and rung after rung the better half goes on.

Pure rules. What is left of the budget is dealt equally to the rungs that are left, and within a rung to the racers that
still wait; what one does not need falls to those after it. Nothing here looks at a clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ROUND_SECONDS = (30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700, 3600)
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Standing:
    """How a racer stands: its best validation accuracy so far, the loss there, and whether it has learned to its
    end."""

    accuracy: float
    loss: float
    finished: bool = False


def sizes(racers: int) -> tuple[int, ...]:
    """How many run in each rung: half as many each time, rounded up, until one is left; () for none."""
    if racers == 0:
        return ()
    return (racers,) if racers == 1 else (racers, *sizes(-(-racers // 2)))


def survivors(standings: Mapping[str, Standing], keep: int) -> list[str]:
    """The best `keep` of those that are not finished, in their own order. Of equals the one with the lower loss."""
    waiting = [name for name, standing in standings.items() if not standing.finished]
    best = sorted(waiting, key=lambda name: (-standings[name].accuracy, standings[name].loss))[:keep]
    return [name for name in waiting if name in best]


def allotment(left: float, rungs_left: int, racers_left: int, used: float) -> float:
    """Seconds for the next racer of a rung, where `left` was left of the budget when the rung began, of which its
    racers `used` some. `rungs_left` and `racers_left` count the present ones."""
    return max(0.0, left / rungs_left - used) / racers_left


def longest_share(racers: int) -> float:
    """The share of the budget of a racer that goes all the way; 0.61 of three."""
    rungs = sizes(racers)
    return sum(1 / (len(rungs) * size) for size in rungs)


def epochs_within(seconds: float, epoch_seconds: float, usual: int) -> int:
    """As many epochs as fit, so that the learning rate has come down when the time is over; at least one."""
    return max(1, min(usual, int(seconds / max(epoch_seconds, 1e-9))))


def usual_budget(full_seconds: Iterable[float], racers: int) -> float:
    """Seconds with which the slowest racer, if it is the best, learns to its end: rounded up to what a person would
    say. `full_seconds` are those that each needs."""
    needed = max(full_seconds, default=0.0) / (longest_share(racers) or 1.0)
    return float(next((step for step in ROUND_SECONDS if step >= needed), -(-needed // HOUR) * HOUR))


def enough(elapsed: float, epoch_seconds: float, allotted: float) -> bool:
    """Whether a racer should pause at the end of this epoch: another would end nearer to what it was allotted only if
    more than half of it still fits."""
    return elapsed + epoch_seconds / 2 > allotted


def best_first(rows: Sequence[Mapping[str, float]]) -> list[int]:
    """Places of rows {accuracy, seconds}, the most accurate first and of equals the quicker."""
    return sorted(range(len(rows)), key=lambda place: (-rows[place]["accuracy"], rows[place]["seconds"]))
