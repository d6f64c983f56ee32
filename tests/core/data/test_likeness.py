"""Twins by features: all pairs that numpy finds, each once, and nothing of a flat or tiny set."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import likeness
from core.data.likeness import alike


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(1, 6), st.integers(0, 2**31))
def test_the_pairs_are_those_of_all_pairs(count: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    features = random.normal(size=(count, width)).astype(np.float32)
    hashes = [f"{number % 30}" for number in range(count)]
    found = alike(features, hashes, 0.9)
    assert found == sorted(set(found))
    if count < 3:
        assert found == []
        return
    centred = features.astype(np.float64) - features.astype(np.float64).mean(axis=0)
    sure, perhaps = set(), set()
    for one, other in itertools.combinations(range(count), 2):
        length = np.linalg.norm(centred[one]) * np.linalg.norm(centred[other])
        cosine = centred[one] @ centred[other] / max(1e-12, length)
        pair = tuple(sorted((hashes[one], hashes[other])))
        if pair[0] != pair[1] and cosine >= 0.9 - 1e-4:
            perhaps.add(pair)
            if cosine >= 0.9 + 1e-4:
                sure.add(pair)
    assert sure <= set(found) <= perhaps


def test_many_are_compared_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    hashes = [f"{number:02d}" for number in range(50)]
    whole = alike(features, hashes, 0.8)
    monkeypatch.setattr(likeness, "_BLOCK", 7)
    assert alike(features, hashes, 0.8) == whole
    assert whole


def test_features_that_are_all_the_same_say_nothing() -> None:
    assert alike(np.ones((10, 3), dtype=np.float32), [f"{number}" for number in range(10)]) == []
