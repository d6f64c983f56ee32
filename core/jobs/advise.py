"""Where the pictures stand on the grid, what that speaks for, and what it would mean for each stage."""

from typing import Any

import torch

from core import requests
from core.backbones.network import Network
from core.data.dataset import Dataset
from core.events import Reporter
from core.jobs.choosing import Chosen, choose, network_of, preprocessing_of
from core.jobs.clock import Clock
from core.jobs.material import squares_at
from core.jobs.opening import open_dataset
from core.recipe import Recipe
from core.strategy import advise as advising
from core.strategy.plan import describe, plan
from core.strategy.similarity import sample, similarity, unknown
from core.strategy.size import size
from core.training import resolve


def advise(request: requests.Advise, reporter: Reporter) -> dict[str, Any]:
    """Result: the `advise` fields, `backbone`, `pretrained`, and `plan`, the network as the strategy treats it."""
    recipe, clock = request.recipe, Clock()
    torch.set_num_threads(resolve.threads_for(recipe))
    dataset = open_dataset(request.project, recipe, clock, reporter)
    chosen = choose(recipe, reporter)
    network = network_of(chosen, recipe)
    advice = advice_for(chosen, network, dataset, recipe, reporter)
    kind = recipe.strategy.kind or advice["strategy"]
    strategy = recipe.with_value("strategy.kind", kind).strategy
    head = (network.feature_count + 1) * len(dataset.classes)
    return {
        **advice,
        "backbone": chosen.entry.name,
        "pretrained": chosen.weights is not None,
        "plan": describe(plan(network, strategy), network.stages, head),
        "planned": kind,
    }


def advice_for(
    chosen: Chosen, network: Network, dataset: Dataset, recipe: Recipe, reporter: Reporter
) -> advising.Advice:
    """Measure size and similarity on what is learned from, and recommend."""
    train = dataset.indices("train")
    if chosen.weights is None:
        code = "NO_PRETRAINING"
        return advising.advise(size(dataset), unknown(code, chosen.entry.name), pretrained=False)
    shown = train[sample(len(train), recipe.seed)]
    preprocessing = preprocessing_of(network, recipe)
    pictures = squares_at(dataset, shown, preprocessing, resolve.threads_for(recipe), reporter)
    measured = similarity(network, pictures, preprocessing, recipe.seed, reporter)
    return advising.advise(size(dataset), measured, pretrained=True)
