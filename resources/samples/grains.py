"""Four kinds of pollen grain as solids: how far a point lies from the surface, and how dense the matter is there.

A grain is one or more lobes. A lobe is an ellipsoid whose surface is raised or sunk by a relief, a function of the
direction from its centre: spines, furrows, a pore, a fine texture. Lengths are in units of the grain's size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Relief = Callable[[Array], tuple[Array, Array]]
"""From unit directions [P, 3] to how far the surface is raised there [P], and how thick its wall is [P]."""

REACH = 0.45  # no relief raises or sinks the surface by more than this


@dataclass(frozen=True, slots=True)
class Lobe:
    """`axes` are the ellipsoid's half lengths; `filling` is the density inside against 1 for the wall."""

    centre: Array
    axes: Array
    relief: Relief
    wall: float
    filling: float


Grain = tuple[Lobe, ...]


def density(grain: Grain, points: Array, grains_of_plasma: Array) -> tuple[Array, Array]:
    """Matter at `points` [P, 3] and signed distance to the nearest surface (negative inside), each [P].

    `grains_of_plasma` [P] makes the filling uneven.
    """
    matter = np.zeros(len(points), np.float32)
    nearest = np.full(len(points), 9.0, np.float32)
    for lobe in grain:
        distance, thickness = _distance(lobe, points)
        wall = np.exp(-(((distance + 0.6 * lobe.wall) / lobe.wall) ** 2)) * thickness
        inside = 1 / (1 + np.exp(np.clip(distance / 0.012, -30, 30)))
        matter = np.maximum(matter, wall + lobe.filling * inside * grains_of_plasma)
        nearest = np.minimum(nearest, distance)
    return matter, nearest


def _distance(lobe: Lobe, points: Array) -> tuple[Array, Array]:
    """Near enough the distance to a lobe's surface (exact to first order), and the wall's thickness there."""
    offset = points - lobe.centre
    scaled = offset / lobe.axes
    radius = np.linalg.norm(scaled, axis=1) + 1e-6
    steepness = np.linalg.norm(scaled / lobe.axes, axis=1) / radius + 1e-6
    raised = np.zeros(len(points), np.float32)
    thickness = np.ones(len(points), np.float32)
    near = (radius > 1 - REACH) & (radius < 1 + REACH)
    if near.any():
        raised[near], thickness[near] = lobe.relief(scaled[near] / radius[near, None])
    return ((radius - 1 - raised) / steepness).astype(np.float32), thickness


def smooth(random: np.random.Generator) -> Grain:
    """A ball with one round pore in a raised ring, as grasses have."""
    pore = _direction(random)
    size = random.uniform(0.17, 0.27)
    texture = _texture(random)

    def relief(directions: Array) -> tuple[Array, Array]:
        angle = np.arccos(np.clip(directions @ pore, -1, 1))
        ring = np.exp(-(((angle - size) / (0.4 * size)) ** 2))
        hole = np.exp(-((angle / (0.75 * size)) ** 4))
        fine, thickness = texture(directions)
        return fine * (1 - hole) + 0.07 * ring - 0.1 * hole, thickness * (1 + 1.2 * ring - 0.9 * hole)

    axes = _array([1.0, random.uniform(0.86, 1.0), random.uniform(0.86, 1.0)])
    return (Lobe(_array([0, 0, 0]), axes, relief, random.uniform(0.045, 0.075), random.uniform(0.08, 0.28)),)


def spiky(random: np.random.Generator) -> Grain:
    """A ball set with spines, as daisies and mallows have."""
    spines = _spread(int(random.integers(26, 58)), random)
    height, width = random.uniform(0.2, 0.36), random.uniform(0.15, 0.22)
    sharpness = random.uniform(0.9, 1.6)
    texture = _texture(random)

    def relief(directions: Array) -> tuple[Array, Array]:
        angle = np.arccos(np.clip((directions @ spines.T).max(axis=1), -1, 1))
        spine = np.clip(1 - angle / width, 0, 1) ** sharpness
        fine, thickness = texture(directions)
        return fine * (1 - spine) + height * spine, thickness * (1 + 0.5 * spine)

    axes = _array([1.0, random.uniform(0.9, 1.0), random.uniform(0.9, 1.0)])
    return (Lobe(_array([0, 0, 0]), axes, relief, random.uniform(0.04, 0.07), random.uniform(0.08, 0.28)),)


def furrowed(random: np.random.Generator) -> Grain:
    """A long grain with one to three furrows from end to end, as lilies and oaks have."""
    furrows = int(random.integers(1, 4))
    start, width, depth = random.uniform(0, 2 * np.pi), random.uniform(0.2, 0.34), random.uniform(0.13, 0.24)
    texture = _texture(random)

    def relief(directions: Array) -> tuple[Array, Array]:
        around = np.arctan2(directions[:, 2], directions[:, 1]) - start
        step = 2 * np.pi / furrows
        aside = np.abs((around + step / 2) % step - step / 2)
        towards_end = np.clip(1 - np.abs(directions[:, 0]) ** 4, 0, 1)
        furrow = np.exp(-((aside / width) ** 2)) * towards_end
        lip = np.exp(-(((aside - 2 * width) / (0.6 * width)) ** 2)) * towards_end
        fine, thickness = texture(directions)
        return fine * (1 - furrow) - depth * furrow + 0.02 * lip, thickness * (1 + 0.5 * lip - 0.85 * furrow)

    slim = random.uniform(0.46, 0.62)
    axes = _array([1.15, slim, slim * random.uniform(0.9, 1.05)])
    return (Lobe(_array([0, 0, 0]), axes, relief, random.uniform(0.035, 0.055), random.uniform(0.08, 0.28)),)


def winged(random: np.random.Generator) -> Grain:
    """A body between two air sacs, as pines and firs have."""
    spread, drop, sac = random.uniform(0.72, 0.9), random.uniform(0.2, 0.42), random.uniform(0.5, 0.64)
    body_wall, sac_wall = random.uniform(0.045, 0.07), random.uniform(0.03, 0.045)
    body = Lobe(
        _array([0, 0.14, 0]),
        _array([0.84, random.uniform(0.58, 0.7), 0.72]),
        _texture(random),
        body_wall,
        random.uniform(0.25, 0.45),
    )
    sacs = [
        Lobe(
            _array([side * spread, -drop, 0]),
            _array([sac * random.uniform(0.82, 0.95), sac, sac * 1.05]),
            _netted(random, random.uniform(0.6, 1.0)),
            sac_wall,
            random.uniform(0.03, 0.12),  # air inside
        )
        for side in (-1, 1)
    ]
    return (body, *sacs)


def turn(kind: str, random: np.random.Generator) -> Array:
    """A rotation [3, 3] from the grain's axes to the picture's.

    Round grains lie anyhow; the long and the winged lie down, as they do on a slide, and are tipped a little.
    """
    spin = _about(2, random.uniform(0, 2 * np.pi))
    if kind in ("smooth", "spiky"):
        return _array(spin @ _about(0, random.uniform(0, 2 * np.pi)) @ _about(1, random.uniform(0, 2 * np.pi)))
    roll = random.uniform(0, 2 * np.pi) if kind == "furrowed" else random.uniform(-0.6, 0.6)
    return _array(spin @ _about(1, random.uniform(-0.4, 0.4)) @ _about(0, roll))


KINDS: dict[str, Callable[[np.random.Generator], Grain]] = {
    "furrowed": furrowed,
    "smooth": smooth,
    "spiky": spiky,
    "winged": winged,
}


def waves(points: Array, random: np.random.Generator, count: int, finest: float) -> Array:
    """Even-grained noise about 0 with a spread of 1, as a sum of plane waves: [P] from `points` [P, 3]."""
    directions = random.normal(size=(3, count))
    directions *= random.uniform(0.45, 1.0, count) * finest / np.linalg.norm(directions, axis=0)
    total = np.cos(points @ directions.astype(np.float32) + random.uniform(0, 2 * np.pi, count).astype(np.float32))
    return np.asarray(total.sum(axis=1) * np.sqrt(2 / count), np.float32)


def _texture(random: np.random.Generator) -> Relief:
    """A fine surface that any kind may have, so that texture does not give the kind away: plain, grainy or netted."""
    choice, strength = random.choice(3), random.uniform(0.5, 1.0)
    if choice == 2:
        return _netted(random, strength)
    seed, finest = int(random.integers(2**31)), random.uniform(16, 34)
    amount = 0.006 if choice == 0 else 0.022 * strength

    def relief(directions: Array) -> tuple[Array, Array]:
        noise = waves(directions, np.random.default_rng(seed), 28, finest)
        return amount * noise, np.clip(1 + 14 * amount * noise, 0.2, 2)

    return relief


def _netted(random: np.random.Generator, strength: float) -> Relief:
    """Low ridges that join into a net: where a gyroid passes through zero."""
    finest, shift = random.uniform(15, 24), random.uniform(0, 2 * np.pi, 3).astype(np.float32)

    def relief(directions: Array) -> tuple[Array, Array]:
        place = directions * np.float32(finest) + shift
        s, c = np.sin(place), np.cos(place)
        gyroid = s[:, 0] * c[:, 1] + s[:, 1] * c[:, 2] + s[:, 2] * c[:, 0]
        ridge = np.exp(-((gyroid / 0.33) ** 2))
        return 0.035 * strength * ridge, 1 - 0.45 * strength + 1.1 * strength * ridge

    return relief


def _spread(count: int, random: np.random.Generator) -> Array:
    """Unit directions [count, 3] spread evenly over the ball (Fibonacci's spiral), each a little out of place."""
    order = np.arange(count) + 0.5
    height, around = 1 - 2 * order / count, np.pi * (1 + 5**0.5) * order
    flat = np.sqrt(1 - height**2)
    points = np.stack([flat * np.cos(around), flat * np.sin(around), height], axis=1)
    points += random.normal(scale=0.25 / np.sqrt(count), size=points.shape)
    return _array(points / np.linalg.norm(points, axis=1, keepdims=True))


def _direction(random: np.random.Generator) -> Array:
    towards = random.normal(size=3)
    return _array(towards / np.linalg.norm(towards))


def _about(axis: int, angle: float) -> NDArray[np.float64]:
    """Rotation by `angle` radians about one of the three axes."""
    matrix = np.eye(3)
    one, other = [i for i in range(3) if i != axis]
    matrix[[one, one, other, other], [one, other, one, other]] = [
        np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle),
    ]  # fmt: skip
    return matrix


def _array(values: object) -> Array:
    return np.asarray(values, np.float32)
