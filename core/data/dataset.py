"""The pictures that a run learns from and is judged by: paths, labels and split, frozen."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Part = Literal["train", "val", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "test")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """`paths` are relative to `folder`, `hashes` are those of the files' content; `labels` (int64 [N]) index
    `classes`, `parts` (uint8 [N]) index `PARTS`. `fingerprint` changes with anything that training could notice.
    `stamps` (int64 [N, 2], or empty) are the files' sizes in bytes and modification times in nanoseconds when they were
    scanned. `looks` and `groups` (int64 [N], or empty) are numbers that pictures share which look the same, or which
    must fall on the same side of the split."""

    folder: Path
    classes: tuple[str, ...]
    paths: tuple[str, ...]
    hashes: tuple[str, ...]
    labels: NDArray[np.int64]
    parts: NDArray[np.uint8]
    fingerprint: str
    stamps: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    looks: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    groups: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.paths)

    def indices(self, part: Part) -> NDArray[np.int64]:
        """Where the pictures of one part stand, ascending (int64)."""
        return np.flatnonzero(self.parts == PARTS.index(part)).astype(np.int64)

    def groups_of(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """The `groups` of some pictures; each is one of its own where none were worked out."""
        return self.groups[indices] if len(self.groups) else indices

    def without(self, positions: Collection[int]) -> "Dataset":
        """The dataset less some pictures. Classes stay as they are."""
        kept = np.array([place for place in range(len(self)) if place not in positions], dtype=np.int64)
        paths, hashes = tuple(self.paths[place] for place in kept), tuple(self.hashes[place] for place in kept)
        labels, parts = self.labels[kept], self.parts[kept]
        return replace(
            self,
            paths=paths,
            hashes=hashes,
            labels=labels,
            parts=parts,
            fingerprint=fingerprint(self.classes, paths, hashes, labels, parts),
            stamps=self.stamps[kept] if len(self.stamps) else self.stamps,
            looks=self.looks[kept] if len(self.looks) else self.looks,
            groups=self.groups[kept] if len(self.groups) else self.groups,
        )


def fingerprint(
    classes: Sequence[str],
    paths: Sequence[str],
    hashes: Sequence[str],
    labels: NDArray[np.int64],
    parts: NDArray[np.uint8],
) -> str:
    """Names a dataset by all that training could notice; where the folder lies is not among it."""
    rows = list(zip(paths, hashes, labels.tolist(), parts.tolist(), strict=True))
    return hashlib.blake2b(json.dumps([list(classes), rows]).encode(), digest_size=16).hexdigest()
