"""What is nearly free to know before any training: how well probes do, stage by stage and on fewer pictures."""

from collections.abc import Sequence
from typing import TypedDict

from numpy.typing import ArrayLike

from core.metrics import wilson
from core.strategy.stage_choice import Trials, choose_stages


class StageAccuracy(TypedDict):
    """Of a probe on one stage's features; `stage` None stands for the last features, after all stages."""

    stage: int | None
    accuracy: float
    low: float
    high: float


class CurvePoint(TypedDict):
    """Of a probe that learned from so many pictures."""

    pictures: int
    accuracy: float


class Evidence(TypedDict):
    """Cross-validated on `pictures` training pictures. `read` are the stages that a stage probe would read, None for
    the last features. `growth` is what twice as many pictures might add: what the last doubling added, halved."""

    pictures: int
    stages: list[StageAccuracy]
    read: list[int] | None
    learning_curve: list[CurvePoint]
    growth: float


def gather(
    stages: Sequence[ArrayLike], last: ArrayLike, labels: ArrayLike, groups: ArrayLike | None, seed: int
) -> Evidence:
    """From features [N, channels] of each stage and the last [N, D], labels [N], and groups [N] that stay together."""
    trials = Trials(labels, groups, seed)
    read, alone = choose_stages(stages, last, trials)
    names = [*range(len(stages)), None]
    rows = []
    for stage, accuracy in zip(names, alone, strict=True):
        low, high = wilson(round(accuracy * trials.pictures), trials.pictures)
        rows.append(StageAccuracy(stage=stage, accuracy=round(accuracy, 4), low=round(low, 4), high=round(high, 4)))
    curve = trials.learning_curve(last)
    return Evidence(
        pictures=trials.pictures,
        stages=rows,
        read=None if read is None else list(read),
        learning_curve=[CurvePoint(pictures=count, accuracy=round(accuracy, 4)) for count, accuracy in curve],
        growth=round(max(0.0, (curve[-1][1] - curve[-2][1]) / 2), 4),
    )
