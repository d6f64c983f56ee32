"""The running average of the weights (Polyak and Juditsky, 1992), judged beside the weights themselves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor


class Average:
    """An exponential moving average. `share` is what it keeps of itself in each step; 0 keeps none at all.

    Over the first steps it forgets faster, so that it does not drag the beginning along: it keeps (1 + t) / (10 + t).
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self.tensors: dict[str, Tensor] = {}

    def __bool__(self) -> bool:
        return self._share > 0

    def update(self, weights: Mapping[str, Tensor], step: int) -> None:
        """After `step` steps. Counters are taken over; tensors that were frozen until now begin with what they are."""
        keeps = min(self._share, (1 + step) / (10 + step))
        for name, value in weights.items():
            if name not in self.tensors or not value.is_floating_point():
                self.tensors[name] = value.detach().clone()
        floats = [name for name in weights if weights[name].is_floating_point()]
        torch._foreach_lerp_([self.tensors[n] for n in floats], [weights[n].detach() for n in floats], 1 - keeps)

    def load(self, tensors: Mapping[str, Tensor], device: torch.device) -> None:
        self.tensors = {name: value.to(device, copy=True) for name, value in tensors.items()}

    @contextmanager
    def in_place_of(self, weights: Mapping[str, Tensor]) -> Iterator[None]:
        """Within the block the model computes with the average; afterwards it is bit for bit what it was."""
        before = {name: value.detach().clone() for name, value in weights.items()}
        _copy(self.tensors, weights)
        try:
            yield
        finally:
            _copy(before, weights)


def _copy(source: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, value in target.items():
            if name in source:
                value.copy_(source[name])
