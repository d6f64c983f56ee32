"""Plans cover every parameter once, look without touching, and frozen statistics stay frozen."""

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
import torch
from timm.layers import DropPath

from core.backbones.catalogue import find
from core.backbones.network import Network, build
from core.data.preprocessing import Preprocessing
from core.errors import UserError
from core.recipe import BOLD, GENTLE, STRATEGIES, Strategy, StrategyKind
from core.strategy.opening import floor_at, joins_at
from core.strategy.plan import apply, describe, plan
from core.training.classifier import Classifier, ModelCard

BACKBONES = ("mobilenetv2_035", "torchvision/squeezenet1_1", "vit_tiny_patch16_224")
CARD = ModelCard("", {}, ("a", "b", "c"), Preprocessing(64, "crop", (0.5,) * 3, (0.5,) * 3), 0.0, False, {})


@cache
def network_of(name: str) -> Network:
    torch.manual_seed(0)
    return build(find(name), None)


def mobile(drop_path: float = 0.0) -> Classifier:
    torch.manual_seed(0)
    return Classifier(build(find("mobilenetv2_035"), None, drop_path=drop_path), CARD)


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("kind", STRATEGIES)
def test_every_parameter_is_in_exactly_one_row(name: str, kind: StrategyKind) -> None:
    network = network_of(name)
    before = {key: (value.clone(), value.requires_grad) for key, value in network.named_parameters()}
    groups = plan(network, Strategy(kind=kind, reinitialize=1))
    named = Counter(parameter for group in groups for parameter in group.parameters)
    expected = [f"network.{key}" for key, _ in network.named_parameters()] + ["head.weight", "head.bias"]
    assert named == Counter(expected)
    for key, value in network.named_parameters():
        assert torch.equal(before[key][0], value)
        assert before[key][1] == value.requires_grad
    rows = describe(groups, network.stages, head_parameters=7)
    assert [row["stage"] for row in json.loads(json.dumps(rows))] == [*range(len(network.stages)), None]
    assert sum(row["parameters"] for row in rows) == sum(p.numel() for p in network.parameters()) + 7


@pytest.mark.parametrize("name", BACKBONES)
def test_biases_and_norms_do_not_shrink(name: str) -> None:
    network = network_of(name)
    shapes = {f"network.{key}": value.ndim for key, value in network.named_parameters()}
    shapes |= {"head.weight": 2, "head.bias": 1}
    tables = {"network.layers.cls_token", "network.layers.pos_embed"}
    for group in plan(network, Strategy(kind="fine_tune_all")):
        for parameter in group.parameters:
            assert group.weight_decay == (shapes[parameter] > 1 and parameter not in tables), parameter


def rates(strategy: Strategy) -> list[float]:
    network = network_of("mobilenetv2_035")
    return [round(row["rate"], 6) for row in describe(plan(network, strategy), network.stages)]


def test_rates_fall_from_the_head_down() -> None:
    """By hand, for the four stages of a MobileNet and its head."""
    assert rates(Strategy(kind="linear_probe")) == [0, 0, 0, 0, 1]
    assert rates(Strategy(kind="stage_probe", first_stage=1)) == [0, 0, 0, 0, 1]
    assert rates(Strategy(kind="fine_tune_top")) == [0, 0, 0.07, 0.1, 1]
    assert rates(Strategy(kind="fine_tune_top", first_stage=1)) == [0, 0.049, 0.07, 0.1, 1]
    assert rates(Strategy(kind="fine_tune_all", backbone_rate=0.2, layer_decay=0.5)) == [0.025, 0.05, 0.1, 0.2, 1]
    assert rates(Strategy(kind="fine_tune_all", reinitialize=1)) == [0.0343, 0.049, 0.07, 1, 1]
    assert rates(Strategy(kind="from_scratch")) == [1, 1, 1, 1, 1]


def test_rates_that_are_left_open_follow_how_familiar_the_pictures_are() -> None:
    def asked(**choices: Any) -> Strategy:
        return Strategy(**choices).settled("fine_tune_all", 2, BOLD)

    assert rates(asked()) == [1, 1, 1, 1, 1]
    assert rates(asked(backbone_rate=0.2)) == [0.2, 0.2, 0.2, 0.2, 1]
    assert rates(asked(layer_decay=0.5)) == [0.125, 0.25, 0.5, 1, 1]
    assert asked().first_stage is None
    top = Strategy(kind="fine_tune_top").settled("fine_tune_top", 1, GENTLE)
    assert rates(top) == [0, 0.049, 0.07, 0.1, 1]
    assert Strategy(first_stage=3).settled("fine_tune_top", 1).first_stage == 3


@pytest.mark.parametrize(("top", "planned"), [(4, 0), (4, 2), (3, 3), (5, 1)])
def test_a_stage_joins_when_the_floor_has_come_down_to_it(top: int, planned: int) -> None:
    for stage in range(planned, top):
        joins = joins_at(stage, top, planned, gradual=True)
        assert floor_at(joins - 1e-3, top, planned, gradual=True) > stage
        assert floor_at(joins + 1e-6, top, planned, gradual=True) <= stage
        assert joins_at(stage, top, planned, gradual=False) == 0


def test_stages_that_start_afresh_learn_and_adapt() -> None:
    groups = plan(network_of("mobilenetv2_035"), Strategy(kind="fine_tune_top", first_stage=3, reinitialize=2))
    top = {group.stage: group for group in groups}
    assert [top[stage].learns for stage in range(4)] == [False, False, True, True]
    assert [top[stage].reinitialized for stage in range(4)] == [False, False, True, True]
    assert [top[stage].batch_norm for stage in range(4)] == ["frozen", "frozen", "adapt", "adapt"]
    probe = plan(network_of("mobilenetv2_035"), Strategy(kind="linear_probe", reinitialize=2))
    assert not any(group.reinitialized for group in probe if group.stage is not None)


@pytest.mark.parametrize(
    "strategy",
    [
        Strategy(kind="fine_tune_top", first_stage=4),
        Strategy(kind="stage_probe", first_stage=4),
        Strategy(kind="fine_tune_all", reinitialize=5),
    ],
)
def test_a_stage_that_is_not_there_is_the_users_error(strategy: Strategy) -> None:
    with pytest.raises(UserError) as caught:
        plan(network_of("mobilenetv2_035"), strategy)
    assert caught.value.code == "BAD_VALUE"
    assert "stages" in str(caught.value)


def moved_statistics(strategy: Strategy) -> set[int]:
    """The stages whose BatchNorm statistics move in a training pass."""
    classifier = mobile()
    set_mode = apply(plan(classifier.network, strategy), classifier)
    set_mode()
    before = {name: value.clone() for name, value in classifier.network.named_buffers()}
    classifier(torch.randn(4, 3, 64, 64))
    after = dict(classifier.network.named_buffers())
    return {classifier.network.stage_of(name) for name, value in before.items() if not torch.equal(value, after[name])}


def test_frozen_statistics_stay() -> None:
    assert moved_statistics(Strategy(kind="linear_probe", batch_norm="adapt")) == set()
    assert moved_statistics(Strategy(kind="fine_tune_all")) == set()
    assert moved_statistics(Strategy(kind="fine_tune_all", reinitialize=1)) == {3}
    assert moved_statistics(Strategy(kind="fine_tune_top", batch_norm="adapt")) == {2, 3}
    assert moved_statistics(Strategy(kind="from_scratch")) == {0, 1, 2, 3}


def test_only_what_the_plan_says_gets_a_gradient() -> None:
    classifier = mobile()
    groups = plan(classifier.network, Strategy(kind="fine_tune_top"))
    apply(groups, classifier)()
    classifier(torch.randn(4, 3, 64, 64)).sum().backward()
    moved = {name for name, value in classifier.named_parameters() if value.grad is not None}
    assert moved == {name for group in groups if group.learns for name in group.parameters}


def test_nothing_random_happens_in_frozen_stages() -> None:
    classifier = mobile(drop_path=0.5)
    apply(plan(classifier.network, Strategy(kind="fine_tune_top")), classifier)()
    awake = {
        name: module.training
        for name, module in classifier.network.named_modules()
        if isinstance(module, DropPath) and module.drop_prob
    }
    assert awake
    assert all(training == (int(name.split(".")[2]) > 2) for name, training in awake.items())
    below = [classifier.network.stage_features(torch.ones(4, 3, 64, 64))[1] for _ in range(2)]
    assert torch.equal(*below)


def test_a_plan_for_another_network_is_refused() -> None:
    with pytest.raises(ValueError, match="another network"):
        apply(plan(network_of("vit_tiny_patch16_224"), Strategy(kind="linear_probe")), mobile())
