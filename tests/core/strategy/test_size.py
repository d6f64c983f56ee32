"""Effective pictures a class: twins count once, groups for little more, validation not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import gmean

from core.data.dataset import Dataset
from core.strategy.size import size


def dataset(rows: list[tuple[int, int, str]], classes: tuple[str, ...]) -> Dataset:
    """Rows of label, part, content hash."""
    labels, parts, hashes = zip(*rows, strict=True) if rows else ((), (), ())
    return Dataset(
        folder=Path("pictures"),
        classes=classes,
        paths=tuple(f"{index}.jpg" for index in range(len(rows))),
        hashes=tuple(hashes),
        labels=np.array(labels, dtype=np.int64),
        parts=np.array(parts, dtype=np.uint8),
        fingerprint="",
    )


def test_geometric_mean_of_what_is_learned_from() -> None:
    rows = [(0, 0, f"a{i}") for i in range(800)] + [(1, 0, f"b{i}") for i in range(50)]
    rows += [(1, 0, "b0"), (1, 0, "b1")]  # twins
    rows += [(0, 1, f"c{i}") for i in range(500)] + [(1, 2, f"d{i}") for i in range(500)]  # validation and test
    found = size(dataset(rows, ("a", "b")))
    assert found["per_class"] == {"a": 800, "b": 50}
    assert found["images_per_class"] == pytest.approx(gmean([800, 50]))
    assert found["cell"] == "large"
    assert size(dataset(rows[3:], ("a", "b")))["cell"] == "small"


def test_a_class_without_training_pictures_does_not_zero_the_rest() -> None:
    found = size(dataset([(0, 0, "a"), (0, 0, "b"), (1, 1, "c")], ("a", "b")))
    assert found["images_per_class"] == 2
    assert size(dataset([], ("a", "b")))["images_per_class"] == 0


def test_near_twins_count_once_and_a_group_for_less_than_it_holds() -> None:
    rows = [(0, 0, f"a{i}") for i in range(10)] + [(1, 0, f"b{i}") for i in range(10)]
    bare = dataset(rows, ("a", "b"))
    looks = np.arange(20)
    looks[:4] = 0  # four of the first class look the same
    groups = looks.copy()
    groups[10:] = 10  # the second class is one patient
    found = size(replace(bare, looks=looks, groups=groups))
    assert found["per_class"] == {"a": 7, "b": pytest.approx(10 / (1 + 9 * 0.5), abs=0.05)}
    assert found["counted"] == {"a": 10, "b": 10}
    assert found["images_per_class"] == pytest.approx(gmean([7, 10 / 5.5]), abs=0.1)


def test_near_the_limit_few_or_many_is_not_certain() -> None:
    def of(count: int) -> bool:
        return size(dataset([(label, 0, f"{label}-{i}") for label in (0, 1) for i in range(count)], ("a", "b")))[
            "confident"
        ]

    assert [of(count) for count in (60, 199, 201, 900)] == [True, False, False, True]
