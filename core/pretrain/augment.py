"""Random changes to drawn pictures, batched, a function of the generator alone."""

import math

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from core.pretrain.fields import Dice

GREY = (0.299, 0.587, 0.114)


def augmented(pictures: Tensor, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """uint8 [N, 4, S, S] to float [N, 3, size, size] from 0 to 1, cropped, mirrored, recoloured and blurred, and where
    the thing is in it, [N, 1, size, size]."""
    dice = Dice(generator, len(pictures))
    cropped = _cropped(pictures.float().div_(255), size, dice)
    colours = _blurred(_recoloured(cropped[:, :3], dice), dice)
    return colours.clamp_(0, 1), cropped[:, 3:]


def _cropped(pictures: Tensor, size: int, dice: Dice) -> Tensor:
    scale, aspect = dice.uniform(0.35, 1).sqrt(), dice.log_uniform(0.8, 1.25).sqrt()
    width, height = (scale * aspect).clamp_max(1), (scale / aspect).clamp_max(1)
    mirror = torch.where(dice.chance(0.5), -1.0, 1.0)
    shift = dice.uniform(-1, 1, 2) * torch.stack([1 - width, 1 - height], -1)
    none = torch.zeros_like(width)
    theta = torch.stack([width * mirror, none, shift[:, 0], none, height, shift[:, 1]], -1).view(-1, 2, 3)
    grid = F.affine_grid(theta, [len(pictures), 1, size, size], align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


def _recoloured(pictures: Tensor, dice: Dice) -> Tensor:
    """Brightness, contrast, a turn and a stretch of the colours; now and then none of them left."""
    grey = (pictures * torch.tensor(GREY, device=pictures.device)[:, None, None]).sum(1, keepdim=True)
    colour = torch.where(dice.chance(0.15), 0.0, dice.uniform(0.6, 1.4))
    contrast, light = dice.uniform(0.65, 1.35), dice.uniform(-0.15, 0.15)
    turn = _hue(dice.normal() * 0.25) * colour[:, None, None]
    turned = torch.einsum("nij,njhw->nihw", turn, pictures - grey)
    middle = grey.mean((2, 3), keepdim=True)
    return (grey + turned - middle) * contrast[:, None, None, None] + middle + light[:, None, None, None]


def _hue(angle: Tensor) -> Tensor:
    """Rotations [N, 3, 3] about the grey axis (Rodrigues)."""
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    root = math.sqrt(1 / 3)
    cross = torch.tensor([[0, -root, root], [root, 0, -root], [-root, root, 0]], device=angle.device)
    return cos * torch.eye(3, device=angle.device) + (1 - cos) / 3 + sin * cross


def _blurred(pictures: Tensor, dice: Dice) -> Tensor:
    """A share of the pictures out of focus, all with a little noise."""
    soft = F.avg_pool2d(pictures, 5, 1, 2, count_include_pad=False)
    amount = dice.uniform(0, 1) * dice.chance(0.4)
    noise = torch.randn(pictures.shape, generator=dice.generator, device=pictures.device)
    return torch.lerp(pictures, soft, amount[:, None, None, None]) + noise * dice.uniform(0, 0.05, 1, 1, 1)
