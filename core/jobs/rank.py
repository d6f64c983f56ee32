"""Backbones compared on the user's own pictures, without training any."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core import requests
from core.backbones import store
from core.backbones.features import Features, cached_features
from core.data.dataset import Dataset
from core.errors import UserError
from core.evaluation import rank as ranking
from core.events import Reporter
from core.jobs.choosing import choose, network_of, preprocessing_of, way_of
from core.jobs.clock import Clock
from core.jobs.material import features_cache, squares_at
from core.jobs.opening import open_dataset
from core.recipe import Recipe
from core.training import resolve


def rank(request: requests.Rank, reporter: Reporter) -> dict[str, Any]:
    """Result: the `rank` fields. Without names, every backbone whose weights are here takes part."""
    recipe = request.recipe
    torch.set_num_threads(resolve.threads_for(recipe))
    names = request.backbones or tuple(dict.fromkeys(card.name for card in store.cards()))
    if not names:
        raise UserError("NO_BACKBONE_HERE")
    dataset = open_dataset(request.project, recipe, Clock(), reporter)
    train = dataset.indices("train")

    def prepare(name: str) -> ranking.Candidate:
        return _candidate(recipe.with_value("backbone.name", name), dataset, reporter)

    labels, groups = dataset.labels[train], dataset.groups_of(train)
    return ranking.rank(names, prepare, labels, groups, len(dataset.classes), recipe.seed, reporter)


def _candidate(recipe: Recipe, dataset: Dataset, reporter: Reporter) -> ranking.Candidate:
    device, threads = resolve.device_for(recipe), resolve.threads_for(recipe)
    chosen = choose(recipe, reporter)
    network = network_of(chosen, recipe)
    preprocessing = preprocessing_of(network, recipe)
    train = dataset.indices("train")
    way = way_of(recipe, network, device, chosen.hash, min(len(train), ranking.PICTURES))

    def features(rows: NDArray[np.int64]) -> Features:
        indices = train[rows]
        return cached_features(
            network,
            chosen.hash,
            [dataset.hashes[i] for i in indices],
            lambda some: squares_at(dataset, indices[some], preprocessing, threads, reporter),
            preprocessing,
            way,
            features_cache(),
            device,
            reporter,
        )

    return ranking.Candidate(features, lambda: ranking.speed(network, preprocessing, way, device))
