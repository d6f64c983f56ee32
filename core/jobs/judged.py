"""A trained run opened for judging: its model, its pictures, and the features that the model has for them."""

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.backbones.features import Features, cached_features
from core.data.dataset import Dataset, Part
from core.data.load import load_dataset
from core.errors import UserError
from core.evaluation import gallery
from core.evaluation.answers import load_answers
from core.evaluation.ensemble import EnsembleCard, load_ensemble
from core.evaluation.gallery import Gallery
from core.events import Reporter
from core.jobs.clock import Clock
from core.jobs.material import features_cache, squares_at
from core.jobs.opening import open_dataset
from core.project.index import Index
from core.project.runs import Run
from core.recipe import PROBES
from core.training import resolve
from core.training.classifier import Classifier


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """`classifier` is the model, the first member where it is an ensemble."""

    run: Run
    card: EnsembleCard
    members: tuple[Classifier, ...]

    @property
    def classifier(self) -> Classifier:
        return self.members[0]


def open_judged(run: Run) -> Judged:
    """Raises UserError NOT_A_MODEL. From here on torch uses as many threads as the run's recipe says."""
    torch.set_num_threads(resolve.threads_for(run.recipe))
    ensemble = load_ensemble(run.model)
    return Judged(run, ensemble.card, ensemble.members)


def own_dataset(judged: Judged, clock: Clock, reporter: Reporter) -> Dataset:
    """The pictures of the run as they stand now. Raises what `open_dataset` raises."""
    return open_dataset(judged.run.project, judged.run.recipe, clock, reporter)


def held_out(judged: Judged, dataset: Dataset, part: Part) -> NDArray[np.int64]:
    """Where the pictures of a part stand that the run never learned from, whatever became of the split since.

    The run's answers say which these were. Raises UserError DATA_CHANGED for a run that kept none and whose pictures
    are others now: some that count as held out may be such that it learned from.
    """
    kept = load_answers(judged.run.folder)
    if not kept:
        if dataset.fingerprint != judged.run.resolved.get("dataset"):
            raise UserError("DATA_CHANGED")
        return dataset.indices(part)
    if part not in kept:
        return dataset.indices(part)[:0]
    paths = set(kept[part].paths)
    return np.array([place for place, path in enumerate(dataset.paths) if path in paths], dtype=np.int64)


def learned_from(judged: Judged, dataset: Dataset) -> NDArray[np.int64]:
    """Where the pictures stand that the run learned from: those that came later, or changed since, it never saw.

    For a run that did not keep which these were: those that are for training now and were not held out then.
    """
    contents = judged.run.learned
    if contents is not None:
        return np.array([place for place, content in enumerate(dataset.hashes) if content in contents], dtype=np.int64)
    out = {path for answers in load_answers(judged.run.folder).values() for path in answers.paths}
    return np.array([place for place in dataset.indices("train") if dataset.paths[place] not in out], dtype=np.int64)


def contents_learned_from(judged: Judged) -> Collection[str]:
    """Hashes of the contents that the run learned from, as far as it or its project knows them."""
    if judged.run.learned is not None:
        return judged.run.learned
    try:
        with Index.open(Path(judged.run.project), read_only=True) as index:
            own = load_dataset(index, judged.run.recipe)
    except UserError:  # its project is gone, or its pictures are: nothing is known
        return set()
    return {own.hashes[place] for place in learned_from(judged, own)}


def features_of(
    judged: Judged, dataset: Dataset, indices: NDArray[np.int64], part: Part, reporter: Reporter
) -> Features:
    """What the head reads, float32 [n, D], from the cache where a probe left it there."""
    classifier, resolved, recipe = judged.classifier, judged.run.resolved, judged.run.recipe
    by_probe = part == "train" and resolved.get("strategy") in PROBES
    preprocessing = classifier.card.preprocessing
    return cached_features(
        classifier.network,
        str(resolved.get("weights", "")),
        [dataset.hashes[i] for i in indices],
        lambda rows: squares_at(dataset, indices[rows], preprocessing, resolve.threads_for(recipe), reporter),
        preprocessing,
        resolved.get("feature_precision", "fp32") if by_probe else "fp32",
        features_cache(),
        resolve.device_for(recipe),
        reporter,
    )


def gallery_of(judged: Judged, reporter: Reporter) -> Gallery:
    """The run's gallery, built and kept where there is none yet. Raises what `open_dataset` raises."""
    kept = gallery.load(judged.run.folder)
    if kept is not None and kept.classes == judged.card.classes:
        return kept
    dataset = own_dataset(judged, Clock(), reporter)
    if dataset.classes != judged.card.classes:
        raise UserError("DATA_CHANGED")
    learned, others = learned_from(judged, dataset), held_out(judged, dataset, "val")
    learned = learned[gallery.evenly(dataset.labels[learned], gallery.MOST, judged.run.recipe.seed)]
    built = gallery.build(
        features_of(judged, dataset, learned, "train", reporter),
        dataset.labels[learned],
        [dataset.paths[i] for i in learned],
        dataset.classes,
        features_of(judged, dataset, others, "val", reporter),
        judged.run.recipe.seed,
    )
    with contextlib.suppress(UserError):  # where nothing can be written it serves all the same
        gallery.save(built, judged.run.folder)
    return built


def model_key(folder: Path) -> tuple[str, ...]:
    """Changes when a run's model or what the user settled about it does, whatever the clock says: each card is written
    anew, as another file."""
    cards = [(path.name, path.stat()) for path in sorted(folder.glob("*.json"))]
    return str(folder), *(f"{name} {card.st_mtime_ns} {card.st_ino}" for name, card in cards)
