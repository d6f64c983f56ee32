"""What one step learns from: pictures, augmented anew each time, or features that were computed once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.data.pictures import Shown
from core.data.preprocessing import Preprocessing, normalise, standardise
from core.recipe import Augmentation
from core.training.augmentation import in_parts, varies

CPU = torch.device("cpu")


class Examples(Protocol):
    """Training examples by position. `labels` int64 [N]."""

    @property
    def labels(self) -> Tensor: ...

    def inputs(self, positions: Tensor, seed: int, device: torch.device = CPU) -> Tensor:
        """What the model takes for these positions [B], on the device; `seed` alone decides what is random."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Squares uint8 [N, S, S, 3], perhaps on disk; `augmentation` None leaves them as they are."""

    squares: Shown
    labels: Tensor
    preprocessing: Preprocessing
    augmentation: Augmentation | None

    def inputs(self, positions: Tensor, seed: int, device: torch.device = CPU) -> Tensor:
        taken = np.ascontiguousarray(self.squares[positions.numpy()])
        pictures = torch.from_numpy(taken).to(varied_on(device))
        if self.augmentation is None or not varies(self.augmentation):
            return normalise(pictures, self.preprocessing).to(device)
        return self._varied(pictures, self.augmentation, seed).to(device)

    def _varied(self, pictures: Tensor, augmentation: Augmentation, seed: int) -> Tensor:
        """What `normalise` would give of the pictures changed: float32 [B, 3, S, S], channels last."""
        given = torch.empty(pictures.shape, device=pictures.device).permute(0, 3, 1, 2)
        start = 0
        for part in in_parts(pictures, augmentation, seed):
            standardise(part, self.preprocessing, given[start : start + len(part)])
            start += len(part)
        return given


def varied_on(device: torch.device) -> torch.device:
    """Where pictures are varied: by a CUDA card itself, which takes them as bytes; else by the processor, while the
    device computes the step before."""
    return device if device.type == "cuda" else CPU


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Features float32 [N, D] of the backbone while it rests. Once `rests` tells that a stage of it has begun to
    learn, `pictures` gives what passes the whole network instead."""

    features: Tensor
    labels: Tensor
    pictures: Callable[[], Examples] | None = None
    rests: Callable[[], bool] = lambda: True

    def inputs(self, positions: Tensor, seed: int, device: torch.device = CPU) -> Tensor:
        if self.pictures is not None and not self.rests():
            return self.pictures().inputs(positions, seed, device)
        return self.features[positions].to(device)


def order(count: int, epoch: int, seed: int) -> Tensor:
    """The order [N] in which an epoch (from 1) sees the examples."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return torch.randperm(count, generator=generator)


def balanced_order(labels: Tensor, epoch: int, seed: int) -> Tensor:
    """As many positions [N] as there are labels, every class as often as any other (one more where N asks for it).

    A class that is rarer than its share comes round again and again, each round in a new order.
    """
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    present = torch.unique(labels)
    shares = torch.full((len(present),), len(labels) // len(present))
    shares[torch.randperm(len(present), generator=generator)[: len(labels) % len(present)]] += 1
    drawn = []
    for name, share in zip(present, shares.tolist(), strict=True):
        members = (labels == name).nonzero().flatten()
        rounds = -(-share // len(members))
        passes = [members[torch.randperm(len(members), generator=generator)] for _ in range(rounds)]
        drawn.append(torch.cat([members[:0], *passes])[:share])
    together = torch.cat(drawn)
    return together[torch.randperm(len(together), generator=generator)]
