"""Pictures that a backbone finds nearly the same, though their perceptual hashes differ."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.95
"""Cosine of features of which the dataset's mean was taken away, MobileNetV2-0.35. Of brain-mri's pairs that the hashes
miss 70 reach it, and the 40 nearest of them, looked at one by one, are the same slice, lighter, resized or compressed;
of ants-bees' none does: the nearest, 0.76, are three photographs of one bush. Without the mean taken away 136 and
more pairs of brain slices reach it, different ones among them."""

_BLOCK = 1024


def alike(features: NDArray[np.float32], hashes: Sequence[str], least: float = ALIKE) -> list[tuple[str, str]]:
    """Pairs of content hashes, the lower first, whose features float32 [N, D] point the same way; each pair once."""
    if len(features) < 3:
        return []
    rows = features.astype(np.float32) - features.mean(axis=0, dtype=np.float64).astype(np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(rows), _BLOCK):
        for other in range(start, len(rows), _BLOCK):
            near = np.argwhere(rows[start : start + _BLOCK] @ rows[other : other + _BLOCK].T >= least)
            for one, two in near.tolist():
                first, second = sorted((hashes[start + one], hashes[other + two]))
                if first != second:
                    found.add((first, second))
    return sorted(found)
