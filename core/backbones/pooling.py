"""How the last map of a backbone becomes one number per feature: other ways than its average."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.errors import UserError

REGION = 2
RATIO = 0.7
"""Regions of 2 × 2 that overlap, seven along a side of ten (Graham, 2014, uses ratios from 0.5 to 0.8)."""


class Pool(nn.Module):
    """Takes the place of an average pool. `kind` is `max` or `fractional_max`; the map is [N, C, H, W] or, with
    `channels_last`, [N, H, W, C].

    Fractional: the largest value of each region, averaged over the regions. While learning their borders are drawn at
    random; otherwise they lie evenly.
    """

    def __init__(self, kind: str, flatten: bool = False, channels_last: bool = False) -> None:
        super().__init__()
        self.kind = kind
        self._flatten = flatten
        self._channels_last = channels_last

    def forward(self, maps: Tensor) -> Tensor:
        pooled = self.over(maps.permute(0, 3, 1, 2) if self._channels_last else maps)
        if self._flatten:
            return pooled
        return pooled[:, None, None] if self._channels_last else pooled[:, :, None, None]

    def over(self, maps: Tensor) -> Tensor:
        """[N, C] of maps [N, C, H, W]."""
        height, width = maps.shape[-2:]
        if self.kind == "max" or min(height, width) < REGION:
            return maps.amax((2, 3))
        sides = (max(1, int(height * RATIO)), max(1, int(width * RATIO)))
        if self.training:
            return functional.fractional_max_pool2d(maps, REGION, output_size=sides).mean((2, 3))
        rows, columns = (
            starts(side, count).to(maps.device) for side, count in zip((height, width), sides, strict=True)
        )
        tallest = torch.stack([maps.index_select(2, rows + step) for step in range(REGION)]).amax(0)
        widest = torch.stack([tallest.index_select(3, columns + step) for step in range(REGION)]).amax(0)
        return widest.mean((2, 3))


def starts(side: int, count: int, shift: float = 0.5) -> Tensor:
    """Where `count` regions of a side begin, whole [count]; `shift` (0 to 1) is what is drawn while learning."""
    if count == 1:
        return torch.tensor([side - REGION])
    step = (side - REGION) / (count - 1)
    return torch.tensor([*(int((i + shift) * step) - int(shift * step) for i in range(count - 1)), side - REGION])


def replace_pool(layers: nn.Module, kind: str, backbone: str) -> None:
    """Put another pool where `layers` averages its last map. Raises UserError BAD_VALUE where no module does that."""
    found = [(name, module) for name, module in layers.named_modules() if _averages(module)]
    if not found:
        reason = f"{backbone} does not average a map before its features, so there is nothing to replace"
        raise UserError("BAD_VALUE", field="regularization.pooling", value=kind, reason=reason)
    name, module = found[-1]
    parent, _, own = name.rpartition(".")
    channels_last = getattr(module, "dim", None) == (1, 2)
    setattr(layers.get_submodule(parent), own, Pool(kind, bool(getattr(module, "flatten", False)), channels_last))


def _averages(module: nn.Module) -> bool:
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return module.output_size in (1, (1, 1))
    return type(module).__name__ == "FastAdaptiveAvgPool"  # timm's
