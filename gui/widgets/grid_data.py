"""What the grid shows, and where on its two axes a dataset lies. Knows no Qt widgets."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gui import words

SIMILAR_FROM = 0.5
SMALL_BELOW = 200.0
FEWEST, MOST = SMALL_BELOW / 40, SMALL_BELOW * 40
CELLS = (("large-different", "large-similar"), ("small-different", "small-similar"))  # rows from the top
STRATEGY_OF = {
    "small-similar": "linear_probe",
    "small-different": "stage_probe",
    "large-similar": "fine_tune_top",
    "large-different": "fine_tune_all",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A well-known dataset, for comparison. `images_per_class` is None where only its similarity is known."""

    name: str
    value: float
    images_per_class: float | None = None


@dataclass(frozen=True, slots=True)
class GridData:
    """Where a dataset lies: images a class, similarity (0 to 1) with its interval, what is recommended and what was
    chosen. `why_unknown` says in words why there is no similarity; `rough` that the scale is only rough here."""

    images_per_class: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    recommended: str = ""
    chosen: str = ""
    confident: bool = True
    strategy: str = ""
    references: tuple[Reference, ...] = field(default=())


def grid_data(advice: Mapping[str, Any], chosen: str = "") -> GridData:
    """From the `advise` result fields; tolerant of what is missing."""
    size, similarity = advice.get("size") or {}, advice.get("similarity") or {}
    references = tuple(
        Reference(words.say(str(row.get("name", ""))), float(row["value"]), row.get("images_per_class"))
        for row in similarity.get("neighbours") or ()
        if row.get("value")
    )
    return GridData(
        images_per_class=size.get("images_per_class"),
        value=similarity.get("value"),
        low=similarity.get("low"),
        high=similarity.get("high"),
        recommended=str(advice.get("cell", "")),
        chosen=chosen,
        confident=bool(advice.get("confident", True)),
        strategy=str(advice.get("strategy", "")),
        references=references,
    )


def across(similarity: float) -> float:
    """0 at the left (different), 1 at the right (similar); the threshold lies in the middle."""
    return _clamp(similarity)


def up(images_per_class: float) -> float:
    """0 at the bottom (few), 1 at the top (many); the threshold lies in the middle."""
    return _clamp(math.log(max(images_per_class, 1e-9) / FEWEST) / math.log(MOST / FEWEST))


def _clamp(share: float) -> float:
    return min(max(share, 0.02), 0.98)
