"""Each plan trains exactly the parameters that it lists, as a plain PyTorch loop with the same groups does."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _NormBase

from core.backbones.catalogue import find
from core.backbones.network import build
from core.data.preprocessing import Preprocessing
from core.events import silent
from core.recipe import BOLD, GENTLE, OFF, Rates, Recipe, Strategy, StrategyKind
from core.strategy.plan import plan
from core.training.classifier import Classifier, ModelCard
from core.training.examples import Pictures, order
from core.training.resolve import Resolved
from core.training.steering import Steering
from core.training.teach import teach

SIDE, CLASSES, COUNT, EPOCHS, BATCH, RATE, DECAY = 32, 3, 12, 2, 4, 0.05, 0.01
PICTURES = np.random.default_rng(0).integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
LABELS = np.arange(COUNT, dtype=np.int64) % CLASSES
PREPROCESSING = Preprocessing(SIDE, "crop", (0.5,) * 3, (0.2,) * 3)
STAGES = 4  # of the small ResNet


@dataclass
class Dataset:
    """Twelve pictures to learn from and none to judge by: so the last state is kept."""

    labels: Any = None
    hashes: Any = None

    def indices(self, part: str) -> Any:
        return np.arange(COUNT if part == "train" else 0)


class Stock:
    def __init__(self, classifier: Classifier, folder: Path) -> None:
        self.dataset: Any = Dataset(LABELS, [str(number) for number in range(COUNT)])
        self.frozen_folder = folder
        self._network = copy.deepcopy(classifier.network).eval()

    def squares(self, part: str) -> Any:
        return PICTURES[self.dataset.indices(part)]

    def features(self, part: str) -> Any:
        some = torch.from_numpy(self.dataset.indices(part))
        with torch.no_grad():
            return self._network(inputs(some)).numpy() if len(some) else np.zeros((0, 1), np.float32)


def inputs(positions: Tensor) -> Tensor:
    return Pictures(PICTURES, torch.from_numpy(LABELS), PREPROCESSING, None).inputs(positions, 0)


def classifier_of(fresh: int) -> Classifier:
    torch.manual_seed(3)
    network = build(find("test_resnet"), None)
    # As if pretrained: statistics that are not those with which a network is born.
    for module in network.modules():
        if isinstance(module, _NormBase) and module.running_mean is not None:
            nn.init.normal_(module.running_mean, std=0.1)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    if fresh:
        network.reinitialize(fresh, 7)
        changed = [name for name, value in network.named_parameters() if (value != before[name]).any()]
        assert {network.stage_of(name) for name in changed} == set(range(STAGES - fresh, STAGES))
    return Classifier(network, ModelCard("test_resnet", {}, ("a", "b", "c"), PREPROCESSING, 0.0, False, {}))


def by_hand(classifier: Classifier, lowest: int, fresh: int, rates: Rates, adapts: bool) -> None:
    """Plain PyTorch: momentum with a rate and a decay for each tensor, statistics kept where they must be.

    Not Adam, whose first steps are as long as the rate whatever the gradient: where that is rounding alone, as below a
    norm that adapts, so is the sign of its step.
    """
    network = classifier.network
    groups = []
    for name, parameter in network.named_parameters():
        stage = network.stage_of(name)
        parameter.requires_grad_(stage >= lowest)
        share = 1.0 if stage >= fresh else rates.backbone_rate * rates.layer_decay ** (STAGES - 1 - stage)
        decay = DECAY if parameter.ndim > 1 else 0.0
        if stage >= lowest:
            groups.append({"params": [parameter], "lr": RATE * share, "weight_decay": decay})
    for parameter in classifier.head.parameters():
        decay = DECAY if parameter.ndim > 1 else 0.0
        groups.append({"params": [parameter], "lr": RATE, "weight_decay": decay})
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    learning = [parameter for parameter in classifier.parameters() if parameter.requires_grad]
    for epoch in range(1, EPOCHS + 1):
        for positions in torch.split(order(COUNT, epoch, 0), BATCH):
            classifier.train()
            for name, module in network.named_modules():
                if isinstance(module, _NormBase):
                    stage = network.stage_of(f"{name}.weight")
                    module.train(stage >= fresh or (adapts and stage >= lowest))
            loss = functional.cross_entropy(classifier(inputs(positions)), torch.from_numpy(LABELS)[positions])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(learning, 1.0)
            optimizer.step()


CASES: list[tuple[str, StrategyKind, dict[str, Any], Rates, int]] = [
    # what it is called, the strategy, its choices, the rates, and by hand the lowest stage that learns
    ("probe", "linear_probe", {}, GENTLE, 4),
    ("stage probe", "stage_probe", {"first_stage": 1}, GENTLE, 4),
    ("top", "fine_tune_top", {}, GENTLE, 2),
    ("top from 3", "fine_tune_top", {"first_stage": 3}, BOLD, 3),
    ("top afresh", "fine_tune_top", {"first_stage": 3, "reinitialize": 2}, GENTLE, 2),
    ("all", "fine_tune_all", {}, GENTLE, 0),
    ("all boldly", "fine_tune_all", {}, BOLD, 0),
    ("all, adapting", "fine_tune_all", {"batch_norm": "adapt"}, Rates(0.3, 0.5), 0),
    ("all, afresh", "fine_tune_all", {"reinitialize": 1}, GENTLE, 0),
    ("scratch", "from_scratch", {}, GENTLE, 0),
]


@pytest.mark.parametrize(("kind", "choices", "rates", "lowest"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_exactly_what_the_plan_lists_learns_as_in_plain_pytorch(
    kind: StrategyKind, choices: dict[str, Any], rates: Rates, lowest: int, tmp_path: Path
) -> None:
    reinitialized = choices.get("reinitialize", 0)
    fresh = 0 if kind == "from_scratch" else STAGES - reinitialized
    classifier = classifier_of(reinitialized)
    other, before = copy.deepcopy(classifier), copy.deepcopy(classifier.state_dict())
    strategy = Strategy(kind=kind, head_first=False, **choices)
    recipe = Recipe(strategy=strategy, augmentation=OFF).with_value("schedule.kind", "constant")
    recipe = recipe.with_value("schedule.warmup", 0.0)
    resolved = Resolved(
        kind, "test_resnet", "", True, {}, SIDE, "momentum", RATE, DECAY, EPOCHS, BATCH, "fp32", "fp32", "cpu",
        torch.get_num_threads(), "", {}, layers=rates._asdict(),
    )  # fmt: skip
    stock, folder = Stock(classifier, tmp_path / "frozen"), tmp_path / "checkpoints"
    teach(classifier, recipe, resolved, stock, folder, silent(), Steering(silent()))
    by_hand(other, lowest, fresh, rates, choices.get("batch_norm") == "adapt")

    after, wanted = classifier.state_dict(), other.state_dict()
    for name, value in after.items():
        torch.testing.assert_close(value, wanted[name], rtol=1e-3, atol=2e-5)
    parameters = dict(classifier.named_parameters())
    listed = {name for group in plan(classifier.network, strategy) if group.learns for name in group.parameters}
    changed = {name for name in parameters if (after[name] != before[name]).any()}
    assert {name for name, value in parameters.items() if value.requires_grad} == listed
    # A scale of 1 may have a gradient too small to be seen beside it; what is pulled to zero always moves.
    assert {name for name in listed if parameters[name].ndim > 1} <= changed <= listed
    statistics = {name for name in after.keys() - parameters.keys() if (after[name] != before[name]).any()}
    moved = {classifier.network.stage_of(name.removeprefix("network.")) for name in statistics}
    first = 0 if choices.get("batch_norm") == "adapt" else fresh
    assert moved == set(range(max(first, lowest), STAGES))
