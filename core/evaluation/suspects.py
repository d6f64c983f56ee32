"""Pictures whose label is probably wrong: confident learning (Northcutt, Jiang and Chuang 2021) on features.

Every picture is answered by a head that never saw it or its like, nor learned from its label; cleanlab then finds the
labels that these answers contradict more surely than is usual for the class.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.events import Reporter
from core.strategy.stage_choice import FOLDS, whole_folds
from core.training.head import fit_head

FEWEST = 5
"""A class with fewer groups of pictures cannot be checked against itself."""


def suspects(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    paths: Sequence[str],
    groups: NDArray[np.int64],
    reporter: Reporter,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Of pictures with features [N, D] and labels [N], those whose label is in doubt, the most doubtful first. Pictures
    of a group [N], such as twins, do not vouch for one another.

    {path, label, suggested, probability, own}: `probability` is that of the suggestion, `own` that of the label.
    """
    counts = np.array([len(np.unique(groups[labels == number])) for number in range(len(classes))])
    checked = np.flatnonzero(counts[labels] >= FEWEST)
    known = np.flatnonzero(counts >= FEWEST)
    if len(known) < 2:
        return []
    numbers = np.searchsorted(known, labels[checked])
    chances = out_of_fold(features[checked], numbers, len(known), groups[checked], reporter, seed)
    from cleanlab.filter import find_label_issues  # six seconds, so only here

    places = find_label_issues(numbers, chances, return_indices_ranked_by="self_confidence", n_jobs=1)
    rows = []
    for place in np.asarray(places, dtype=np.int64):
        suggested = int(chances[place].argmax())
        rows.append(
            {
                "path": paths[checked[place]],
                "label": classes[known[numbers[place]]],
                "suggested": classes[known[suggested]],
                "probability": float(chances[place, suggested]),
                "own": float(chances[place, numbers[place]]),
            }
        )
    return [row for row in rows if row["label"] != row["suggested"]]


def out_of_fold(
    features: NDArray[np.float32], labels: NDArray[np.int64], classes: int, groups: NDArray[np.int64],
    reporter: Reporter, seed: int,
) -> NDArray[np.float64]:  # fmt: skip
    """Probabilities [N, C], each from a head that was fitted without that picture and its group."""
    values, truth = torch.from_numpy(features), torch.from_numpy(labels)
    fold = whole_folds(truth, torch.from_numpy(groups), seed)
    answer = np.zeros((len(labels), classes))
    decay: float | None = None  # chosen once: it hardly differs between folds
    for number in range(FOLDS):
        reporter.progress("labels", number, FOLDS)
        learns = fold != number
        fitted = fit_head(values[learns], truth[learns], classes, weight_decay=decay, seed=seed)
        decay = fitted.weight_decay
        with torch.inference_mode():
            answer[~learns.numpy()] = torch.softmax(fitted.head(values[~learns]).double(), -1).numpy()
    reporter.progress("labels", FOLDS, FOLDS)
    return answer
