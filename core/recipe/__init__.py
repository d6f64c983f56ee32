"""Every choice that determines a run, as frozen data.

Each field carries its title, what it does, its range and its unit, so that the window's forms, the command
line's `--set` and `graft recipe explain` all render from this one table. `None` means "Graft chooses"; what was
chosen is stored in the run.
"""

from core.recipe.choices import (
    BOLD,
    GENTLE,
    LAYOUTS,
    PROBES,
    STRATEGIES,
    Augmentation,
    Automatic,
    BackboneChoice,
    Data,
    Fit,
    LayoutKind,
    Optimizer,
    OptimizerKind,
    Pooling,
    Rates,
    Recipe,
    Regularization,
    Schedule,
    ScheduleKind,
    Split,
    Strategy,
    StrategyKind,
    Training,
)
from core.recipe.fields import FieldRow, differences, field_row, field_rows, value_at
from core.recipe.presets import OFF, PRESETS, Preset, preset_of
from core.recipe.reading import load_recipe, read_kept, read_recipe, with_settings
from core.recipe.rules import RULES, Rule, blocked, check, excluded, fitting

__all__ = [
    "BOLD",
    "GENTLE",
    "LAYOUTS",
    "OFF",
    "PRESETS",
    "PROBES",
    "RULES",
    "STRATEGIES",
    "Augmentation",
    "Automatic",
    "BackboneChoice",
    "Data",
    "FieldRow",
    "Fit",
    "LayoutKind",
    "Optimizer",
    "OptimizerKind",
    "Pooling",
    "Preset",
    "Rates",
    "Recipe",
    "Regularization",
    "Rule",
    "Schedule",
    "ScheduleKind",
    "Split",
    "Strategy",
    "StrategyKind",
    "Training",
    "blocked",
    "check",
    "differences",
    "excluded",
    "field_row",
    "field_rows",
    "fitting",
    "load_recipe",
    "preset_of",
    "read_kept",
    "read_recipe",
    "value_at",
    "with_settings",
]
