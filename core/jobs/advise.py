"""Where the pictures stand on the grid, what that speaks for, and what it would mean for each stage."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core import requests
from core.backbones import catalogue, weights
from core.backbones.network import Network, build
from core.backbones.pretrained import confidences, with_classifier
from core.data.dataset import Dataset
from core.data.preprocessing import Preprocessing, to_json
from core.events import Reporter
from core.jobs.choosing import Chosen, choose, network_of, preprocessing_of, way_of
from core.jobs.clock import Clock
from core.jobs.material import features_cache, squares_at
from core.jobs.opening import open_dataset
from core.project import atomic
from core.recipe import Recipe, Strategy, excluded
from core.strategy import advise as advising
from core.strategy import constants
from core.strategy.constants import REFERENCE_BACKBONE, REFERENCE_SIZE
from core.strategy.evidence import gather
from core.strategy.look import Looked, look
from core.strategy.moments import batch_norms, remembers
from core.strategy.opening import joins_at, planned_floor, top_of
from core.strategy.plan import describe, plan
from core.strategy.rates import rates_for
from core.strategy.similarity import Similarity, by_confidence, by_memory, sample, unknown
from core.strategy.size import size
from core.training import resolve

LAYOUT = 2


def advise(request: requests.Advise, reporter: Reporter) -> dict[str, Any]:
    """Result: the `advise` fields, `backbone`, `pretrained`, `plan`, the network as the strategy treats it, and
    `rates`, how fast pretrained stages learn where the recipe leaves it open."""
    recipe, clock = request.recipe, Clock()
    torch.set_num_threads(resolve.threads_for(recipe))
    dataset = open_dataset(request.project, recipe, clock, reporter)
    chosen = choose(recipe, reporter)
    network = network_of(chosen, recipe)
    advice = advice_for(chosen, network, dataset, recipe, reporter)
    kind = recipe.strategy.kind or advice["strategy"]
    rates = rates_for(advice["similarity"])
    first = advice["first_stage"] if recipe.strategy.kind is None else None
    strategy = recipe.strategy.settled(kind, first, rates)
    head = (network.feature_count + 1) * len(dataset.classes)
    return {
        **advice,
        "backbone": chosen.entry.name,
        "pretrained": chosen.weights is not None,
        "plan": _with_joins(describe(plan(network, strategy), network.stages, head), network, strategy),
        "planned": kind,
        "excluded": dict(excluded(recipe, kind)),
        "rates": rates._asdict(),
    }


def _with_joins(blocks: list[dict[str, Any]], network: Network, strategy: Strategy) -> list[dict[str, Any]]:
    """`joins` of each block is the share of the training after which it begins to learn."""
    top, planned = top_of(network), planned_floor(network, strategy)
    shares = {stage: joins_at(stage, top, planned, strategy.gradual_unfreezing) for stage in range(planned, top)}
    return [{**block, "joins": shares.get(block["stage"], 0.0)} for block in blocks]


def advice_for(
    chosen: Chosen, network: Network, dataset: Dataset, recipe: Recipe, reporter: Reporter
) -> advising.Advice:
    """Measure size and similarity on what is learned from, try probes on it, and recommend.

    One pass over the pictures gives the features of all stages and what the BatchNorm layers saw; all of it is kept, so
    that asking again costs next to nothing.
    """
    if chosen.weights is None:
        code = "NO_PRETRAINING"
        return advising.advise(size(dataset), unknown(code, chosen.entry.name), pretrained=False)
    measured = _Measuring(chosen, chosen.weights, network, dataset, recipe, reporter)
    if not len(measured.train):
        return advising.advise(size(dataset), unknown("NO_PICTURES", chosen.entry.name))
    similarity, looked = measured.measure()
    groups = dataset.groups[measured.train] if len(dataset.groups) else None
    evidence = gather(looked.stages, looked.last, dataset.labels[measured.train], groups, recipe.seed)
    return advising.advise(size(dataset), similarity, evidence)


def similarity_for(
    chosen: Chosen, network: Network, dataset: Dataset, recipe: Recipe, reporter: Reporter
) -> Similarity | None:
    """How familiar the pictures are, alone; None where there is nothing to measure."""
    if chosen.weights is None or not len(dataset.indices("train")):
        return None
    return _Measuring(chosen, chosen.weights, network, dataset, recipe, reporter).measure()[0]


class _Measuring:
    """One backbone and one dataset."""

    def __init__(
        self, chosen: Chosen, numbers: weights.Weights, network: Network, dataset: Dataset, recipe: Recipe,
        reporter: Reporter,
    ) -> None:  # fmt: skip
        self.train = dataset.indices("train")
        self._chosen, self._weights, self._network = chosen, numbers, network
        self._dataset, self._recipe, self._reporter = dataset, recipe, reporter
        self._device, self._threads = resolve.device_for(recipe), resolve.threads_for(recipe)
        self._preprocessing = preprocessing_of(network, recipe)
        self._way = way_of(recipe, network, self._device, chosen.hash, len(self.train))
        self._sampled = sample(len(self.train), recipe.seed)

    def measure(self) -> tuple[Similarity, Looked]:
        kept = self._kept()
        has_memory = bool(batch_norms(self._network))
        watched = self._sampled if kept is None and has_memory and remembers(self._network) else self._sampled[:0]
        looked = self._look(self._network, self._chosen.hash, watched, self._preprocessing)
        similarity = kept or self._similarity(looked, has_memory)
        atomic.write_json(self._path(), similarity)
        return similarity, looked

    def _similarity(self, looked: Looked, has_memory: bool) -> Similarity:
        """By the backbone's own memory, else by its classifier's confidence, else by another's memory."""
        name, seed = self._chosen.entry.name, self._recipe.seed
        if looked.moments:
            return by_memory(self._network, looked.moments, self._preprocessing.size, seed)
        if has_memory:
            return unknown("NO_PRETRAINING", name)
        whole = with_classifier(self._chosen.entry, self._weights, self._preprocessing.size)
        if whole is not None:
            pictures = self._squares(self._preprocessing, self._sampled)
            sure = confidences(whole, pictures, self._preprocessing, self._device, self._reporter)
            accuracy = self._chosen.entry.accuracy
            return by_confidence(name, sure, accuracy / 100 if accuracy else None, seed)
        return self._by_stand_in(name)

    def _by_stand_in(self, name: str) -> Similarity:
        """Both learned from much the same pictures, it is assumed; the notes say so."""
        entry = catalogue.find(REFERENCE_BACKBONE)
        here = weights.local(entry)
        if here is None:
            return unknown("NO_MEMORY", name)
        other = build(entry, here)
        preprocessing = replace(self._preprocessing, size=REFERENCE_SIZE, mean=other.mean, std=other.std)
        looked = self._look(other, here.sha256, self._sampled, preprocessing, self._sampled)
        return by_memory(other, looked.moments, REFERENCE_SIZE, self._recipe.seed, stand_in_for=name)

    def _look(
        self, network: Network, key: str, watched: NDArray[np.int64], preprocessing: Preprocessing,
        only: NDArray[np.int64] | None = None,
    ) -> Looked:  # fmt: skip
        rows = np.arange(len(self.train)) if only is None else only
        return look(
            network,
            key,
            [self._dataset.hashes[index] for index in self.train[rows]],
            watched if only is None else np.arange(len(only)),
            lambda some: self._squares(preprocessing, rows[some]),
            preprocessing,
            self._way,
            features_cache(),
            self._device,
            self._reporter,
        )

    def _squares(self, preprocessing: Preprocessing, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        return squares_at(self._dataset, self.train[rows], preprocessing, self._threads, self._reporter)

    def _kept(self) -> Similarity | None:
        try:
            kept: Similarity = json.loads(self._path().read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept

    def _path(self) -> Path:
        """All that the measure depends on, its own constants included."""
        numbers = {name: value for name, value in vars(constants).items() if name.isupper()}
        key = [
            LAYOUT, self._chosen.entry.name, self._network.fingerprint(), to_json(self._preprocessing), self._way,
            [self._dataset.hashes[index] for index in self.train[self._sampled]], self._recipe.seed, numbers,
        ]  # fmt: skip
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]
        return features_cache() / "similarity" / f"{digest}.json"
