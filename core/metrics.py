"""How good a set of answers is. Numbers in, numbers out; numpy only.

`truth` and `answer` are class numbers (int [N]); `probabilities` are float [N, C], each row adding up to 1. With no
pictures there is no score: every function but `confusion` and `per_class` then raises ValueError.
"""

from fractions import Fraction
from math import comb, sqrt
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z95 = 1.959963984540054
"""The standard normal's 97.5 % point: intervals below hold 95 %."""


class Summary(TypedDict):
    """Figures of one part of the data. `low` and `high` bound the accuracy (Wilson, 95 %); `loss` is in nats."""

    accuracy: float
    balanced_accuracy: float
    loss: float
    low: float
    high: float


class ClassScore(TypedDict):
    """Figures of one class. `support` is how often it is the truth, `answered` how often it was the answer.

    A share of nothing is None: recall without support, precision without answers, f1 without either.
    """

    support: int
    answered: int
    precision: float | None
    recall: float | None
    f1: float | None


def accuracy(truth: ArrayLike, answer: ArrayLike) -> float:
    """The share of right answers."""
    truth, answer = _numbers(truth), _numbers(answer)
    _check(truth, answer)
    return float(np.mean(truth == answer))


def balanced_accuracy(truth: ArrayLike, answer: ArrayLike) -> float:
    """The mean of the recalls of the classes that occur in the truth: a rare class counts as much as a common one."""
    truth, answer = _numbers(truth), _numbers(answer)
    _check(truth, answer)
    return float(np.mean([np.mean(answer[truth == label] == label) for label in np.unique(truth)]))


def log_loss(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean cross-entropy in nats; a probability below 1e-15 counts as that, so one sure mistake stays finite."""
    chances, truth = np.asarray(probabilities, dtype=np.float64), _numbers(labels)
    _check(truth, chances)
    given = chances[np.arange(len(truth)), truth] / chances.sum(axis=1)
    return float(-np.mean(np.log(np.clip(given, 1e-15, 1.0))))


def confusion(truth: ArrayLike, answer: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Counts [C, C]: row is the truth, column the answer."""
    flat = _numbers(truth) * classes + _numbers(answer)
    return np.bincount(flat, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def per_class(truth: ArrayLike, answer: ArrayLike, classes: int) -> list[ClassScore]:
    """Precision, recall and f1 of each class, in class order."""
    counts = confusion(truth, answer, classes)
    scores: list[ClassScore] = []
    for label in range(classes):
        right, support, answered = int(counts[label, label]), int(counts[label].sum()), int(counts[:, label].sum())
        scores.append(
            ClassScore(
                support=support,
                answered=answered,
                precision=right / answered if answered else None,
                recall=right / support if support else None,
                f1=2 * right / (support + answered) if support + answered else None,
            )
        )
    return scores


def wilson(correct: float, n: int, z: float = Z95) -> tuple[float, float]:
    """The interval in which the true share lies (95 %), for `correct` of `n` (Wilson 1927)."""
    if n <= 0:
        raise ValueError("there is nothing to judge")
    share = correct / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Rounding must not push a bound past the share itself (0 of n, n of n).
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


def roc_auc(scores: ArrayLike, positive: ArrayLike) -> float | None:
    """The area under the ROC curve of scores [N] for the positives (bool [N]).

    How often a positive outranks a negative; ties count half (Mann and Whitney). None where there are no positives or
    no negatives.
    """
    weights = np.ones((1, np.size(scores)))
    return _alone(weighted_ranking(scores, positive, weights)[0])


def average_precision(scores: ArrayLike, positive: ArrayLike) -> float | None:
    """The mean precision over the steps of recall, without interpolation. None where there are no positives."""
    weights = np.ones((1, np.size(scores)))
    return _alone(weighted_ranking(scores, positive, weights)[1])


def weighted_ranking(
    scores: ArrayLike, positive: ArrayLike, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """ROC-AUC [B] and average precision [B] for B sets of weights [B, N] of the same pictures; NaN where undefined.

    One sort serves all sets, which is what makes a bootstrap quick.
    """
    values, hits = np.asarray(scores, dtype=np.float64).reshape(-1), np.asarray(positive, dtype=bool).reshape(-1)
    order = np.argsort(-values, kind="stable")
    last_of_tie = np.flatnonzero(np.append(np.diff(values[order]) != 0, True)) if len(order) else order
    sorted_weights = weights[:, order]
    found = np.cumsum(sorted_weights * hits[order], axis=1)[:, last_of_tie]
    false = np.cumsum(sorted_weights * ~hits[order], axis=1)[:, last_of_tie]
    none = np.zeros((len(weights), 1))
    found_steps, false_steps = np.diff(found, axis=1, prepend=none), np.diff(false, axis=1, prepend=none)
    with np.errstate(invalid="ignore", divide="ignore"):
        positives, negatives = found[:, -1], false[:, -1]
        area = (false_steps * (found - found_steps / 2)).sum(axis=1) / (positives * negatives)
        precision = np.where(found + false > 0, found / (found + false), 0.0)
        average = (found_steps * precision).sum(axis=1) / positives
    return area, average


def mcnemar(only_first: int, only_second: int) -> float:
    """The two-sided exact p of McNemar's test: pictures that only the first, and only the second got right.

    The chance that a fair coin falls so unevenly among those on which the two differ (McNemar 1947, exact binomial).
    """
    differ, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(comb(differ, k) for k in range(fewer + 1))
    return min(1.0, float(Fraction(2 * tail, 2**differ)))


def paired_difference(only_first: int, only_second: int, n: int, z: float = Z95) -> tuple[float, float, float]:
    """Accuracy of the second less that of the first on the same n pictures, with its 95 % interval.

    Half a picture is added to each cell of the table, so that the interval holds for few pictures too
    (Agresti and Min 2005).
    """
    if n <= 0:
        raise ValueError("there is nothing to judge")
    first, second, total = only_first + 0.5, only_second + 0.5, n + 2.0
    middle = (second - first) / total
    half = z * sqrt(max(first + second - (second - first) ** 2 / total, 0.0)) / total
    exact = (only_second - only_first) / n
    return exact, max(-1.0, min(middle - half, exact)), min(1.0, max(middle + half, exact))


def _alone(values: NDArray[np.float64]) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])


def summary(probabilities: ArrayLike, labels: ArrayLike, answers: ArrayLike | None = None) -> Summary:
    """The figures that people ask for first. The answers are the likeliest classes, where no others are given."""
    chances, truth = np.asarray(probabilities, dtype=np.float64), _numbers(labels)
    _check(truth, chances)
    answer = chances.argmax(axis=1) if answers is None else _numbers(answers)
    low, high = wilson(int(np.sum(answer == truth)), len(truth))
    return Summary(
        accuracy=accuracy(truth, answer),
        balanced_accuracy=balanced_accuracy(truth, answer),
        loss=log_loss(chances, truth),
        low=low,
        high=high,
    )


def _numbers(values: ArrayLike) -> NDArray[np.int64]:
    return np.asarray(values).astype(np.int64).reshape(-1)


def _check(truth: NDArray[np.int64], other: NDArray[Any]) -> None:
    if len(truth) == 0:
        raise ValueError("there is nothing to judge")
    if len(truth) != len(other):
        raise ValueError(f"{len(truth)} labels for {len(other)} answers")
