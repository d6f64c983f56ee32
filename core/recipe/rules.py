"""Which choices exclude one another, as rows: a field, when it cannot be chosen, and why.

A rule's condition looks at the recipe with its strategy and its optimiser decided. A form asks `blocked` and shows such
a field with its reason instead of a control; a training asks `check`, which refuses what was set all the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.errors import UserError
from core.recipe.choices import PROBES, OptimizerKind, Recipe, StrategyKind
from core.recipe.fields import field_row, value_at


@dataclass(frozen=True, slots=True)
class Rule:
    """`when(settled)` says that `field` cannot be chosen. `idle` fields then have no effect, which is worth showing but
    nothing to refuse."""

    field: str
    when: Callable[[Recipe], bool]
    reason: str
    idle: bool = False


def _probes(settled: Recipe) -> bool:
    return settled.strategy.kind in PROBES


def _lbfgs(settled: Recipe) -> bool:
    return settled.optimizer.kind == "lbfgs"


def _rests(field: str, *kinds: str) -> Callable[[Recipe], bool]:
    return lambda settled: value_at(settled, field) not in kinds


_SEEN_ONCE = "only a head on cached features learns, so the pictures themselves are seen once and not varied"
_ALL_AT_ONCE = "L-BFGS takes all pictures at once and needs a loss that is smooth and the same at every step"
_OWN_STEPS = "L-BFGS finds the length of each of its steps itself"
_NO_STAGES = "only the head learns, so there is no stage to unfreeze"

RULES: tuple[Rule, ...] = (
    Rule("optimizer.kind", lambda r: _lbfgs(r) and not _probes(r), "L-BFGS takes all pictures at once, which only a "
         "head on cached features can do"),
    Rule("training.precision", _lbfgs, "L-BFGS compares losses that differ in the seventh digit, which half precision "
         "does not have"),
    Rule("regularization.mixup", _probes, _SEEN_ONCE),
    Rule("regularization.cutmix", _probes, _SEEN_ONCE),
    Rule("regularization.drop_path", _probes, "the backbone does not learn here, so none of its blocks is skipped"),
    Rule("regularization.dropout", _lbfgs, _ALL_AT_ONCE),
    Rule("regularization.drop_connect", _lbfgs, _ALL_AT_ONCE),
    Rule("regularization.l1", _lbfgs, _ALL_AT_ONCE),
    Rule("regularization.ema", _lbfgs, "L-BFGS ends at the optimum, so there is no path to average over"),
    Rule("regularization.class_weights", lambda r: r.training.balanced_sampling, "classes are shown equally often "
         "already, and rare ones would count twice"),
    Rule("training.balanced_sampling", lambda r: r.regularization.class_weights, "rare classes are given more weight "
         "already, and would count twice"),
    Rule("strategy.gradual_unfreezing", _probes, _NO_STAGES),
    Rule("strategy.gradual_unfreezing", lambda r: r.strategy.kind == "from_scratch", "nothing is known yet that could "
         "be washed away, and a head on random stages learns nothing"),
    Rule("split.validation", lambda r: r.split.folds > 1, "the folds judge one after another instead", idle=True),
    Rule("split.fold", lambda r: r.split.folds < 2, "there are no folds", idle=True),
    Rule("schedule.kind", _lbfgs, _OWN_STEPS, idle=True),
    Rule("schedule.warmup", _lbfgs, _OWN_STEPS, idle=True),
    Rule("schedule.warmup", lambda r: r.schedule.kind == "one_cycle", "one cycle climbs by itself", idle=True),
    Rule("schedule.step_every", _rests("schedule.kind", "step"), "it belongs to the schedule `step`", idle=True),
    Rule("schedule.factor", _rests("schedule.kind", "step", "exponential", "inverse"), "it belongs to the schedules "
         "`step`, `exponential` and `inverse`", idle=True),
    Rule("schedule.cycles", _rests("schedule.kind", "warm_restarts"), "it belongs to the schedule `warm_restarts`",
         idle=True),
    Rule("optimizer.learning_rate", _lbfgs, _OWN_STEPS, idle=True),
    Rule("optimizer.momentum", _rests("optimizer.kind", "momentum", "nesterov", "adam", "adamw"), "this optimiser has "
         "none", idle=True),
    Rule("optimizer.decay", _rests("optimizer.kind", "rmsprop"), "it belongs to the optimiser `rmsprop`", idle=True),
    Rule("training.epochs", _lbfgs, "L-BFGS goes on until the loss falls no further", idle=True),
    Rule("training.batch_size", _lbfgs, "L-BFGS takes all pictures at once", idle=True),
    Rule("training.patience", _lbfgs, "L-BFGS goes on until the loss falls no further", idle=True),
    Rule("training.gradient_clip", _lbfgs, _OWN_STEPS, idle=True),
    Rule("augmentation.automatic_strength", _rests("augmentation.automatic", "rand"), "it belongs to RandAugment",
         idle=True),
    Rule("augmentation.automatic_changes", _rests("augmentation.automatic", "rand"), "it belongs to RandAugment",
         idle=True),
)  # fmt: skip


def blocked(
    recipe: Recipe, strategy: StrategyKind | None = None, optimizer: OptimizerKind | None = None
) -> Mapping[str, str]:
    """Fields that cannot be chosen now, or would have no effect, each with its reason.

    `strategy` and `optimizer` stand in where the recipe leaves them open; an optimiser that is still open is taken to
    be the usual one, L-BFGS for probes and AdamW for the rest.
    """
    settled = _settled(recipe, strategy, optimizer)
    return {rule.field: rule.reason for rule in reversed(RULES) if rule.when(settled)}


def check(recipe: Recipe, strategy: StrategyKind, optimizer: OptimizerKind | None = None) -> None:
    """Raises UserError BAD_VALUE for the first choice that a rule excludes and that is not at rest."""
    for field, reason in excluded(recipe, strategy, optimizer).items():
        raise UserError("BAD_VALUE", field=field, value=value_at(recipe, field), reason=reason)


def excluded(recipe: Recipe, strategy: StrategyKind, optimizer: OptimizerKind | None = None) -> Mapping[str, str]:
    """What was chosen although a rule excludes it, by field with the reason. Where the recipe left the strategy open
    the reason names it, for to choose another one is a way out."""
    advised = strategy if recipe.strategy.kind is None else None
    way_out = f" ({advised} is the advisor's strategy; strategy.kind chooses another)" if advised else ""
    return {rule.field: rule.reason + way_out for rule in reversed(_broken(recipe, strategy, optimizer))}


def fitting(recipe: Recipe, strategy: StrategyKind) -> Recipe:
    """The recipe for another strategy, choices that make no sense there at rest."""
    recipe = recipe.with_value("strategy.kind", strategy)
    while broken := _broken(recipe, strategy, None):
        recipe = recipe.with_value(broken[0].field, field_row(broken[0].field).default)
    return recipe


def _broken(recipe: Recipe, strategy: StrategyKind, optimizer: OptimizerKind | None) -> list[Rule]:
    settled = _settled(recipe, strategy, optimizer)

    def chosen(rule: Rule) -> bool:
        return bool(value_at(recipe, rule.field) != field_row(rule.field).default)

    return [rule for rule in RULES if not rule.idle and chosen(rule) and rule.when(settled)]


def _settled(recipe: Recipe, strategy: StrategyKind | None, optimizer: OptimizerKind | None) -> Recipe:
    kind = strategy or recipe.strategy.kind
    usual: OptimizerKind = "lbfgs" if kind in PROBES else "adamw"
    parts = {
        "strategy": recipe.strategy.model_copy(update={"kind": kind}),
        "optimizer": recipe.optimizer.model_copy(update={"kind": optimizer or recipe.optimizer.kind or usual}),
    }
    return recipe.model_copy(update=parts)
