"""Figures with the range in which luck may have carried them: 95 %, by Wilson's formula or by a seeded bootstrap.

Counts (accuracy, recall, precision) take Wilson's interval. What is no share of a count (balanced accuracy, F1, means
over classes, areas under curves) is computed anew on samples drawn from the judged pictures with replacement (Efron
1979), percentiles 2.5 and 97.5. Where every sample gives the same value, as with no mistake at all, such an interval
would have no width; Wilson's for as many pictures as the figure rests on stands in.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import metrics

RESAMPLES = 1000
MOST_NUMBERS = 4_000_000
"""Pictures × resamples: with very many pictures fewer samples are drawn, since each is then less of a chance."""
FEWEST_RESAMPLES = 200

Floats = NDArray[np.float64]
Figure = dict[str, Any]


def figures(
    probabilities: Floats, labels: NDArray[np.int64], classes: Sequence[str], seed: int = 0,
    answers: NDArray[np.int64] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Every figure as {value, low, high}, None where it is undefined; needs at least one picture. The answers are the
    likeliest classes, where no others are given.

    `overall`: accuracy, balanced_accuracy, precision, recall, f1 (means over the classes that occur), roc_auc (one
    against the rest, mean), average_precision (likewise). `classes`: a row a class with name, support, answered and its
    recall, precision, f1, roc_auc, average_precision.
    """
    weights = _resamples(len(labels), seed)
    table = _Table(probabilities, labels, weights, answers)
    rows = [_class_row(table, label, name) for label, name in enumerate(classes)]
    right = int(np.sum(table.right))
    overall = {
        "accuracy": _share(right, len(labels)),
        "balanced_accuracy": table.mean("recall", support=True),
        "precision": table.mean("precision"),
        "recall": table.mean("recall"),
        "f1": table.mean("f1"),
        "roc_auc": table.mean_ranking(0),
        "average_precision": table.mean_ranking(1),
    }
    return {"overall": overall, "classes": rows, "resamples": len(weights) - 1}


def difference(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> dict[str, Any]:
    """Two sets of answers on the same pictures, right or wrong (bool [N]): the gain of the second, with McNemar's p."""
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    gain, low, high = metrics.paired_difference(only_first, only_second, len(first))
    return {
        "gain": gain,
        "low": low,
        "high": high,
        "p": metrics.mcnemar(only_first, only_second),
        "both": int(np.sum(first & second)),
        "only_first": only_first,
        "only_second": only_second,
        "neither": int(np.sum(~first & ~second)),
    }


def _class_row(table: "_Table", label: int, name: str) -> Figure:
    support, answered = int(table.support[0, label]), int(table.answered[0, label])
    found = int(table.found[0, label])
    return {
        "name": name,
        "support": support,
        "answered": answered,
        "recall": _share(found, support),
        "precision": _share(found, answered),
        "f1": _between(table.f1[:, label], max(support, answered)),
        "roc_auc": _between(table.ranking[0][:, label], min(support, len(table.right) - support)),
        "average_precision": _between(table.ranking[1][:, label], support),
    }


class _Table:
    """The counts of every sample at once: row 0 is what was seen, the others were drawn from it."""

    def __init__(
        self, probabilities: Floats, labels: NDArray[np.int64], weights: Floats, answers: NDArray[np.int64] | None
    ) -> None:
        classes = probabilities.shape[1]
        answer = probabilities.argmax(axis=1) if answers is None else answers
        self.right = answer == labels
        is_truth, is_answer = np.eye(classes)[labels], np.eye(classes)[answer]
        self.support, self.answered = weights @ is_truth, weights @ is_answer
        self.found = weights @ (is_truth * self.right[:, None])
        with np.errstate(invalid="ignore", divide="ignore"):
            self.recall, self.precision = self.found / self.support, self.found / self.answered
            self.f1 = 2 * self.found / (self.support + self.answered)
        pairs = [metrics.weighted_ranking(probabilities[:, k], labels == k, weights) for k in range(classes)]
        self.ranking = (np.stack([area for area, _ in pairs], 1), np.stack([mean for _, mean in pairs], 1))

    def mean(self, name: str, support: bool = False) -> Figure | None:
        """Over the classes that occur, in truth or (but for `support`) in answers; undefined shares count as nothing,
        as scikit-learn has it."""
        occurs = (self.support > 0) if support else (self.support + self.answered > 0)
        shares = np.where(occurs, np.nan_to_num(getattr(self, name)), 0.0)
        return _between(shares.sum(1) / occurs.sum(1), int(np.min(self.support[0][self.support[0] > 0])))

    def mean_ranking(self, which: int) -> Figure | None:
        """Over the classes for which it is defined."""
        values = self.ranking[which]
        defined = ~np.isnan(values[0])
        if not defined.any():
            return None
        known = values[:, defined]
        there = ~np.isnan(known)
        with np.errstate(invalid="ignore"):
            means = np.where(there, known, 0.0).sum(1) / there.sum(1)
        return _between(means, int(np.min(self.support[0][defined])))


def _share(count: int, of: int) -> Figure | None:
    if not of:
        return None
    low, high = metrics.wilson(count, of)
    return {"value": count / of, "low": low, "high": high}


def _between(values: Floats, rests_on: int) -> Figure | None:
    """From the figure itself, first, and those of the samples."""
    value = float(values[0])
    drawn = values[1:][~np.isnan(values[1:])]
    if np.isnan(value):
        return None
    low, high = (float(bound) for bound in np.quantile(drawn, (0.025, 0.975))) if len(drawn) else (value, value)
    if high - low < 1e-9 and rests_on:
        low, high = metrics.wilson(value * rests_on, rests_on)
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def _resamples(count: int, seed: int) -> Floats:
    """How often each picture counts: once in row 0, as often as it was drawn in the others. [1 + B, N]."""
    resamples = max(FEWEST_RESAMPLES, min(RESAMPLES, MOST_NUMBERS // count))
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), resamples)
    return np.concatenate([np.ones((1, count)), drawn.astype(np.float64)])
