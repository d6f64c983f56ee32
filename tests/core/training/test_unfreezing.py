"""Stages of a real network opened while it learns: what was cached gives way, and a kill loses nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.backbones.catalogue import find
from core.backbones.network import build
from core.data.dataset import Part
from core.errors import Cancelled
from core.events import Batch, Event, Reporter, Steer, Steered
from core.recipe import Augmentation, Recipe, Strategy, with_settings
from core.strategy.opening import at_floor, floor_at, planned_floor, top_of, widest
from core.strategy.plan import plan
from core.training.checkpoints import latest
from core.training.steering import Steering
from core.training.teach import Taught, teach
from tests.core.training.test_frozen import RESOLVED, Stock, classifier_of, recipe_of, stock

TOP = recipe_of(Augmentation(flip=True, smallest_crop=0.5))
PROBE = Recipe().with_value("strategy.kind", "linear_probe")


class WithFeatures(Stock):
    def features(self, part: Part) -> NDArray[np.float32]:
        pictures = self.squares(part)[:, ::2, ::2].reshape(len(self.dataset.indices(part)), -1)
        return pictures[:, :1280].astype(np.float32) / 255


def _taught(
    recipe: Recipe, folder: Path, wishes: dict[int, str] | None = None, stop_at: int | None = None,
    replay: list[dict[str, Any]] | None = None, started: int = 0,
) -> tuple[Taught, list[Event]]:  # fmt: skip
    step, told = started, []
    folder.mkdir(exist_ok=True)  # as a run's folder is there before its training begins

    def hear(event: Event) -> None:
        nonlocal step
        told.append(event)
        step = event.step if isinstance(event, Batch) else step

    def take() -> tuple[Steer, ...]:
        wish = (wishes or {}).pop(step, None)
        return (Steer(wish),) if wish else ()

    reporter = Reporter("x", hear, lambda: step == stop_at, take)
    material = WithFeatures(**{name: getattr(stock(folder), name) for name in ("dataset", "frozen_folder", "asked")})
    resolved = replace(RESOLVED, strategy=recipe.strategy.kind, frozen_views=2 if recipe is TOP else 0)
    steering = Steering(reporter, replay or ())
    return teach(classifier_of(), recipe, resolved, material, folder / "run", reporter, steering), told


def _state(taught: Taught) -> list[torch.Tensor]:
    return list(taught.classifier.state_dict().values())


@pytest.mark.parametrize("recipe", [TOP, PROBE], ids=["cached stages", "cached features"])
def test_unfrozen_killed_resumed_and_replayed_it_ends_bit_for_bit_the_same(tmp_path: Path, recipe: Recipe) -> None:
    whole, told = _taught(recipe, tmp_path / "whole", {2: "unfreeze"})
    steered = [{"step": e.step, "action": e.action, "value": e.value} for e in told if isinstance(e, Steered)]
    assert steered == [{"step": 2, "action": "unfreeze", "value": None}]
    with pytest.raises(Cancelled):
        _taught(recipe, tmp_path / "cut", {2: "unfreeze"}, stop_at=4)
    saved = latest(tmp_path / "cut" / "run")
    assert saved is not None
    resumed, _ = _taught(recipe, tmp_path / "cut", started=4)
    replayed, _ = _taught(recipe, tmp_path / "again", replay=steered)
    for one, other, third in zip(_state(whole), _state(resumed), _state(replayed), strict=True):
        assert torch.equal(one, other)
        assert torch.equal(one, third)

    network, start = whole.classifier.network, dict(classifier_of().named_parameters())
    assert whole.lesson is not None
    opened = whole.lesson.planned - 1
    assert whole.lesson.floor == saved.position.floor == opened
    for name, value in whole.classifier.named_parameters():
        if name.startswith("network."):
            assert torch.equal(value, start[name]) == (network.stage_of(name.removeprefix("network.")) < opened)


def test_the_plan_at_its_floor_is_the_strategy_of_that_name() -> None:
    network = build(find("mobilenetv2_035"), None, settings={"image_size": 64})
    for settings in (
        ["strategy.kind=fine_tune_top"], ["strategy.kind=fine_tune_all", "strategy.batch_norm=adapt"],
        ["strategy.kind=fine_tune_top", "strategy.first_stage=3"], ["strategy.kind=linear_probe"],
        ["strategy.kind=from_scratch"], ["strategy.kind=fine_tune_all", "strategy.reinitialize=2"],
    ):  # fmt: skip
        strategy: Strategy = with_settings(Recipe(), settings).strategy
        floor = planned_floor(network, strategy)
        opened = [row for row in at_floor(widest(network, strategy), floor, top_of(network)) if row.learns]
        assert opened == [row for row in plan(network, strategy) if row.learns]


def test_the_head_of_a_lower_stage_opens_that_stage_first() -> None:
    network = build(find("mobilenetv2_035"), None, settings={"image_size": 64, "read_stage": 2})
    strategy = Strategy(kind="stage_probe", first_stage=2)
    assert planned_floor(network, strategy) == top_of(network) == 3
    learning = {row.stage for row in at_floor(widest(network, strategy), 2, 3) if row.learns}
    assert learning == {2, None}


def test_gradual_unfreezing_opens_the_last_stage_before_half_is_over() -> None:
    floors = [floor_at(step / 100, 5, 1, True) for step in range(100)]
    assert floors[0] == 5
    assert floors[50] == floors[99] == 1
    assert sorted(set(floors), reverse=True) == [5, 4, 3, 2, 1]
    assert floors.count(4) == floors.count(3) == 10
    assert floor_at(0.0, 5, 1, False) == 1
