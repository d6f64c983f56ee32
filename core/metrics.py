"""How good a set of answers is. Numbers in, numbers out; numpy only.

`truth` and `answer` are class numbers (int [N]); `probabilities` are float [N, C], each row adding up to 1. With no
pictures there is no score: every function but `confusion` and `per_class` then raises ValueError.
"""

from math import sqrt
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


def summary(probabilities: ArrayLike, labels: ArrayLike) -> Summary:
    """The figures that people ask for first."""
    chances, truth = np.asarray(probabilities, dtype=np.float64), _numbers(labels)
    _check(truth, chances)
    answer = chances.argmax(axis=1)
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
