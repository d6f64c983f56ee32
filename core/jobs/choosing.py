"""Which backbone serves a recipe, with which weights, and how its pictures are prepared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from core.backbones import catalogue, ways, weights
from core.backbones.network import POOLING, Network, build
from core.backbones.records import Way
from core.data.preprocessing import Preprocessing
from core.errors import UserError
from core.events import Reporter
from core.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backbone with its numbers, or without them (`weights` None) where it must learn from scratch."""

    entry: catalogue.Entry
    weights: weights.Weights | None

    @property
    def hash(self) -> str:
        return self.weights.sha256 if self.weights else "random"


def choose(recipe: Recipe, reporter: Reporter) -> Chosen:
    """The backbone that the recipe names, its weights fetched if need be; else the best that is here; else a small
    network without weights. Raises UserError NO_SUCH_BACKBONE, NO_WEIGHTS, NO_BACKBONE_HERE.
    """
    name, scratch = recipe.backbone.name, recipe.strategy.kind == "from_scratch"
    if name is None:
        entry = catalogue.best_local()
        if entry is None or scratch:
            if not scratch and recipe.strategy.kind is not None:
                raise UserError("NO_BACKBONE_HERE")
            return Chosen(catalogue.SMALL, None)
        return Chosen(entry, weights.local(entry))
    entry = catalogue.find(name)
    if scratch:
        return Chosen(entry, None)
    return Chosen(entry, weights.local(entry) or weights.fetch(entry, reporter))


def network_of(chosen: Chosen, recipe: Recipe, settings: Mapping[str, Any] | None = None) -> Network:
    """The network, random numbers drawn from the recipe's seed where there are no weights."""
    own = dict(settings or {})
    if recipe.data.image_size is not None:
        own["image_size"] = recipe.data.image_size
    if recipe.regularization.pooling != "average":
        own[POOLING] = recipe.regularization.pooling
    torch.manual_seed(recipe.seed)
    return build(chosen.entry, chosen.weights, own, drop_path=recipe.regularization.drop_path)


def preprocessing_of(network: Network, recipe: Recipe) -> Preprocessing:
    size = recipe.data.image_size or network.image_size
    return Preprocessing(size=size, fit=recipe.data.fit, mean=network.mean, std=network.std)


def way_of(recipe: Recipe, network: Network, device: str, weights_hash: str, pictures: int) -> Way:
    """How the features of so many pictures are computed: as the recipe demands, else the fastest way that is right."""
    demanded = recipe.training.features or recipe.training.precision
    return demanded or ways.fastest_way(network, device, weights_hash, pictures)
