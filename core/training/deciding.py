"""How an answer follows from probabilities: the likeliest class, or a line that the user drew for one of them.

numpy alone, so that exported files are answered without torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Line:
    """A picture is called `label` wherever that class has at least the probability `threshold`, else the likeliest of
    the other classes: for a clinician a low line, who must miss few; for a factory a high one."""

    label: str
    threshold: float


def decide(
    probabilities: NDArray[np.floating[Any]], classes: Sequence[str], line: Line | None = None
) -> NDArray[np.int64]:
    """The numbers [N] of the classes that are the answers, of probabilities [N, C]."""
    if line is None or line.label not in classes:
        likeliest: NDArray[np.int64] = probabilities.argmax(axis=1)
        return likeliest
    place = list(classes).index(line.label)
    others = probabilities.copy()
    others[:, place] = -1.0
    return np.where(probabilities[:, place] >= line.threshold, place, others.argmax(axis=1))


def to_json(line: Line | None) -> dict[str, Any] | None:
    return None if line is None else asdict(line)


def line_of(kept: object) -> Line | None:
    """What `to_json` gave; None for anything else."""
    if isinstance(kept, Mapping) and isinstance(kept.get("label"), str):
        threshold = kept.get("threshold")
        if isinstance(threshold, (int, float)):
            return Line(str(kept["label"]), float(threshold))
    return None
