"""Suspected label errors, by what the backbone sees."""

from pathlib import Path
from typing import Any

import numpy as np

from core import requests
from core.backbones.features import Features, cached_features
from core.data.dataset import Dataset
from core.evaluation.suspects import suspects
from core.events import Reporter
from core.jobs.choosing import choose, network_of, preprocessing_of
from core.jobs.clock import Clock
from core.jobs.judged import Judged, features_of, open_judged, own_dataset
from core.jobs.material import features_cache, squares_at
from core.project.runs import open_run
from core.training import resolve


def check_labels(request: requests.CheckLabels, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL, and what `open_dataset` raises."""
    judged = open_judged(open_run(Path(request.run)))
    dataset = own_dataset(judged, Clock(), reporter)
    features = _features(judged, dataset, reporter)
    groups = dataset.groups_of(np.arange(len(dataset)))
    found = suspects(features, dataset.labels, dataset.classes, dataset.paths, groups, reporter, judged.run.recipe.seed)
    return {"checked": len(dataset), "suspects": found}


def _features(judged: Judged, dataset: Dataset, reporter: Reporter) -> Features:
    """Those of the backbone before it learned from these labels, which it may have learned by heart; without
    pretrained weights there are no others than the model's own."""
    resolved, recipe = judged.run.resolved, judged.run.recipe
    everything = np.arange(len(dataset))
    if not resolved.get("pretrained", True):
        return features_of(judged, dataset, everything, "val", reporter)
    asked = recipe.with_value("backbone.name", judged.classifier.card.backbone)
    chosen = choose(asked, reporter)
    network = network_of(chosen, asked, resolved.get("settings"))
    preprocessing = preprocessing_of(network, recipe)
    return cached_features(
        network,
        chosen.hash,
        list(dataset.hashes),
        lambda rows: squares_at(dataset, everything[rows], preprocessing, resolve.threads_for(recipe), reporter),
        preprocessing,
        resolved.get("feature_precision", "fp32"),
        features_cache(),
        resolve.device_for(recipe),
        reporter,
    )
