"""Runs side by side on the very same pictures: who is better, by how much, and whether luck could do it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import metrics
from core.evaluation.answers import Answers
from core.evaluation.intervals import difference
from core.training.deciding import Line, decide

DIFFER = 200
"""So many pictures on which the runs differ are listed."""


def aligned(runs: Sequence[Answers]) -> tuple[list[str], NDArray[np.int64], list[NDArray[np.int64]]]:
    """The pictures that all runs judged under the same label: their paths, their labels, and their places in each."""
    places = [{path: place for place, path in enumerate(answers.paths)} for answers in runs]
    labels = [dict(zip(answers.paths, answers.labels.tolist(), strict=True)) for answers in runs]
    common = [path for path, label in labels[0].items() if all(other.get(path, -1) == label for other in labels[1:])]
    return (
        common,
        np.array([labels[0][path] for path in common], dtype=np.int64),
        [np.array([place[path] for path in common], dtype=np.int64) for place in places],
    )


def compare(
    runs: Sequence[Answers], temperatures: Sequence[float], lines: Sequence[Line | None] | None = None
) -> dict[str, Any]:
    """Runs with the same classes, each answering as its line has it.

    `images`; `runs` [{accuracy, low, high}]; `pairs` [{first, second, gain, low, high, p, p_adjusted, both, only_first,
    only_second, neither}]; `together`, the mean of their probabilities against the best one; `differ` [{path, truth,
    answers}], where they do.

    `p` is McNemar's; `p_adjusted` takes into account that several pairs were looked at (Holm 1979).
    """
    common, labels, places = aligned(runs)
    if not common:
        return {"images": 0, "runs": [], "pairs": [], "together": None, "differ": []}
    chances = [
        answers.probabilities(temperature)[place]
        for answers, temperature, place in zip(runs, temperatures, places, strict=True)
    ]
    drawn = lines or [None] * len(runs)
    answer = [decide(one, runs[0].classes, line) for one, line in zip(chances, drawn, strict=True)]
    right = [one == labels for one in answer]
    pairs = [
        {"first": one, "second": other, **difference(right[one], right[other])}
        for one in range(len(runs))
        for other in range(one + 1, len(runs))
    ]
    for pair, adjusted in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
        pair["p_adjusted"] = adjusted
    return {
        "images": len(common),
        "runs": [_judged(hits) for hits in right],
        "pairs": pairs,
        "together": _together(chances, labels, right),
        "differ": _differences(common, labels, answer, runs[0].classes),
    }


def holm(chances: Sequence[float]) -> list[float]:
    """P values adjusted for being several."""
    order = sorted(range(len(chances)), key=lambda number: chances[number])
    adjusted, highest = [0.0] * len(chances), 0.0
    for rank, number in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[number]))
        adjusted[number] = highest
    return adjusted


def gain_of(chances: NDArray[np.floating[Any]], labels: NDArray[np.int64], before: NDArray[np.bool_]) -> dict[str, Any]:
    """How right these probabilities are, and what they gain over answers that were `before` right or wrong."""
    right = chances.argmax(axis=1) == labels
    return {**_judged(right), "against": difference(before, right), "loss": metrics.log_loss(chances, labels)}


def _judged(right: NDArray[np.bool_]) -> dict[str, float]:
    low, high = metrics.wilson(int(right.sum()), len(right))
    return {"accuracy": float(right.mean()), "low": low, "high": high}


def _together(
    chances: list[NDArray[np.float64]], labels: NDArray[np.int64], right: list[NDArray[np.bool_]]
) -> dict[str, Any] | None:
    if len(chances) < 2:
        return None
    best = max(range(len(right)), key=lambda number: right[number].sum())
    return {"best": best, **gain_of(np.mean(chances, axis=0), labels, right[best])}


def _differences(
    paths: list[str], labels: NDArray[np.int64], answer: list[NDArray[np.int64]], classes: Sequence[str]
) -> list[dict[str, Any]]:
    rows = []
    for place, path in enumerate(paths):
        said = [int(one[place]) for one in answer]
        if len(set(said)) > 1:
            rows.append({"path": path, "truth": classes[labels[place]], "answers": [classes[one] for one in said]})
    return rows[:DIFFER]
