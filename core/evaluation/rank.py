"""Backbones ranked for the user's own pictures, without training any of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.backbones.features import Way, reader
from core.backbones.network import Network
from core.data.preprocessing import Preprocessing
from core.errors import Problem, UserError
from core.evaluation.logme import logme
from core.events import Found, Reporter
from core.metrics import wilson
from core.strategy.stage_choice import FOLDS, whole_folds
from core.training.head import fit_head

PICTURES = 1000
TIMED = 32


@dataclass(frozen=True, slots=True)
class Candidate:
    """One backbone, ready. `features` gives float32 [n, D] for rows of the labels; `milliseconds` per picture."""

    features: Callable[[NDArray[np.int64]], NDArray[np.float32]]
    milliseconds: Callable[[], float]


def rank(
    names: Sequence[str],
    prepare: Callable[[str], Candidate],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    classes: int,
    seed: int,
    reporter: Reporter,
) -> dict[str, Any]:
    """`backbones` [{name, logme, probe_accuracy, low, high, milliseconds_per_picture, seconds}], best first; `seconds`
    is what ranking it took.

    `labels` are those of the training pictures, of which at most 1,000 are looked at; those of a group stay together.
    The order is by cross-validated accuracy; among equals by LogME. A backbone that cannot be had is reported and left
    out. Raises UserError where none can be had.
    """
    rows = sample(labels, PICTURES, seed)
    ranked: list[dict[str, Any]] = []
    missing: list[UserError] = []
    for done, name in enumerate(names):
        reporter.progress("rank", done, len(names))
        began = time.monotonic()
        try:
            candidate = prepare(name)
        except UserError as error:
            reporter.emit(Found, problem=Problem(error.code, params=error.params))
            missing.append(error)
            continue
        speed = candidate.milliseconds()
        scores = score(candidate.features(rows), labels[rows], groups[rows], classes, seed)
        took = round(time.monotonic() - began, 2)
        ranked.append({"name": name, **scores, "milliseconds_per_picture": speed, "seconds": took})
    reporter.progress("rank", len(names), len(names))
    if missing and not ranked:
        raise missing[0]
    ranked.sort(key=lambda row: (row["probe_accuracy"], row["logme"]), reverse=True)
    return {"backbones": ranked}


def sample(labels: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """Rows of at most `most` pictures, ascending; every class keeps its share, and at least one picture."""
    if len(labels) <= most:
        return np.arange(len(labels))
    generator = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        chosen.append(generator.permutation(rows)[: max(1, len(rows) * most // len(labels))])
    return np.sort(np.concatenate(chosen))


def score(
    features: NDArray[np.float32], labels: NDArray[np.int64], groups: NDArray[np.int64], classes: int, seed: int
) -> dict[str, float]:
    """`logme`, and the accuracy of a linear head under five-fold cross-validation with its interval (Wilson, 95 %).

    A group is in one fold: a head that learned from a picture knows its twin.
    """
    fold = whole_folds(torch.from_numpy(labels), torch.from_numpy(groups), seed)
    correct = _cross_validated(torch.from_numpy(features), torch.from_numpy(labels), fold, classes, seed)
    low, high = wilson(correct, len(labels))
    return {
        "logme": logme(features, labels),
        "probe_accuracy": correct / len(labels),
        "low": low,
        "high": high,
    }


def speed(network: Network, preprocessing: Preprocessing, way: Way, device: str) -> float:
    """Milliseconds that one picture takes on this machine, decoding not counted: the better of two tries."""
    shape = (TIMED, preprocessing.size, preprocessing.size, 3)
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    extractor = reader(network, preprocessing, way, device)
    tries = []
    for _ in range(3):  # the first warms up
        began = time.perf_counter()
        extractor.rows(noise)
        tries.append(time.perf_counter() - began)
    return min(tries[1:]) * 1000 / TIMED


def _cross_validated(features: torch.Tensor, labels: torch.Tensor, fold: torch.Tensor, classes: int, seed: int) -> int:
    """How many samples a head gets right that was fitted without them.

    The weight decay is chosen within the first fold's training part and kept: it hardly differs between folds, and
    choosing costs more than fitting.
    """
    decay: float | None = None
    correct = 0
    for held_out in range(FOLDS):
        learns = fold != held_out
        if not learns.any() or learns.all():
            continue
        fitted = fit_head(features[learns], labels[learns], classes, weight_decay=decay, seed=seed)
        decay = fitted.weight_decay
        with torch.inference_mode():
            correct += int((fitted.head(features[~learns]).argmax(1) == labels[~learns]).sum())
    return correct
