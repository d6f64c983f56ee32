"""Pictures from formulas: coloured fields, and things of rounded parts before them, lit and seen from somewhere.

A formula fixes what is there (fields, palette, the thing's parts); a view fixes how it is seen (place, angle, light,
exposure, and for things also what lies behind them). Two views of one formula are what a network learns to recognise.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.pretrain.fields import PROGRAMS, Dice, Field, noise_tile, over, sample

PARTS = 9
"""Rounded parts of which a thing is made."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A field with its colours: `palette` [N, K, 3], `sharpness` [N] of the steps between them, fine `grain`."""

    field: Field
    palette: Tensor
    sharpness: Tensor
    grain: Tensor
    grain_strength: Tensor
    relief: Tensor


@dataclass(frozen=True, slots=True)
class Thing:
    """Capsules [N, PARTS, 2] from `start` to `end` with `thickness` [N, PARTS], melted together by `melt` [N]."""

    start: Tensor
    end: Tensor
    thickness: Tensor
    melt: Tensor
    roundness: Tensor


def surface(dice: Dice, program: int) -> Surface:
    steps = 5
    base = dice.uniform(0, 1, 1, 3)
    spread = dice.uniform(0.05, 0.6, 1, 1)
    colourful = torch.where(dice.chance(0.15, 1, 1), 0.0, dice.uniform(0.15, 1, 1, 1))
    palette = base + spread * dice.normal(steps, 3)
    light = dice.normal(steps, 1) * dice.uniform(0.1, 0.35, 1, 1)
    palette = torch.lerp(palette.mean(2, keepdim=True).expand_as(palette), palette, colourful) + light
    return Surface(
        field=PROGRAMS[program](dice),
        palette=palette.clamp(0, 1),
        sharpness=dice.log_uniform(0.5, 12),
        grain=noise_tile(dice, 1),
        grain_strength=dice.uniform(0, 0.25),
        relief=dice.uniform(0, 1.2) * dice.chance(0.6),
    )


def thing(dice: Dice) -> Thing:
    """A chain of thick parts, and thin ones that go out from them; mirrored in half of the formulas."""
    trunk = dice.uniform(0, 1, 1)
    along = torch.linspace(-1, 1, 4, device=dice.device)[None] * dice.uniform(0.15, 0.55, 1)
    bow = dice.normal(4) * 0.08
    joints = torch.stack([along, bow], -1)
    start, end = joints[:, :3], joints[:, 1:]
    thick = dice.log_uniform(0.06, 0.22, 3)
    limbs = PARTS - 3
    picked = dice.uniform(0, 4, limbs).long().clamp_max(3)
    root = joints[torch.arange(dice.count, device=dice.device)[:, None], picked]
    angle, length = dice.uniform(0.2, math.pi - 0.2, limbs), dice.log_uniform(0.1, 0.6, limbs)
    away = torch.stack([angle.cos(), angle.sin()], -1) * length[..., None]
    mirrored = dice.chance(0.6, 1)
    half = limbs // 2
    flipped = away[:, :half] * torch.tensor([1.0, -1.0], device=dice.device)
    away = torch.cat([away[:, :half], torch.where(mirrored[..., None], flipped, -away[:, half:])], 1)
    root = torch.cat([root[:, :half], torch.where(mirrored[..., None], root[:, :half], root[:, half:])], 1)
    thin = dice.log_uniform(0.012, 0.09, 1) * dice.log_uniform(0.7, 1.4, limbs)
    absent = dice.chance(0.35, limbs) | (trunk < 0.25)
    thin = torch.where(absent, -1.0, thin)
    return Thing(
        start=torch.cat([start, root], 1),
        end=torch.cat([end, root + away], 1),
        thickness=torch.cat([thick, thin], 1),
        melt=dice.log_uniform(0.01, 0.08),
        roundness=dice.uniform(0.3, 1),
    )


def _height(shape: Thing, points: Tensor) -> Tensor:
    """How far inside the thing each point lies: [N, H, W], positive inside."""
    total: Tensor | None = None
    melt = over(shape.melt)
    for k in range(PARTS):
        a, b = shape.start[:, None, None, k], shape.end[:, None, None, k]
        along = b - a
        away = points - a
        t = ((away * along).sum(-1) / (along * along).sum(-1).clamp_min(1e-4)).clamp(0, 1)
        distance = (away - t[..., None] * along).norm(dim=-1)
        inside = (over(shape.thickness[:, k]) - distance) / melt
        total = inside if total is None else torch.logaddexp(total, inside)
    assert total is not None
    return total * melt


def _shade(height: Tensor, light: Tensor, strength: Tensor) -> Tensor:
    """Brightness [N, H, W] of a relief under light from a direction [N, 2]: about 1."""
    dy = torch.diff(height, dim=1, append=height[:, -1:])
    dx = torch.diff(height, dim=2, append=height[:, :, -1:])
    slope = dx * over(light[:, 0]) + dy * over(light[:, 1])
    return 1 + (slope * over(strength) * height.shape[1] / 12).clamp(-0.6, 0.8)


def paint(what: Surface, points: Tensor, light: Tensor, relief: Tensor) -> Tensor:
    """Colours [N, 3, H, W]."""
    value = what.field(points)
    steps = what.palette.shape[1]
    place = ((value.clamp(-1.2, 1.2) + 1.2) / 2.4 * (steps - 1)).clamp(0, steps - 1.001)
    low = place.floor()
    part = place - low
    part = torch.sigmoid((part - 0.5) * over(what.sharpness) * 2)
    rows = torch.arange(len(value), device=value.device)[:, None, None]
    colour = torch.lerp(what.palette[rows, low.long()], what.palette[rows, low.long() + 1], part[..., None])
    grain = sample(what.grain, points, 1.5)[:, 0] * over(what.grain_strength)
    lit = _shade(value * 0.5 + grain, light, what.relief * relief) + 0.4 * grain
    return colour.permute(0, 3, 1, 2) * lit[:, None]


@dataclass(frozen=True, slots=True)
class View:
    points: Tensor
    light: Tensor
    relief: Tensor
    tint: Tensor
    exposure: Tensor
    contrast: Tensor


def view(dice: Dice, size: int, smallest: float = 0.35) -> View:
    """Where the camera stands: turned, nearer or farther, tilted; how it is lit."""
    step = torch.linspace(-1, 1, size, device=dice.device)
    y, x = torch.meshgrid(step, step, indexing="ij")
    grid = torch.stack([x, y], -1)[None]
    angle, scale = dice.uniform(-math.pi, math.pi), dice.log_uniform(smallest, 1.15)
    aspect, flip = dice.log_uniform(0.75, 1.33), torch.where(dice.chance(0.5), -1.0, 1.0)
    cos, sin = angle.cos(), angle.sin()
    turned = torch.stack([cos * aspect * flip, -sin, sin * aspect * flip, cos], -1).view(-1, 2, 2)
    matrix = turned * scale[:, None, None]
    tilt = 1 + (grid * dice.uniform(-0.25, 0.25, 1, 1, 2)).sum(-1, keepdim=True)
    points = (grid / tilt) @ matrix[:, None].transpose(-1, -2)
    room = (1.05 - scale).clamp_min(0.1)[:, None, None, None]
    points = points + dice.uniform(-0.75, 0.75, 1, 1, 2) * room
    turn = dice.uniform(-math.pi, math.pi)
    return View(
        points=points,
        light=torch.stack([turn.cos(), turn.sin()], -1),
        relief=dice.uniform(0.3, 1.2),
        tint=1 + dice.normal(3, 1, 1) * 0.08,
        exposure=dice.log_uniform(0.65, 1.5),
        contrast=dice.uniform(0.7, 1.3),
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """A surface; or a thing of that surface, which is seen before whatever lies behind it."""

    what: Surface
    shape: Thing | None

    def seen(self, dice: Dice, size: int, behind: int) -> Tensor:
        """One view of each formula, float [N, 4, size, size] from 0 to 1: red, green, blue, and where the thing is.

        `behind` is the program of the ground, drawn anew for each view.
        """
        here = view(dice, size, 0.4 if self.shape else 0.3)
        if self.shape is None:
            picture = paint(self.what, here.points, here.light, here.relief)
            return torch.cat([_exposed(picture, here), torch.zeros_like(picture[:, :1])], 1)
        around = view(dice, size)
        back = paint(surface(dice, behind), around.points, here.light, here.relief)
        height = _height(self.shape, here.points)
        cover = torch.sigmoid(height * size)[:, None]
        front = paint(self.what, here.points * 1.6, here.light, here.relief)
        bulge = height.clamp_min(0).sqrt() * over(self.shape.roundness)
        front = front * _shade(bulge, here.light, here.relief * 1.5)[:, None]
        shadow = 1 - 0.4 * torch.sigmoid((height + 0.05) * 30)[:, None]
        return torch.cat([_exposed(torch.lerp(back * shadow, front, cover), here), cover], 1)


def scene(dice: Dice, program: int, with_thing: bool) -> Scene:
    return Scene(surface(dice, program), thing(dice) if with_thing else None)


def _exposed(picture: Tensor, seen: View) -> Tensor:
    picture = picture * seen.tint * seen.exposure[:, None, None, None]
    middle = picture.mean((1, 2, 3), keepdim=True)
    return ((picture - middle) * seen.contrast[:, None, None, None] + middle).clamp(0, 1)
