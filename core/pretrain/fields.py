"""Scalar fields drawn by formulas: what the plane holds at each point, before it is coloured and lit.

Every program takes the points of a batch of pictures (float [N, H, W, 2], about -1 to 1 across a picture) and gives one
value a point (float [N, H, W], about -1 to 1). A program's random numbers are drawn once a formula, so that the same
formula can be looked at from several places.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

TILE = 96
"""Side of the periodic tiles that noise and fractals are sampled from."""

Field = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Dice:
    """Random numbers for `count` formulas, repeatable from the generator."""

    generator: torch.Generator
    count: int

    @property
    def device(self) -> torch.device:
        return self.generator.device

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """[N, *shape], evenly between the bounds."""
        drawn = torch.rand(self.count, *shape, generator=self.generator, device=self.device)
        return low + (high - low) * drawn

    def log_uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return self.uniform(math.log(low), math.log(high), *shape).exp()

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.count, *shape, generator=self.generator, device=self.device)

    def chance(self, probability: float, *shape: int) -> Tensor:
        return self.uniform(0, 1, *shape) < probability


def over(value: Tensor) -> Tensor:
    """[N] to [N, 1, 1]: one number a picture, over all its points."""
    return value[:, None, None]


def _turned(points: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    cos, sin = over(angle.cos()), over(angle.sin())
    x, y = points[..., 0], points[..., 1]
    return x * cos + y * sin, y * cos - x * sin


def noise_tile(dice: Dice, channels: int) -> Tensor:
    """Periodic coloured noise [N, C, TILE, TILE] of unit variance, stretched in one direction: a power law, in half of
    the formulas narrowed to a band of frequencies (spots and stripes)."""
    fy = torch.fft.fftfreq(TILE, 1 / TILE, device=dice.device)[None, :, None]
    fx = torch.fft.rfftfreq(TILE, 1 / TILE, device=dice.device)[None, None, :]
    angle, stretch = over(dice.uniform(0, math.pi)), over(dice.log_uniform(1, 4))
    along = fx * angle.cos() + fy * angle.sin()
    across = (fy * angle.cos() - fx * angle.sin()) * stretch
    radius = (along**2 + across**2).sqrt().clamp_min(0.5)
    power = radius ** -over(dice.uniform(0.8, 2.2))
    centre, width = over(dice.log_uniform(3, 18)), over(dice.uniform(0.12, 0.5))
    band = torch.exp(-((radius / centre).log() ** 2) / (2 * width**2))
    amplitude = torch.where(over(dice.chance(0.5)), band, power)[:, None]
    phases = dice.normal(channels, TILE, TILE // 2 + 1, 2)
    tile = torch.fft.irfft2(torch.view_as_complex(phases.contiguous()) * amplitude, s=(TILE, TILE))
    tile = tile - tile.mean((2, 3), keepdim=True)
    unit: Tensor = tile / tile.std((2, 3), keepdim=True).clamp_min(1e-6)
    return unit


def sample(tile: Tensor, points: Tensor, periods: float = 1.0) -> Tensor:
    """Look the tile [N, C, T, T] up at the points, going round its edges: [N, C, H, W]."""
    wrapped = torch.remainder(points * periods + 1, 2) - 1
    return F.grid_sample(tile, wrapped, mode="bilinear", padding_mode="reflection", align_corners=False)


def noise(dice: Dice) -> Field:
    """Coloured noise, its domain warped by more of the same (Baradad et al. 2021; marble, fur, bark, cloud)."""
    tile, scale, warp = noise_tile(dice, 3), over(dice.log_uniform(0.4, 1.2))[..., None], over(dice.uniform(0, 0.15))

    def field(points: Tensor) -> Tensor:
        here = points * scale
        shift = sample(tile[:, 1:], here, 0.5).permute(0, 2, 3, 1)
        return sample(tile[:, :1], here + shift * warp[..., None])[:, 0] * 0.6

    return field


def stripes(dice: Dice) -> Field:
    """Waves across the plane, bent by noise; two of them crossed in a third of the formulas."""
    tile, angle, frequency = noise_tile(dice, 1), dice.uniform(0, math.pi), over(dice.log_uniform(4, 22))
    bend, crossed = over(dice.uniform(0, 2.5)), over(dice.chance(0.33).float())

    def field(points: Tensor) -> Tensor:
        u, v = _turned(points, angle)
        phase = sample(tile, points, 0.5)[:, 0] * bend
        return (u * frequency + phase).sin() * torch.lerp(torch.ones_like(v), (v * frequency + phase).sin(), crossed)

    return field


def contours(dice: Dice) -> Field:
    """Nested outlines around a centre, more or less wavy (radial contours: Kataoka et al. 2022)."""
    harmonics = torch.arange(2, 10, device=dice.device, dtype=torch.float32)
    height = dice.uniform(0, 0.35, 8) * dice.chance(0.4, 8) / harmonics.sqrt()
    phase, rings = dice.uniform(0, 2 * math.pi, 8), over(dice.log_uniform(2, 14))
    centre = dice.uniform(-0.4, 0.4, 1, 1, 2)
    twist = over(dice.normal() * 2 * dice.chance(0.3))

    def field(points: Tensor) -> Tensor:
        away = points - centre
        radius = away.norm(dim=-1)
        angle = torch.atan2(away[..., 1], away[..., 0])
        outline = torch.ones_like(radius)
        for k in range(8):
            outline = outline + over(height[:, k]) * (angle * harmonics[k] + over(phase[:, k])).cos()
        spokes = torch.round(twist.abs()) * angle * twist.sign()
        waves: Tensor = (radius / outline * rings * math.pi + spokes).sin()
        return waves

    return field


def cells(dice: Dice, sites: int = 20) -> Field:
    """Distance to the nearest of scattered sites, or to the border between the two nearest (Worley's cells)."""
    place = dice.uniform(-1.3, 1.3, sites, 2)
    borders, scale = over(dice.uniform(0, 1).round()), over(dice.log_uniform(0.6, 1.6))

    def field(points: Tensor) -> Tensor:
        apart = torch.cdist((points * scale[..., None]).flatten(1, 2), place)
        apart = apart.view(*points.shape[:3], sites)
        near = apart.topk(2, dim=-1, largest=False).values
        value = torch.lerp(near[..., 0], near[..., 1] - near[..., 0], borders)
        return value * 4 - 1

    return field


def leaves(dice: Dice, count: int = 24) -> Field:
    """Discs and ovals that fell on one another, each of one value (dead leaves: Lee, Mumford, Huang 2001)."""
    centre, radius = dice.uniform(-1.2, 1.2, count, 2), 0.08 * dice.uniform(0.02, 1, count) ** -0.5
    squeeze, turn, value = dice.uniform(0.4, 1, count), dice.uniform(0, math.pi, count), dice.uniform(-1, 1, count)
    corner = dice.chance(0.3)  # ovals, or boxes

    def field(points: Tensor) -> Tensor:
        laid = torch.zeros(points.shape[:3], device=points.device)
        boxes = over(corner)
        for k in range(count):
            u, v = _turned(points - centre[:, None, None, k], turn[:, k])
            u, v = (u / over(radius[:, k])).abs(), (v / over(radius[:, k] * squeeze[:, k])).abs()
            inside = torch.where(boxes, torch.maximum(u, v), u * u + v * v) < 1
            laid = torch.where(inside, over(value[:, k]), laid)
        return laid

    return field


def fractal(dice: Dice, walkers: int = 512, steps: int = 40) -> Field:
    """How often a random walk between three to five affine maps comes by (iterated functions: Kataoka et al. 2020)."""
    maps = 5
    angles, shear = dice.uniform(0, 2 * math.pi, maps, 2), dice.uniform(0.25, 0.85, maps, 2)
    turn = torch.stack([angles.cos(), -angles.sin(), angles.sin(), angles.cos()], -1).view(-1, maps, 2, 2, 2)
    matrix = turn[:, :, 0] @ torch.diag_embed(shear) @ turn[:, :, 1].transpose(-1, -2)
    offset = dice.uniform(-1, 1, maps, 2)
    used = (3 + 3 * dice.uniform(0, 1)).long().clamp_max(maps)
    point = dice.uniform(-1, 1, walkers, 2)
    visited = []
    rows = torch.arange(dice.count, device=dice.device)[:, None]
    for step in range(steps):
        pick = (dice.uniform(0, 1, walkers) * used[:, None]).long()
        point = (matrix[rows, pick] @ point[..., None])[..., 0] + offset[rows, pick]
        if step >= 8:
            visited.append(point)
    tile = _density(torch.cat(visited, 1))

    def field(points: Tensor) -> Tensor:
        return F.grid_sample(tile, points, padding_mode="zeros", align_corners=False)[:, 0] * 2 - 1

    return field


def _density(points: Tensor) -> Tensor:
    """Points [N, P, 2], brought to the middle, to a tile [N, 1, TILE, TILE] of log counts from 0 to 1."""
    count = len(points)
    low, high = points.quantile(0.01, 1, keepdim=True), points.quantile(0.99, 1, keepdim=True)
    place = ((points - low) / (high - low).clamp_min(1e-3) * 0.9 + 0.05) * TILE
    whole = place.long().clamp(0, TILE - 1)
    flat = whole[..., 1] * TILE + whole[..., 0]
    counts = torch.zeros(count, TILE * TILE, device=points.device).scatter_add_(1, flat, torch.ones_like(place[..., 0]))
    tile = counts.log1p().view(count, 1, TILE, TILE)
    tile = F.avg_pool2d(tile, 3, 1, 1)
    return tile / tile.amax((2, 3), keepdim=True).clamp_min(1e-6)


PROGRAMS: tuple[Callable[[Dice], Field], ...] = (noise, stripes, contours, cells, leaves, fractal)
