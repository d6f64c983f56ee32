"""Choices that exclude one another: shown with the reason, refused by name, laid to rest for another strategy."""

import pytest

from core.errors import UserError
from core.recipe import RULES, Recipe, Rule, blocked, check, field_row, fitting, value_at, with_settings


def test_the_default_recipe_breaks_no_rule() -> None:
    for strategy in ("linear_probe", "fine_tune_top", "fine_tune_all", "from_scratch"):
        check(Recipe(), strategy, "lbfgs" if strategy == "linear_probe" else "adamw")  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.field)
def test_every_rule_names_a_field_and_ends_in_no_stop(rule: Rule) -> None:
    field_row(rule.field)
    assert not rule.reason.endswith(".")  # it stands inside a sentence


@pytest.mark.parametrize(
    ("settings", "strategy", "optimizer", "field"),
    [
        (["training.precision=bf16"], "linear_probe", "lbfgs", "training.precision"),
        (["regularization.mixup=0.2"], "linear_probe", "adamw", "regularization.mixup"),
        (["optimizer.kind=lbfgs"], "fine_tune_all", "lbfgs", "optimizer.kind"),
        (["regularization.l1=0.1"], "stage_probe", "lbfgs", "regularization.l1"),
        (["strategy.gradual_unfreezing=true"], "from_scratch", "adamw", "strategy.gradual_unfreezing"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(settings: list[str], strategy: str, optimizer: str, field: str) -> None:
    recipe = with_settings(Recipe(), settings)
    with pytest.raises(UserError) as caught:
        check(recipe, strategy, optimizer)  # type: ignore[arg-type]
    assert caught.value.params["field"] == field
    reason = str(caught.value.params["reason"])
    assert reason.startswith(blocked(recipe, strategy, optimizer)[field])  # type: ignore[arg-type]
    assert f"{strategy} is the advisor's strategy" in reason  # nobody chose it, so another one is a way out
    with pytest.raises(UserError) as caught:
        check(recipe.with_value("strategy.kind", strategy), strategy, optimizer)  # type: ignore[arg-type]
    assert caught.value.params["reason"] == blocked(recipe, strategy, optimizer)[field]  # type: ignore[arg-type]
    settled = fitting(recipe, strategy)  # type: ignore[arg-type]
    assert value_at(settled, field) == field_row(field).default
    check(settled, strategy, settled.optimizer.kind or "adamw")  # type: ignore[arg-type]


def test_of_two_that_exclude_each_other_one_stays() -> None:
    both = with_settings(Recipe(), ["regularization.class_weights=true", "training.balanced_sampling=true"])
    settled = fitting(both, "fine_tune_all")
    assert settled.regularization.class_weights != settled.training.balanced_sampling


def test_fields_without_effect_are_shown_so_but_not_refused() -> None:
    recipe = with_settings(Recipe(), ["schedule.cycles=5", "optimizer.kind=sgd"])
    told = blocked(recipe, "fine_tune_all")
    assert {"schedule.cycles", "optimizer.momentum", "optimizer.decay"} <= set(told)
    assert "schedule.kind" not in told
    check(recipe, "fine_tune_all", "sgd")
    assert "schedule.kind" in blocked(Recipe(), "linear_probe")
