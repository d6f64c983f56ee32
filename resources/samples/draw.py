"""Draw the sample pictures: `python -m resources.samples.draw [FOLDER]`. The same seed gives the same pictures.

Pollen under the microscope, in four kinds that differ in shape alone. Every kind is looked at through the same
microscopes, in the same stains, at the same sizes and strengths, so that neither colour, brightness nor the
amount of edges tells them apart. The pictures are beside this file, in `pictures`.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from resources.samples.grains import KINDS, Array, Grain, density, turn, waves
from resources.samples.microscope import WAYS, Light, Place, Seen, blurred, look, together

SEED = 7
EACH = 30  # pictures a kind
SIDE = 224
FINE = 392  # drawn at this size, with a margin that blurs may spoil; then cut and made smaller
MARGIN = 28
INNER = 1 - 2 * MARGIN / FINE  # the share of the side that stays
PICTURES = Path(__file__).parent / "pictures"

STAINS = (  # how strongly red, green and blue are held back
    (0.18, 1.0, 0.42),  # fuchsin
    (0.12, 0.8, 0.95),  # safranin
    (1.0, 0.5, 0.12),  # methylene blue
    (0.3, 0.6, 1.0),  # none: the grain's own amber
    (0.9, 0.3, 0.75),  # malachite green
    (0.6, 1.0, 0.25),  # gentian violet
)
GLOWS = (
    (0.35, 1.0, 0.45),
    (1.0, 0.72, 0.2),
    (1.0, 0.35, 0.3),
    (0.35, 0.75, 1.0),
    (0.95, 0.45, 0.95),
    (0.95, 0.95, 0.6),
)
SHARES = {"bright_field": 12, "relief_contrast": 5, "fluorescence": 7, "electron": 6}  # of EACH


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    for number, kind in enumerate(KINDS):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for index in range(EACH):
            picture = draw(kind, number, index)
            picture.save(folder / kind / f"{kind}-{index + 1:02}.jpg", quality=86, optimize=True)


def draw(kind: str, number: int, index: int) -> Image.Image:
    """One picture of SIDE × SIDE pixels. `number` and `index` make it unlike any other."""
    random = np.random.default_rng([SEED, number, index])
    way = _ways(number)[index]
    light = _light(way, random)
    seen = _scene(kind, random)
    colours = WAYS[way](_littered(seen, random), light)
    colours = _photographed(colours, way, random)
    pixels = (np.clip(colours, 0, 1) * 255).round().astype(np.uint8)
    inner = pixels[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return Image.fromarray(inner).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _ways(number: int) -> list[str]:
    """The way of looking for each picture of a kind: the same shares in every kind, shuffled."""
    ways = [way for way, share in SHARES.items() for _ in range(share)]
    order = np.random.default_rng([SEED, 100 + number]).permutation(len(ways))
    return [ways[i] for i in order]


def _light(way: str, random: np.random.Generator) -> Light:
    """Lamp, stain and strength of one picture, drawn alike for all kinds."""
    stain = np.asarray(STAINS[random.integers(len(STAINS))]) * random.uniform(0.8, 1.2, 3)
    glow = np.asarray(GLOWS[random.integers(len(GLOWS))]) * random.uniform(0.85, 1.1, 3)
    cast = 1 + random.normal(scale=0.05, size=3)
    lamp = random.uniform(0.72, 0.97) * cast
    strength = {
        "bright_field": random.uniform(0.5, 1.2),
        "relief_contrast": random.uniform(0.7, 1.5),
        "fluorescence": random.uniform(0.6, 1.5),
        "electron": 1.0,
    }[way]
    if way == "fluorescence":
        stain = glow[random.permutation(3)] * 0.8
    if way == "electron" and random.random() < 0.5:
        glow = np.full(3, random.uniform(0.8, 1.0))
    as_array = [np.asarray(colour, np.float32) for colour in (lamp, stain, np.clip(glow, 0, 1))]
    return Light(as_array[0], as_array[1], as_array[2], strength, random.uniform(0, 2 * np.pi))


def _scene(kind: str, random: np.random.Generator) -> Seen:
    """The grain, in about every sixth picture with a second one of its kind half out of the picture."""
    share = random.uniform(0.11, 0.3) * INNER**2
    x, y = random.uniform(-0.2, 0.2, 2)
    grain, place = _placed(kind, share, float(x), float(y), random)
    depth_of_field = float(random.uniform(0.015, 0.06))
    seen = look(grain, place, FINE, random, depth_of_field)
    if random.random() < 1 / 6:
        around = random.uniform(0, 2 * np.pi)
        other, aside = _placed(kind, share, float(0.92 * np.cos(around)), float(0.92 * np.sin(around)), random)
        seen = together(seen, look(other, aside, FINE, random, 2 * depth_of_field))
    covered = seen.matter > 0.02
    return Seen(seen.matter / seen.matter[covered].mean(), seen.height, seen.cover)


def _placed(kind: str, share: float, x: float, y: float, random: np.random.Generator) -> tuple[Grain, Place]:
    """A grain so large that it covers `share` of the picture, whatever its kind."""
    grain, rotation = KINDS[kind](random), turn(kind, random)
    size = float(np.sqrt(4 * share / _shadow(grain, rotation)))
    return grain, Place(x, y, size, rotation, float(random.uniform(-0.2, 0.75)))


def _shadow(grain: Grain, rotation: Array) -> float:
    """The area that the grain covers, in grain units."""
    axis = np.linspace(-1.7, 1.7, 48, dtype=np.float32)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3) @ rotation
    _, distance = density(grain, points.astype(np.float32), np.ones(len(points), np.float32))
    covered = (distance.reshape(48, 48, 48) < 0).any(axis=2)
    return float(covered.mean() * 3.4**2)


def _littered(seen: Seen, random: np.random.Generator) -> Seen:
    """Dust, specks and fibres on the slide, some out of focus."""
    axis = ((np.arange(FINE, dtype=np.float32) + 0.5) / FINE * 2 - 1).astype(np.float32)
    across, down = np.meshgrid(axis, axis)
    litter = np.zeros_like(across)
    for _ in range(int(random.integers(3, 12))):
        x, y = random.uniform(-1, 1, 2)
        size, weight = random.uniform(0.012, 0.05), random.uniform(0.3, 1.1)
        far = np.hypot(across - x, down - y) / size
        speck = np.exp(-((far - 1) ** 2) * 6) if random.random() < 0.3 else np.exp(-(far**4))
        litter += weight * blurred(speck.astype(np.float32), random.uniform(0.6, 4))
    for _ in range(int(random.integers(0, 3))):
        litter += _fibre(across, down, random)
    return Seen(seen.matter + litter, np.maximum(seen.height, 0.12 * litter + seen.height.min()), seen.cover)


def _fibre(across: Array, down: Array, random: np.random.Generator) -> Array:
    """A bent hair from one side of the picture to another."""
    corners = random.uniform(-1.2, 1.2, size=(3, 2))
    t = np.linspace(0, 1, 260)[:, None]
    line = ((1 - t) ** 2 * corners[0] + 2 * t * (1 - t) * corners[1] + t**2 * corners[2]).astype(np.float32)
    nearest = np.full_like(across, 9)
    for x, y in line:
        nearest = np.minimum(nearest, (across - x) ** 2 + (down - y) ** 2)
    width = random.uniform(0.008, 0.02)
    return blurred(
        (random.uniform(0.25, 0.7) * np.exp(-nearest / width**2)).astype(np.float32), random.uniform(0.8, 4)
    )  # fmt: skip


def _photographed(colours: Array, way: str, random: np.random.Generator) -> Array:
    """What lens and camera add: focus, uneven light, a colour cast, grain."""
    spread = random.choice([0.4, 0.7, 1.1, 1.7])
    colours = np.stack([blurred(colours[..., channel], spread) for channel in range(3)], axis=-1)
    axis = np.linspace(-1, 1, FINE, dtype=np.float32)
    across, down = np.meshgrid(axis, axis)
    towards = random.uniform(0, 2 * np.pi)
    slant = random.uniform(0, 0.13) * (np.cos(towards) * across + np.sin(towards) * down)
    vignette = random.uniform(0.02, 0.2) * (across**2 + down**2)
    flat = np.stack([across, down, np.zeros_like(across)], axis=-1).reshape(-1, 3)
    cloudy = 0.02 * waves(flat, random, 8, 4).reshape(FINE, FINE)
    colours = colours * (1 + slant - vignette + cloudy)[..., None] * (1 + random.normal(scale=0.03, size=3))
    noise = random.uniform(0.004, 0.02) * (2.0 if way in ("fluorescence", "electron") else 1.0)
    return np.asarray(colours + noise * random.normal(size=colours.shape), np.float32)


if __name__ == "__main__":
    main()
