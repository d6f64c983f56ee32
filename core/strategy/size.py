"""How much there is to learn from: effective pictures a class, once twins and groups are seen for what they are."""

import math
from collections import Counter
from typing import Literal, TypedDict

from core.data.dataset import Dataset
from core.strategy.constants import SIZE_DOUBT, SMALL_BELOW

LIKENESS = 0.5
"""How like pictures of one group (patient, burst) are taken to be: the intraclass correlation of Kish's design effect
(Survey Sampling, 1965, section 5.4). A guess between twins (1) and strangers (0); ten of a group then count as 1.8."""


class Size(TypedDict):
    """`images_per_class` is the geometric mean over the classes of `per_class`, the effective pictures of each, out of
    `counted`. So small classes weigh in: one of 10 among others of 1,000 counts."""

    images_per_class: float
    cell: Literal["small", "large"]
    confident: bool
    per_class: dict[str, float]
    counted: dict[str, int]


def size(dataset: Dataset) -> Size:
    """Effective training pictures a class. A class without any is left out."""
    own = {content: number for number, content in enumerate(dict.fromkeys(dataset.hashes))}
    looks = dataset.looks if len(dataset.looks) else [own[content] for content in dataset.hashes]
    groups = dataset.groups if len(dataset.groups) else looks
    counted: Counter[str] = Counter()
    distinct: dict[str, dict[int, set[int]]] = {name: {} for name in dataset.classes}
    for index in dataset.indices("train"):
        name = dataset.classes[dataset.labels[index]]
        counted[name] += 1
        distinct[name].setdefault(int(groups[index]), set()).add(int(looks[index]))
    per_class = {
        name: round(math.fsum(effective(len(looks_alike)) for looks_alike in groups_of.values()), 1)
        for name, groups_of in distinct.items()
    }
    logs = [math.log(count) for count in per_class.values() if count]
    mean = round(math.exp(math.fsum(logs) / len(logs)), 1) if logs else 0.0
    return Size(
        images_per_class=mean,
        cell="small" if mean < SMALL_BELOW else "large",
        confident=not SIZE_DOUBT[0] <= mean <= SIZE_DOUBT[1],
        per_class=per_class,
        counted={name: counted[name] for name in dataset.classes},
    )


def effective(members: int) -> float:
    """As how many independent pictures a group of so many counts: m / (1 + (m - 1) ρ)."""
    return members / (1 + (members - 1) * LIKENESS)
