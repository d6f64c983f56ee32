"""One scale from 0 (nothing like what the backbone learned from) to 1 (just like it) for every measure of similarity.

Each measure has a curve of its own, a logistic function of its logarithm, whose two numbers stand in `constants`.
"""

import math
from typing import TypedDict

from core.strategy.constants import (
    CONFIDENCE_STEEPNESS,
    HALF_CONFIDENCE,
    HALF_DIVERGENCE,
    REFERENCE_SETS,
    STEEPNESS,
)

TINY = 1e-9


class Neighbour(TypedDict):
    """A reference set: a code for the window, its English name, its similarity, and its size where it is known."""

    code: str
    name: str
    value: float
    images_per_class: float | None


def of_divergence(divergence: float) -> float:
    """From the divergence of activation statistics, 0 and up."""
    return 1 / (1 + math.pow(max(divergence, 0.0) / HALF_DIVERGENCE, STEEPNESS))


def of_confidence(share: float) -> float:
    """From the mean confidence of the pretrained classifier, as a share of that on its own pictures."""
    return 1 / (1 + math.pow(HALF_CONFIDENCE / max(share, TINY), CONFIDENCE_STEEPNESS))


def neighbours(value: float) -> list[Neighbour]:
    """The reference sets, nearest to a similarity first."""
    rows = [
        Neighbour(
            code=row.code,
            name=row.name,
            value=round(of_divergence(row.divergence), 3),
            images_per_class=row.images_per_class,
        )
        for row in REFERENCE_SETS
    ]
    return sorted(rows, key=lambda row: abs(row["value"] - value))
