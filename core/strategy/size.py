"""How much there is to learn from: pictures a class, once twins are counted once."""

import math
from typing import Literal, TypedDict

from core.data.dataset import Dataset
from core.strategy.constants import SMALL_BELOW


class Size(TypedDict):
    """`images_per_class` is the geometric mean over the classes; `per_class` the counts it comes from."""

    images_per_class: float
    cell: Literal["small", "large"]
    per_class: dict[str, int]


def size(dataset: Dataset) -> Size:
    """Effective training pictures a class. The same picture twice counts once; a class without any is left out."""
    pictures: dict[str, set[str]] = {name: set() for name in dataset.classes}
    for index in dataset.indices("train"):
        pictures[dataset.classes[dataset.labels[index]]].add(dataset.hashes[index])
    counts = {name: len(hashes) for name, hashes in pictures.items()}
    logs = [math.log(count) for count in counts.values() if count]
    effective = round(math.exp(math.fsum(logs) / len(logs)), 1) if logs else 0.0
    return Size(images_per_class=effective, cell="small" if effective < SMALL_BELOW else "large", per_class=counts)
