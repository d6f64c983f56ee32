"""The pictures that a run learns from and is judged by: paths, labels and split, frozen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Part = Literal["train", "val", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "test")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """`paths` are relative to `folder`, `hashes` are those of the files' content; `labels` (int64 [N]) index
    `classes`, `parts` (uint8 [N]) index `PARTS`. `fingerprint` changes with anything that training could notice."""

    folder: Path
    classes: tuple[str, ...]
    paths: tuple[str, ...]
    hashes: tuple[str, ...]
    labels: NDArray[np.int64]
    parts: NDArray[np.uint8]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.paths)

    def indices(self, part: Part) -> NDArray[np.int64]:
        """Where the pictures of one part stand, ascending (int64)."""
        return np.flatnonzero(self.parts == PARTS.index(part)).astype(np.int64)
