"""The choices themselves: one frozen model a part, each field with its title, what it does, its range and its unit."""

from core.recipe.choices.augmentation import Augmentation, Automatic
from core.recipe.choices.data import LAYOUTS, Data, Fit, LayoutKind, Split
from core.recipe.choices.layers import BOLD, GENTLE, PROBES, STRATEGIES, BackboneChoice, Rates, Strategy, StrategyKind
from core.recipe.choices.learning import (
    Optimizer,
    OptimizerKind,
    Pooling,
    Regularization,
    Schedule,
    ScheduleKind,
    Training,
)
from core.recipe.choices.recipe import Recipe, no_such_field, reason_of

__all__ = [
    "BOLD",
    "GENTLE",
    "LAYOUTS",
    "PROBES",
    "STRATEGIES",
    "Augmentation",
    "Automatic",
    "BackboneChoice",
    "Data",
    "Fit",
    "LayoutKind",
    "Optimizer",
    "OptimizerKind",
    "Pooling",
    "Rates",
    "Recipe",
    "Regularization",
    "Schedule",
    "ScheduleKind",
    "Split",
    "Strategy",
    "StrategyKind",
    "Training",
    "no_such_field",
    "reason_of",
]
