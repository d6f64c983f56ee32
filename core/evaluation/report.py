"""What a person asks about a set of answers: how good, what is confused with what, and which pictures went wrong."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import metrics
from core.training.deciding import Line, decide

UNSURE = 24
"""So many right answers are listed as the least certain ones."""


def report_on(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.int64], classes: Sequence[str], paths: Sequence[str],
    line: Line | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Everything the Evaluate page draws, ready for JSON; needs at least one picture. The answers are the likeliest
    classes, or follow from `line`.

    `accuracy`, `balanced_accuracy`, `loss`, `low`, `high`; `images`; `confusion` [C][C], rows the truth; `per_class`
    [{name, support, answered, precision, recall, f1}]; `mistakes` [{path, truth, answer, probability}], all of them,
    the surest first; `unsure`, the right answers of least probability, the least sure first.
    """
    answer = decide(probabilities, classes, line)
    right = answer == labels
    surest = np.argsort(-probabilities[np.arange(len(answer)), answer], kind="stable")
    scores = metrics.per_class(labels, answer, len(classes))

    def row(picture: int) -> dict[str, Any]:
        return {
            "path": paths[picture],
            "truth": classes[labels[picture]],
            "answer": classes[answer[picture]],
            "probability": float(probabilities[picture, answer[picture]]),
        }

    return {
        **metrics.summary(probabilities, labels, answer),
        "images": len(labels),
        "confusion": metrics.confusion(labels, answer, len(classes)).tolist(),
        "per_class": [{"name": name, **score} for name, score in zip(classes, scores, strict=True)],
        "mistakes": [row(picture) for picture in surest if not right[picture]],
        "unsure": [row(picture) for picture in surest[::-1] if right[picture]][:UNSURE],
    }
