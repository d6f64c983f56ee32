"""Twins as a backbone sees them: a pass over the features of all pictures, which a training will use too."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from core import requests
from core.data.dataset import PARTS
from core.data.likeness import alike
from core.data.scan import refresh
from core.errors import UserError
from core.events import Reporter
from core.jobs.choosing import choose, network_of, preprocessing_of
from core.jobs.clock import Clock
from core.jobs.material import Stock
from core.jobs.opening import open_dataset
from core.project.index import Index
from core.training import resolve


def find_twins(request: requests.FindTwins, reporter: Reporter) -> dict[str, Any]:
    """Compare all pictures by their features and keep the pairs in the index.

    Raises UserError NO_BACKBONE_HERE where none has learned anything, and what `open_dataset` raises.
    """
    recipe, clock = request.recipe, Clock()
    torch.set_num_threads(resolve.threads_for(recipe))
    # Conflicts need not be settled first: this is to help settling.
    dataset = open_dataset(request.project, recipe.with_value("data.on_conflict", "exclude"), clock, reporter)
    chosen = choose(recipe.with_value("strategy.kind", None), reporter)  # also where the training starts from nothing
    if chosen.weights is None:
        raise UserError("NO_BACKBONE_HERE")
    network = network_of(chosen, recipe)
    device, threads = resolve.device_for(recipe), resolve.threads_for(recipe)
    stock = Stock(
        dataset, network, chosen.hash, preprocessing_of(network, recipe), "fp32", device, threads, clock, reporter
    )
    features = np.concatenate([stock.features(part) for part in PARTS])
    hashes = [dataset.hashes[place] for part in PARTS for place in dataset.indices(part)]
    pairs = alike(features, hashes)
    with Index.open(Path(request.project)) as index:
        before = index.summary().get("duplicates", 0)
        index.store_alike(pairs)
        summary = refresh(index, recipe)
    return {
        "backbone": chosen.entry.name,
        "pairs": len(pairs),
        "groups": len(summary["duplicates"]),
        "groups_before": before,
        "duplicates": summary["duplicates"],
    }
