"""Geometry of a batch: each picture has one 3 × 3 matrix, whatever was asked of it, so it is interpolated once.

Coordinates run from -1 to 1 over the edges of the picture, x to the right and y down. A matrix leads from a place in
the new picture to the place in the old one that shows there. Beyond its edges a picture is mirrored: grey or black
corners would be something to learn by.
"""

import torch
from torch import Tensor
from torch.nn import functional

ASPECT = 4 / 3  # the most by which a crop is distorted, either way (torchvision's RandomResizedCrop)
CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


def warp(pictures: Tensor, matrices: Tensor) -> Tensor:
    """Pictures float [N, 3, S, S] seen through matrices [N, 3, 3] that the processor holds; bilinear."""
    count, _, size, _ = pictures.shape
    flat = not bool((matrices[:, 2, :2] != 0).any())  # asked here: a graphics card would have to be waited for
    matrices = matrices.to(pictures.device)
    centres = (torch.arange(size, device=pictures.device) * 2 + 1) / size - 1
    grid = torch.empty(count, size, size, 2, device=pictures.device)
    for axis in (0, 1):
        torch.add(*_parts(matrices[:, axis], centres), out=grid[..., axis])
    if not flat:
        across, down = _parts(matrices[:, 2], centres)
        grid.div_((across + down).unsqueeze(-1))
    return functional.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _parts(row: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """One row of the matrices [N, 3] at all places: what depends on the column [N, 1, S] and on the row [N, S, 1]."""
    return row[:, 0, None, None] * centres, row[:, 1, None, None] * centres.unsqueeze(1) + row[:, 2, None, None]


def crops(shown: Tensor, aspect: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Boxes of area `shown` [N], by shares (0 to 1) of the aspects that fit and of the places they may lie at."""
    widest = torch.minimum(torch.full_like(shown, ASPECT), 1 / shown)
    ratio = widest ** (2 * aspect - 1)
    width, height = (shown * ratio).sqrt(), (shown / ratio).sqrt()
    return affine(width, 0, (2 * x - 1) * (1 - width), 0, height, (2 * y - 1) * (1 - height))


def turns(degrees: Tensor) -> Tensor:
    """Turned about the middle, anticlockwise [N]."""
    cosine, sine = torch.cos(torch.deg2rad(degrees)), torch.sin(torch.deg2rad(degrees))
    return affine(cosine, -sine, 0, sine, cosine, 0)


def mirrors(across: Tensor, down: Tensor) -> Tensor:
    """Left and right swapped where `across` [N], top and bottom where `down`."""
    return affine(torch.where(across, -1.0, 1.0), 0, 0, 0, torch.where(down, -1.0, 1.0), 0)


def shears(x: Tensor, y: Tensor) -> Tensor:
    """Sheared from the top left corner by so many pixels a pixel [N]."""
    return affine(1, x, x, y, 1, y)


def shifts(x: Tensor, y: Tensor) -> Tensor:
    """Moved right and down by shares of the side [N]."""
    return affine(1, 0, -2 * x, 0, 1, -2 * y)


def perspectives(inward: Tensor) -> Tensor:
    """What lies within four corners, moved `inward` [N, 4, 2] from those of the picture (1 is to the middle), fills it.

    The eight numbers of a homography from its four pairs of points, as a linear system.
    """
    to = torch.tensor(CORNERS, device=inward.device)
    u, v = to[:, 0].expand(len(inward), 4), to[:, 1].expand(len(inward), 4)
    x, y = (to * (1 - inward)).unbind(-1)
    one, none = torch.ones_like(u), torch.zeros_like(u)
    above = torch.stack((u, v, one, none, none, none, -u * x, -v * x), dim=-1)
    below = torch.stack((none, none, none, u, v, one, -u * y, -v * y), dim=-1)
    numbers = torch.linalg.solve(torch.cat((above, below), dim=1), torch.cat((x, y), dim=1))
    return torch.cat((numbers, one[:, :1]), dim=1).view(-1, 3, 3)


def affine(*rows: Tensor | float) -> Tensor:
    """[N, 3, 3] from the first two rows' six entries, each [N] or one number for all."""
    count = next(len(entry) for entry in rows if isinstance(entry, Tensor))
    entries = [entry if isinstance(entry, Tensor) else torch.full((count,), float(entry)) for entry in rows]
    last = [torch.zeros(count), torch.zeros(count), torch.ones(count)]
    return torch.stack([*entries, *last], dim=1).view(count, 3, 3)
