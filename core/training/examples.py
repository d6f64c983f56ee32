"""What one step learns from: pictures, augmented anew each time, or features that were computed once."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.data.preprocessing import Preprocessing, normalise
from core.recipe import Augmentation
from core.training.augmentation import augment


class Examples(Protocol):
    """Training examples by position. `labels` int64 [N]."""

    @property
    def labels(self) -> Tensor: ...

    def inputs(self, positions: Tensor, seed: int) -> Tensor:
        """What the model takes for these positions [B]; `seed` alone decides what is random."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Squares uint8 [N, S, S, 3], perhaps on disk; `augmentation` None leaves them as they are."""

    squares: NDArray[np.uint8]
    labels: Tensor
    preprocessing: Preprocessing
    augmentation: Augmentation | None

    def inputs(self, positions: Tensor, seed: int) -> Tensor:
        pictures = torch.from_numpy(np.ascontiguousarray(self.squares[positions.numpy()]))
        if self.augmentation is not None:
            pictures = augment(pictures, self.augmentation, seed)
        return normalise(pictures, self.preprocessing)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Features float32 [N, D] of the frozen backbone."""

    features: Tensor
    labels: Tensor

    def inputs(self, positions: Tensor, seed: int) -> Tensor:
        return self.features[positions]


def order(count: int, epoch: int, seed: int) -> Tensor:
    """The order [N] in which an epoch (from 1) sees the examples."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return torch.randperm(count, generator=generator)
