"""One row of the catalogue."""

from dataclasses import dataclass
from typing import Literal

Source = Literal["timm", "torchvision"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One backbone. `parameters` counts the backbone without its classifier (0: not counted yet).

    `accuracy` is the percentage of ImageNet-1k's validation pictures that its usual weights, with their own
    classifier, get right; None where the registries do not say. `licence` is that of the weights.
    """

    name: str
    source: Source
    family: str
    title: str
    why: str
    parameters: int
    image_size: int
    recommended: bool
    licence: str
    accuracy: float | None = None
