"""Stages that are opened one after another: the plan for all that could ever learn, and its state at a floor.

The floor is the lowest stage that learns; at the top only the head does. It falls as a training goes on, by itself
(gradual unfreezing; Howard and Ruder, 2018) or because the user opens one more stage.
"""

from collections.abc import Iterable
from dataclasses import replace

from core.backbones.network import Network
from core.recipe import PROBES, Strategy
from core.strategy.plan import Group, lowest_learning_stage, plan

HALF = 0.5


def widest(network: Network, strategy: Strategy) -> list[Group]:
    """The plan as if every stage learned, each at the rate it would have then."""
    probe = strategy.kind in PROBES
    everything = strategy.model_copy(
        update={
            "kind": "from_scratch" if strategy.kind == "from_scratch" else "fine_tune_all",
            "reinitialize": 0 if probe else strategy.reinitialize,
        }
    )
    return plan(network, everything)


def at_floor(groups: Iterable[Group], floor: int, top: int) -> list[Group]:
    """The same plan with stages below `floor`, and those that no head reads (from `top` on), frozen."""
    return [
        group
        if group.stage is None or floor <= group.stage < top
        else replace(group, learns=False, batch_norm="frozen")
        for group in groups
    ]


def top_of(network: Network) -> int:
    """One above the highest stage that the head reads."""
    return len(network.stages) if network.read_stage is None else network.read_stage + 1


def planned_floor(network: Network, strategy: Strategy) -> int:
    """The lowest stage that learns where the user does not interfere."""
    return min(lowest_learning_stage(strategy, len(network.stages)), top_of(network))


def floor_at(passed: float, top: int, planned: int, gradual: bool) -> int:
    """The floor when `passed` (0 to 1) of the training is over.

    Gradual: the head alone first, then a stage joins at equal distances, the last before half is over.
    """
    if not gradual:
        return planned
    stages = top - planned
    return top - min(stages, int(passed / HALF * (stages + 1) + 1e-9))


def joins_at(stage: int, top: int, planned: int, gradual: bool) -> float:
    """The share of the training after which a stage that will learn does so; the inverse of `floor_at`."""
    return HALF * (top - stage) / (top - planned + 1) if gradual else 0.0
