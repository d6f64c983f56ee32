"""What the recipe leaves open, decided once when a run begins; resume and replay use what is stored then."""

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from typing import Any

import torch

from core.backbones.records import Precision, Way
from core.errors import UserError
from core.processes import Place, place
from core.recipe import OptimizerKind, Recipe, StrategyKind
from core.training.optimizers import optimizer_row
from core.training.threads import threads_for as threads_for


@dataclass(frozen=True, slots=True)
class Defaults:
    """`epochs` for about 200 pictures; fewer pictures get more, so that the number of steps stays about the same."""

    optimizer: OptimizerKind
    epochs: int
    rate: float | None = None  # of the head; None: the optimiser's usual rate
    batch_size: int = 32


# Why from_scratch differs stands in CONTRIBUTING.md; the rates are the ones usual for these optimisers.
DEFAULTS: Mapping[StrategyKind, Defaults] = {
    "linear_probe": Defaults("lbfgs", 100),
    "stage_probe": Defaults("lbfgs", 100),
    "fine_tune_top": Defaults("adamw", 8, 1e-3),
    "fine_tune_all": Defaults("adamw", 8, 1e-3),
    "from_scratch": Defaults("adamw", 60, 3e-3, 16),
}
WEIGHT_DECAY = 0.01


@dataclass(frozen=True, slots=True)
class Resolved:
    """The open choices of a recipe, decided. `weight_decay` None: by cross-validation. `frozen_views`: so many views of
    each picture are kept as frozen stages gave them; 0: every picture passes the whole network each time. `processes`
    train together, with so many `threads` each. `layers` holds what the strategy left open about its stages."""

    strategy: StrategyKind
    backbone: str
    weights: str
    pretrained: bool
    settings: Mapping[str, Any]
    image_size: int
    optimizer: OptimizerKind
    learning_rate: float
    weight_decay: float | None
    epochs: int
    batch_size: int
    precision: Precision
    feature_precision: Way
    device: str
    threads: int
    dataset: str
    versions: Mapping[str, str]
    frozen_views: int = 0
    processes: int = 1
    layers: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "settings": dict(self.settings), "versions": dict(self.versions)}


def from_json(kept: Mapping[str, Any]) -> Resolved:
    return Resolved(**{name: kept[name] for name in Resolved.__slots__ if name in kept})


def device_for(recipe: Recipe) -> str:
    """`cuda` or `mps` where there is one and the recipe does not say otherwise.

    Raises UserError BAD_VALUE where the recipe asks for a device that is not here, or there are fewer than processes.
    """
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    wanted = recipe.training.device
    if wanted is not None and not here[wanted]:
        raise UserError("BAD_VALUE", field="training.device", value=wanted, reason="there is none on this machine")
    device = wanted or ("cuda" if here["cuda"] else "mps" if here["mps"] else "cpu")
    if device == "mps" and place().several:
        device = wanted or "cpu"
    most = {"cpu": place().local_count, "cuda": torch.cuda.device_count(), "mps": 1}[device]
    if place().local_count > most:
        reason = f"there are {place().local_count} processes on this machine, and each needs one of its own, of {most}"
        raise UserError("BAD_VALUE", field="training.device", value=device, reason=reason)
    return device


def for_processes(resolved: Resolved, recipe: Recipe, here: Place) -> Resolved:
    """The same for another number of processes than it was resolved for."""
    if resolved.processes == here.count:
        return resolved
    return replace(resolved, processes=here.count, threads=threads_for(recipe))


def optimizer_for(recipe: Recipe, strategy: StrategyKind) -> OptimizerKind:
    return recipe.optimizer.kind or DEFAULTS[strategy].optimizer


def rate_for(recipe: Recipe, strategy: StrategyKind, optimizer: OptimizerKind) -> float:
    if recipe.optimizer.learning_rate is not None:
        return recipe.optimizer.learning_rate
    default = DEFAULTS[strategy]
    if default.rate is not None and optimizer == default.optimizer:
        return default.rate
    return optimizer_row(optimizer).rate


def epochs_for(recipe: Recipe, strategy: StrategyKind, pictures: int) -> int:
    """Few pictures are seen more often: between one and three times the usual number of epochs."""
    if recipe.training.epochs is not None:
        return recipe.training.epochs
    return round(DEFAULTS[strategy].epochs * min(3.0, max(1.0, 200 / max(pictures, 1))))


def weight_decay_for(recipe: Recipe, optimizer: OptimizerKind) -> float | None:
    chosen = recipe.regularization.weight_decay
    if chosen is None and optimizer != "lbfgs":
        return WEIGHT_DECAY
    return chosen


def training_precision(recipe: Recipe, device: str, fastest: Precision) -> Precision:
    """On a processor fp32: with the backward pass, bf16 was measured between 1.15 times faster (mobilenetv2_035) and
    3 times slower (a tiny ResNet). A graphics card takes what is fastest for features.

    Raises UserError BAD_VALUE for half precision on a processor, which has no way of keeping gradients in its range.
    """
    if device == "cpu" and recipe.training.precision == "fp16":
        reason = "a processor learns in fp32 or bf16; half precision needs a graphics card"
        raise UserError("BAD_VALUE", field="training.precision", value="fp16", reason=reason)
    return recipe.training.precision or ("fp32" if device == "cpu" else fastest)


def batch_size_for(recipe: Recipe, strategy: StrategyKind, pictures: int) -> int:
    return min(recipe.training.batch_size or DEFAULTS[strategy].batch_size, max(pictures, 1))


def versions() -> dict[str, str]:
    names = ("graft-studio", "torch", "torchvision", "timm", "numpy", "pillow")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
