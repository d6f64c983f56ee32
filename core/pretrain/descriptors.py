"""What can be said of a picture without learning: its colours, its edges, its textures. The network learns to say it
too, from its features alone, and so must keep all of it in them."""

import math

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from core.pretrain.augment import GREY

LEVELS = 5
ORIENTATIONS = 8
EDGE_SCALES = (1, 2, 4, 8)
EDGE_STRENGTHS = (0.02, 0.05, 0.1, 0.2)
TEXTURE_SCALES = (1, 2)
PATTERNS = 59
"""The local binary patterns of eight neighbours: 58 of at most two changes around, and the rest (Ojala et al. 2002)."""
_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def describe(pictures: Tensor) -> Tensor:
    """Descriptors [N, D] of pictures float [N, 3, S, S] from 0 to 1; counts by their roots, so that rare ones speak."""
    grey = (pictures * torch.tensor(GREY, device=pictures.device)[:, None, None]).sum(1, keepdim=True)
    edges = [_edges(F.avg_pool2d(grey, scale)) for scale in EDGE_SCALES]
    textures = [_textures(F.avg_pool2d(grey, scale)[:, 0]) for scale in TEXTURE_SCALES]
    return torch.cat([_colours(F.avg_pool2d(pictures, 2)), *edges, *textures], 1)


def _colours(pictures: Tensor) -> Tensor:
    """A histogram of LEVELS³ colours, and mean and spread of each."""
    levels = (pictures * LEVELS).long().clamp_(0, LEVELS - 1)
    place = (levels[:, 0] * LEVELS + levels[:, 1]) * LEVELS + levels[:, 2]
    return torch.cat([_counts(place, LEVELS**3), pictures.mean((2, 3)), pictures.std((2, 3))], 1)


def _edges(grey: Tensor) -> Tensor:
    """How much slope there is in each orientation, and on how much of the picture it exceeds each strength."""
    across = grey[:, 0, 1:-1, 2:] - grey[:, 0, 1:-1, :-2]
    down = grey[:, 0, 2:, 1:-1] - grey[:, 0, :-2, 1:-1]
    slope = (across**2 + down**2).sqrt()
    place = torch.atan2(down, across).remainder(math.pi) / math.pi * ORIENTATIONS
    parts = []
    for bin_ in range(ORIENTATIONS):
        away = (place - bin_ + ORIENTATIONS / 2).remainder(ORIENTATIONS) - ORIENTATIONS / 2
        parts.append(((1 - away.abs()).clamp_min(0) * slope).mean((1, 2)))
    parts += [torch.sigmoid((slope - strength) / strength * 4).mean((1, 2)) for strength in EDGE_STRENGTHS]
    return torch.stack(parts, 1).sqrt()


def _textures(grey: Tensor) -> Tensor:
    """How often each local binary pattern occurs."""
    height, width = grey.shape[1] - 2, grey.shape[2] - 2
    middle = grey[:, 1:-1, 1:-1]
    least = middle + 0.01
    code = torch.zeros_like(middle, dtype=torch.uint8)
    for bit, (down, right) in enumerate(_AROUND):
        neighbour = grey[:, 1 + down : 1 + down + height, 1 + right : 1 + right + width]
        code |= (neighbour > least).byte() << bit
    return _counts(_patterns(grey.device)[code.int()], PATTERNS)


def _patterns(device: torch.device) -> Tensor:
    """The pattern [256] of each code."""
    bits = (torch.arange(256, device=device)[:, None] >> torch.arange(8, device=device)) & 1
    uniform = (bits != bits.roll(1, 1)).sum(1) <= 2
    return torch.where(uniform, uniform.cumsum(0) - 1, PATTERNS - 1)


def _counts(place: Tensor, kinds: int) -> Tensor:
    """Roots [N, kinds] of the shares of places [N, H, W]."""
    flat = place.flatten(1)
    share = torch.full(flat.shape, 1 / flat.shape[1], device=place.device)
    return torch.zeros(len(flat), kinds, device=place.device).scatter_add_(1, flat, share).sqrt()
