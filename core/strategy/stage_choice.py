"""Which stage's features tell the classes apart best, by cross-validated ridge regression on each.

Ridge regression on class indicators needs one decomposition for every penalty of a fold, so the whole choice costs
a second or two; only the ranking of the stages is wanted here.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

FOLDS = 5
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Relative to the mean eigenvalue of the Gram matrix."""

ENOUGH = 1000
"""Pictures drawn from larger sets: more would not change the ranking."""


def choose_stage(features: Sequence[ArrayLike], labels: ArrayLike, seed: int) -> tuple[int, list[float]]:
    """The best stage and the cross-validated accuracy of each; `features` holds float [N, C] per stage.

    Of stages that are equally good the upper one is taken. The pictures should be training pictures only.
    """
    truth = torch.from_numpy(np.unique(np.asarray(labels), return_inverse=True)[1])
    drawn = torch.randperm(len(truth), generator=torch.Generator().manual_seed(seed))[:ENOUGH]
    truth = truth[drawn]
    fold = _folds(truth)
    accuracies = [_accuracy(torch.as_tensor(stage)[drawn].double(), truth, fold) for stage in features]
    best = max(range(len(accuracies)), key=lambda index: (accuracies[index], index))
    return best, accuracies


def _folds(labels: Tensor) -> Tensor:
    """A fold for each sample [N], every class spread evenly; the samples come shuffled."""
    fold = torch.empty_like(labels)
    fold[labels.argsort(stable=True)] = torch.arange(len(labels)) % min(FOLDS, len(labels))
    return fold


def _accuracy(features: Tensor, labels: Tensor, fold: Tensor) -> float:
    """Cross-validated accuracy with the penalty that suits these features best."""
    right = torch.zeros(len(PENALTIES))
    for held_out in range(FOLDS):
        learns = fold != held_out
        if learns.any() and not learns.all():
            answers = _answers(features[learns], labels[learns], features[~learns], int(labels.max()) + 1)
            right += (answers == labels[~learns]).sum(1)
    return float(right.max()) / len(labels)


def _answers(known: Tensor, labels: Tensor, asked: Tensor, classes: int) -> Tensor:
    """Answers [penalties, M] for `asked` [M, C], learned from `known` [N, C] after standardising both."""
    mean, deviation = known.mean(0), known.std(0, correction=0).clamp_min(1e-6)
    known, asked = (known - mean) / deviation, (asked - mean) / deviation
    target = functional.one_hot(labels, classes).double()
    offset = target.mean(0)
    if len(known) <= known.shape[1]:  # as many unknowns as pictures, not as features
        sizes, basis = torch.linalg.eigh(known @ known.T)
        asked, projected = asked @ known.T @ basis, basis.T @ (target - offset)
    else:
        sizes, basis = torch.linalg.eigh(known.T @ known)
        asked, projected = asked @ basis, basis.T @ (known.T @ (target - offset))
    scale = sizes.sum() / len(sizes)
    scores = [asked @ (projected / (sizes.clamp_min(0) + penalty * scale)[:, None]) for penalty in PENALTIES]
    return torch.stack([(score + offset).argmax(1) for score in scores])
