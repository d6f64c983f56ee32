"""Pictures mixed with one another: mixup (Zhang and others, 2018) and CutMix (Yun and others, 2019)."""

import numpy as np
import torch
from torch import Tensor


def mixed(inputs: Tensor, mixup: float, cutmix: float, seed: int) -> tuple[Tensor, Tensor, float]:
    """`inputs` [B, C, H, W], each mixed with another; who that is [B], and the share (½ to 1) that is its own.

    Drawn by the seed: the share from Beta(α, α), and for CutMix a rectangle of the rest of the area, somewhere. With
    both on, each batch takes one of them.
    """
    dice = np.random.default_rng(seed)
    cuts = cutmix > 0 and (mixup == 0 or dice.random() < 0.5)
    alpha = cutmix if cuts else mixup
    drawn = float(dice.beta(alpha, alpha))
    share = max(drawn, 1 - drawn)
    partners = torch.from_numpy(dice.permutation(len(inputs)))
    if not cuts:
        return torch.lerp(inputs[partners], inputs, share), partners, share
    rows, columns = _rectangle(inputs.shape[-2], inputs.shape[-1], 1 - share, dice)
    pasted = inputs.clone()
    pasted[..., rows, columns] = inputs[partners][..., rows, columns]
    covered = (rows.stop - rows.start) * (columns.stop - columns.start) / (inputs.shape[-2] * inputs.shape[-1])
    return pasted, partners, 1 - covered


def _rectangle(height: int, width: int, area: float, dice: np.random.Generator) -> tuple[slice, slice]:
    """About a share `area` of the picture, its middle anywhere; what hangs over the edge is cut off."""
    half_height, half_width = round(height * area**0.5 / 2), round(width * area**0.5 / 2)
    y, x = int(dice.integers(height)), int(dice.integers(width))
    return (
        slice(max(y - half_height, 0), min(y + half_height, height)),
        slice(max(x - half_width, 0), min(x + half_width, width)),
    )
