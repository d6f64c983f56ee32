"""How well a linear probe tells the classes apart, by cross-validation: on each stage's features, on several stages at
once, and on fewer pictures.

Ridge regression on class indicators needs one decomposition for every penalty of a fold, so all of it costs a few
seconds; only comparisons are wanted here. Pictures of a group stay in one fold.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

from core.strategy.constants import CLEAR_GAIN

FOLDS = 5
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Relative to the mean eigenvalue of the Gram matrix."""

ENOUGH = 1000
"""Pictures drawn from larger sets: more would not change the ranking."""

SHARES = (0.25, 0.5, 1.0)
"""Of the pictures learned from, for the learning curve."""


class Trials:
    """Cross-validation of probes on the same pictures in the same folds. Training pictures only."""

    def __init__(self, labels: ArrayLike, groups: ArrayLike | None, seed: int) -> None:
        truth = torch.from_numpy(np.unique(np.asarray(labels), return_inverse=True)[1])
        self._drawn = torch.randperm(len(truth), generator=torch.Generator().manual_seed(seed))[:ENOUGH]
        self._truth = truth[self._drawn]
        grouped = torch.arange(len(truth)) if groups is None else torch.as_tensor(np.asarray(groups))
        self._fold = _folds(self._truth, grouped[self._drawn])

    @property
    def pictures(self) -> int:
        return len(self._truth)

    def accuracy(self, features: ArrayLike, share: float = 1.0) -> float:
        """Cross-validated accuracy on features [N, C], with the penalty that suits them best, learning from a share of
        each fold's pictures."""
        taken = torch.as_tensor(np.asarray(features))[self._drawn].double()
        classes = int(self._truth.max()) + 1
        right = torch.zeros(len(PENALTIES))
        for held_out in range(FOLDS):
            learns = self._fold != held_out
            asked = ~learns
            if share < 1:
                learns &= _first_of_each(self._truth, learns, share)
            if learns.any() and asked.any():
                answers = _answers(taken[learns], self._truth[learns], taken[asked], classes)
                right += (answers == self._truth[asked]).sum(1)
        return float(right.max()) / len(self._truth)

    def learning_curve(self, features: ArrayLike) -> list[tuple[int, float]]:
        """(pictures learned from, accuracy) for a quarter, half, and all."""
        whole = self.pictures * (FOLDS - 1) / FOLDS
        return [(round(share * whole), self.accuracy(features, share)) for share in SHARES]


def choose_stages(
    stages: Sequence[ArrayLike], last: ArrayLike, trials: Trials
) -> tuple[tuple[int, ...] | None, list[float]]:
    """Which stages a probe should read, and the accuracy of each alone, the last features at the end.

    None stands for the last features, after all stages. Otherwise the best stage alone, or it and the others that each
    make it better by more than a picture in a hundred, side by side. Of equals the upper one is taken.
    """
    alone = [trials.accuracy(features) for features in (*stages, last)]
    best = max(range(len(alone)), key=lambda index: (alone[index], index))
    everything = [*(np.asarray(stage) for stage in stages), np.asarray(last)]
    chosen, accuracy = [best], alone[best]
    for other in sorted(set(range(len(alone))) - {best}, key=lambda index: -alone[index]):
        together = trials.accuracy(np.concatenate([everything[index] for index in (*chosen, other)], 1))
        if together > accuracy + CLEAR_GAIN:
            chosen, accuracy = [*chosen, other], together
    return (None if chosen == [len(stages)] else tuple(sorted(chosen))), alone


def whole_folds(labels: Tensor, groups: Tensor, seed: int) -> Tensor:
    """A fold for each sample [N], every class spread evenly, groups whole, else by chance."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    fold = torch.empty_like(labels)
    fold[order] = _folds(labels[order], groups[order])
    return fold


def _folds(labels: Tensor, groups: Tensor) -> Tensor:
    """A fold for each sample [N], every class spread evenly, groups whole; the samples come shuffled."""
    fold = torch.empty_like(labels)
    load = torch.zeros(int(labels.max()) + 1 if len(labels) else 1, FOLDS)
    order: dict[int, list[int]] = {}
    for place, group in enumerate(groups.tolist()):
        order.setdefault(group, []).append(place)
    for members in sorted(order.values(), key=len, reverse=True):
        share = torch.bincount(labels[members], minlength=len(load)).float()
        best = int(((load + share[:, None]).square().sum(0) - load.square().sum(0)).argmin())
        load[:, best] += share
        fold[members] = best
    return fold


def _first_of_each(labels: Tensor, among: Tensor, share: float) -> Tensor:
    """A mask of that share of each class, the first ones, at least one."""
    mask = torch.zeros_like(among)
    for label in range(int(labels.max()) + 1):
        places = torch.nonzero(among & (labels == label)).flatten()
        mask[places[: math.ceil(share * len(places))]] = True
    return mask


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
