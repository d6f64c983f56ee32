"""Is it right as often as it says? Reliability, the calibration error, and the temperature that mends it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import metrics
from core.evaluation.answers import softmax

BINS = 10
FOLDS = 5
FEWEST = 20
"""With fewer pictures a temperature would follow chance."""
FEWEST_MISTAKES = 5
"""A model that is hardly ever wrong shows nothing of how sure it may be: the best temperature would be the coldest."""
COLDEST, HOTTEST = 0.05, 20.0

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]


def reliability(probabilities: Floats, labels: Labels, bins: int = BINS) -> list[dict[str, Any]]:
    """Pictures grouped by how sure the answer was: {low, high, count, said, right, right_low, right_high}.

    `said` is the mean probability, `right` the share of right answers, with its 95 % interval; empty groups are left
    out. A group holds its upper bound, not its lower one (Guo et al. 2017).
    """
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    group = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    rows = []
    for number in np.unique(group):
        inside = group == number
        count, hits = int(inside.sum()), int(right[inside].sum())
        low, high = metrics.wilson(hits, count)
        rows.append(
            {
                "low": number / bins,
                "high": (number + 1) / bins,
                "count": count,
                "said": float(sure[inside].mean()),
                "right": hits / count,
                "right_low": low,
                "right_high": high,
            }
        )
    return rows


def expected_error(probabilities: Floats, labels: Labels, bins: int = BINS) -> float:
    """The expected calibration error: the mean gap between said and right, each group by its pictures."""
    rows = reliability(probabilities, labels, bins)
    return float(sum(row["count"] * abs(row["said"] - row["right"]) for row in rows) / len(labels))


def quality(probabilities: Floats, labels: Labels) -> dict[str, float]:
    """`ece`, `loss` (nats), `brier` (squared error summed over classes), `said` and `right` (means)."""
    hot = np.eye(probabilities.shape[1])[labels]
    return {
        "ece": expected_error(probabilities, labels),
        "loss": metrics.log_loss(probabilities, labels),
        "brier": float(np.mean(np.sum((probabilities - hot) ** 2, axis=1))),
        "said": float(probabilities.max(axis=1).mean()),
        "right": float(np.mean(probabilities.argmax(axis=1) == labels)),
    }


def fit_temperature(logits: Floats, labels: Labels) -> float:
    """The temperature T with which softmax(logits / T) has the lowest log-loss (Guo et al. 2017).

    The loss is convex in 1 / T, so its slope there is followed by bisection; within bounds that no sound model meets.
    """
    values = np.asarray(logits, dtype=np.float64)
    given = values[np.arange(len(labels)), labels]

    def slope(sharpness: float) -> float:
        chances = softmax(values, 1 / sharpness)
        return float(np.mean((chances * values).sum(axis=1) - given))

    low, high = 1 / HOTTEST, 1 / COLDEST
    if slope(low) >= 0:
        return HOTTEST
    if slope(high) <= 0:
        return COLDEST
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return 1 / float(np.sqrt(low * high))


def cross_fitted(logits: Floats, labels: Labels, seed: int = 0) -> NDArray[np.float64]:
    """Probabilities [N, C], each at the temperature fitted on the other folds: an honest look at what a temperature
    does where there are no pictures but those it is fitted on."""
    fold = np.random.default_rng(seed).permutation(len(labels)) % min(FOLDS, len(labels))
    answer = np.empty(np.shape(logits), dtype=np.float64)
    for number in np.unique(fold):
        out = fold == number
        answer[out] = softmax(logits[out], fit_temperature(logits[~out], labels[~out]))
    return answer


def calibration(logits: Floats, labels: Labels, current: float, seed: int = 0) -> dict[str, Any] | None:
    """Figures of a part: `now` at the `current` temperature, `plain` at 1, `mended` cross-fitted, with `reliability`
    of each and the fitted `temperature`; with too few mistakes there is nothing to mend by and both are None. None
    with too few pictures."""
    if len(labels) < FEWEST:
        return None
    can_fit = int(np.sum(np.argmax(logits, axis=1) != labels)) >= FEWEST_MISTAKES
    variants = {"plain": softmax(logits, 1.0), "now": softmax(logits, current)}
    if can_fit:
        variants["mended"] = cross_fitted(logits, labels, seed)
    return {
        "temperature": fit_temperature(logits, labels) if can_fit else None,
        "current": current,
        "mended": None,
        **{
            name: {**quality(chances, labels), "reliability": reliability(chances, labels)}
            for name, chances in variants.items()
        },
    }
