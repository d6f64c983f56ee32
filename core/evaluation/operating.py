"""Where to draw the line: the trade-off between finding all of a class and being right about it, and when to answer
"not sure"."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import metrics

POINTS = 200
"""So many points of a curve are kept at most; more cannot be seen."""

Floats = NDArray[np.floating[Any]]


def trade_off(scores: Floats, positive: NDArray[np.bool_]) -> list[dict[str, float | int]]:
    """Every line that could be drawn through the scores [N] of a class, the strictest first.

    A picture counts as of the class where its score is at least `threshold`: {threshold, recall, precision,
    false_alarms (share of the others), found, alarms, missed}. Empty without positives.
    """
    order = np.argsort(-scores, kind="stable")
    values, hits = scores[order], positive[order]
    if not hits.any():
        return []
    last_of_tie = np.flatnonzero(np.append(np.diff(values) != 0, True))
    found, alarms = np.cumsum(hits)[last_of_tie], last_of_tie + 1
    positives, others = int(hits.sum()), int((~hits).sum())
    return [
        {
            "threshold": float(values[place]),
            "recall": float(right / positives),
            "precision": float(right / count),
            "false_alarms": float((count - right) / others) if others else 0.0,
            "found": int(right),
            "alarms": int(count),
            "missed": int(positives - right),
        }
        for place, right, count in _thinned(list(zip(last_of_tie, found, alarms, strict=True)))
    ]


def coverage(probabilities: Floats, labels: NDArray[np.int64]) -> list[dict[str, float | int]]:
    """What is left, and how right it is, when answers below `threshold` become "not sure"; all answers last.

    {threshold, coverage, accuracy, low, high (95 %), answered, mistakes}.
    """
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    order = np.argsort(-sure, kind="stable")
    values, hits = sure[order], np.cumsum(right[order])
    last_of_tie = np.flatnonzero(np.append(np.diff(values) != 0, True))
    rows: list[dict[str, float | int]] = []
    for place in _thinned(list(last_of_tie)):
        answered, correct = int(place) + 1, int(hits[place])
        low, high = metrics.wilson(correct, answered)
        rows.append(
            {
                "threshold": float(values[place]),
                "coverage": answered / len(labels),
                "accuracy": correct / answered,
                "low": low,
                "high": high,
                "answered": answered,
                "mistakes": answered - correct,
            }
        )
    return rows


def _thinned(rows: list[Any]) -> list[Any]:
    if len(rows) <= POINTS:
        return rows
    return [rows[place] for place in np.unique(np.linspace(0, len(rows) - 1, POINTS).round().astype(int))]
