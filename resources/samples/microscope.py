"""From a solid grain to what a microscope shows of it: four ways of looking, each a formula for light.

Planes are square float32 images [S, S]. A picture's half side is 1 long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resources.samples.grains import Array, Grain, density, waves

SLICES = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where a grain lies: its centre, its size, its rotation [3, 3], and the height in focus (in grain units)."""

    x: float
    y: float
    size: float
    turn: Array
    focus: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One grain seen: matter along each ray of light, the height of its surface, and where it is at all (0 to 1)."""

    matter: Array
    height: Array
    cover: Array


@dataclass(frozen=True, slots=True)
class Light:
    """All that a way of looking may vary. Colours are [3], 0 to 1; `stain` says how strongly each colour is held."""

    background: Array
    stain: Array
    glow: Array
    strength: float
    direction: float


def look(grain: Grain, place: Place, side: int, random: np.random.Generator, depth_of_field: float) -> Seen:
    """Cut the grain into slices and add them up, those out of focus blurred, as light through a slide does."""
    axis = ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1).astype(np.float32)
    reach = 1.75 * place.size
    columns = np.flatnonzero(np.abs(axis - place.x) < reach)
    rows = np.flatnonzero(np.abs(axis - place.y) < reach)
    across, down = np.meshgrid((axis[columns] - place.x) / place.size, (axis[rows] - place.y) / place.size)
    levels = np.linspace(1.5, -1.5, SLICES, dtype=np.float32)
    seed, finest = int(random.integers(2**31)), float(random.uniform(7, 16))

    spectrum = np.zeros((side, side // 2 + 1), np.complex64)
    height = np.full(across.shape, -1.5, np.float32)
    cover = np.zeros(across.shape, bool)
    above = np.full(across.shape, 9.0, np.float32)
    for level in levels:
        points = np.stack([across, down, np.full_like(across, level)], axis=-1).reshape(-1, 3) @ place.turn
        plasma = np.clip(1 + 0.35 * waves(points, np.random.default_rng(seed), 20, finest), 0.1, 2)
        matter, distance = (part.reshape(across.shape) for part in density(grain, points.astype(np.float32), plasma))
        first = (distance < 0) & ~cover
        step = levels[0] - levels[1]
        height[first] = (level + step * distance / (distance - above - 1e-6))[first]
        cover |= first
        above = distance
        plane = np.zeros((side, side), np.float32)
        plane[np.ix_(rows, columns)] = matter
        spread = depth_of_field * abs(float(level) - place.focus) * place.size * side / 2
        spectrum += np.fft.rfft2(plane) * _blur_filter(side, spread)
    thickness = np.fft.irfft2(spectrum, s=(side, side)).astype(np.float32) * (3 / SLICES)
    return Seen(np.clip(thickness, 0, None), _framed(height, rows, columns, side, -1.5) * place.size,
                _framed(cover.astype(np.float32), rows, columns, side, 0))  # fmt: skip


def blurred(plane: Array, spread: float) -> Array:
    """Gaussian blur with a standard deviation of `spread` pixels."""
    side = len(plane)
    return np.fft.irfft2(np.fft.rfft2(plane) * _blur_filter(side, spread), s=(side, side)).astype(np.float32)


def bright_field(seen: Seen, light: Light) -> Array:
    """Stained, lit from below: colour is held back in proportion to the matter passed (Beer and Lambert)."""
    edge = seen.matter - blurred(seen.matter, 2.5)
    detail = (seen.matter - blurred(seen.matter, 14)) * blurred(seen.cover, 3)
    held = light.strength * np.clip(seen.matter + 0.6 * edge + 0.7 * detail, -0.1, None)
    seen_through: Array = light.background * np.exp(-held[..., None] * light.stain)
    return seen_through


def relief_contrast(seen: Seen, light: Light) -> Array:
    """Interference contrast: brighter where the path through the grain grows, darker where it shrinks."""
    down, across = np.gradient(blurred(seen.matter, 0.9))
    slope = np.cos(light.direction) * across + np.sin(light.direction) * down
    shade = np.tanh(8 * light.strength * slope)[..., None]
    held = np.exp(-0.3 * seen.matter[..., None] * light.stain)
    shaded: Array = 0.62 * light.background * (1 + 0.75 * shade) * held
    return shaded


def fluorescence(seen: Seen, light: Light) -> Array:
    """Glowing on black, with a haze from what is out of focus."""
    core = 1 - np.exp(-light.strength * np.clip(seen.matter, 0, None))
    haze = blurred(core, 0.045 * len(core))
    glowing: Array = 0.88 * core[..., None] ** 1.3 * light.glow + 0.3 * haze[..., None] * light.stain
    return 0.06 * light.background + glowing


def electron(seen: Seen, light: Light) -> Array:
    """Scanned by electrons: steep edges shine, hollows stay dark; tinted afterwards, as is the custom."""
    side = len(seen.height)
    height = np.where(seen.cover > 0, seen.height, seen.height.min())
    down, across = np.gradient(height * side / 2)
    down, across = np.clip(down, -4, 4), np.clip(across, -4, 4)
    upright = 1 / np.sqrt(1 + across**2 + down**2)
    lit = upright * (1 - 0.5 * (np.cos(light.direction) * across + np.sin(light.direction) * down))
    hollow = np.clip((height - blurred(height, 0.02 * side)) * 9, -0.35, 0.35)
    shade = np.clip(0.16 + 0.3 * np.clip(lit, 0, 2) + 0.5 * (1 - upright) ** 1.5 + hollow, 0, 1.2)
    inside = blurred(seen.cover, 0.8)[..., None]
    shadow = 1 - 0.5 * blurred(seen.cover, 0.04 * side)[..., None]
    ground = 0.3 * light.background * shadow
    tinted: Array = shade[..., None] * (0.6 + 0.4 * light.glow)
    return inside * tinted + (1 - inside) * ground


WAYS: dict[str, Callable[[Seen, Light], Array]] = {
    "bright_field": bright_field,
    "relief_contrast": relief_contrast,
    "fluorescence": fluorescence,
    "electron": electron,
}


def together(one: Seen, other: Seen) -> Seen:
    """Two grains in one picture."""
    return Seen(
        one.matter + other.matter, np.maximum(one.height, other.height), np.maximum(one.cover, other.cover)
    )  # fmt: skip


def _blur_filter(side: int, spread: float) -> NDArray[np.float32]:
    down = np.fft.fftfreq(side)[:, None]
    across = np.fft.rfftfreq(side)[None, :]
    return np.exp(-2 * (np.pi * spread) ** 2 * (down**2 + across**2)).astype(np.float32)


def _framed(part: Array, rows: NDArray[np.intp], columns: NDArray[np.intp], side: int, outside: float) -> Array:
    whole = np.full((side, side), outside, np.float32)
    whole[np.ix_(rows, columns)] = part
    return whole
