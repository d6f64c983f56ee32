"""Schedules as rows: each a pure function of how much of the training has passed. Formulas: CS231n, lecture 7."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from core.recipe import Schedule, ScheduleKind


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """`share(passed, schedule)` is the share of the full rate when `passed` (0 to 1) of the training is over."""

    kind: ScheduleKind
    what: str
    share: Callable[[float, Schedule], float]


def _one_cycle(passed: float, schedule: Schedule) -> float:
    """Up from 1/25 to full over the first 30 %, then down to nearly nothing (Smith, 2018)."""
    if passed < 0.3:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * passed / 0.3)) / 2
    return 1e-4 + (1 - 1e-4) * (1 + math.cos(math.pi * (passed - 0.3) / 0.7)) / 2


def _warm_restarts(passed: float, schedule: Schedule) -> float:
    """SGDR (Loshchilov and Hutter, 2017, equation 5) with cycles of equal length."""
    return (1 + math.cos(math.pi * (passed * schedule.cycles % 1))) / 2


SCHEDULES: tuple[ScheduleRow, ...] = (
    ScheduleRow("constant", "The rate stays as it is.", lambda passed, schedule: 1.0),
    ScheduleRow(
        "step",
        "The rate falls by a factor at fixed moments.",
        # The small addend keeps a fall that is due exactly now from being lost to rounding.
        lambda passed, schedule: schedule.factor ** math.floor(passed / schedule.step_every + 1e-9),
    ),
    ScheduleRow("exponential", "The rate falls evenly in proportion.", lambda p, s: math.exp(p * math.log(s.factor))),
    ScheduleRow("inverse", "Falls fast, then ever more slowly (1/t).", lambda p, s: 1 / (1 + p * (1 / s.factor - 1))),
    ScheduleRow("cosine", "Falls along half a cosine to zero.", lambda p, s: (1 + math.cos(math.pi * p)) / 2),
    ScheduleRow("one_cycle", "Climbs, then falls to almost nothing.", _one_cycle),
    ScheduleRow("warm_restarts", "Falls along a cosine and springs up again, several times.", _warm_restarts),
)

_BY_KIND = {row.kind: row for row in SCHEDULES}


def rate_share(step: int, steps: int, schedule: Schedule) -> float:
    """The share of the full learning rate at `step` (from 0) of `steps`, warm-up included.

    Warm-up climbs in a line from the first step; one_cycle has its own climb and ignores it.
    """
    share = _BY_KIND[schedule.kind].share(min(step / max(steps, 1), 1.0), schedule)
    warm_steps = 0 if schedule.kind == "one_cycle" else round(schedule.warmup * steps)
    return share * min(1.0, (step + 1) / (warm_steps + 1))


def cycles_over(step: int, steps: int, schedule: Schedule) -> bool:
    """Whether a cycle of warm restarts ends with this step, counted from 1: the moment for a snapshot."""
    if schedule.kind != "warm_restarts":
        return False
    return step * schedule.cycles // steps > (step - 1) * schedule.cycles // steps
