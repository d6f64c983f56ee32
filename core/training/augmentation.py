"""Augmentation as rows: what may change in a picture without changing its class.

Pictures are changed as batches, on the device where they lie. Geometry of all rows is one warp, colours are one affine
map, so that switching more on costs little. Every row has random numbers of its own: what one choice draws does not
depend on whether another is on.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from core.recipe import Augmentation
from core.training import colours, filters, policies, warp
from core.training.colours import Tint

BLUR_REACH = 0.02  # the deviation of the strongest blur, as a share of the side
MOST_CHANGES = 5  # of RandAugment
IN_CACHE = 4
"""So many pictures a processor changes at once. What 32 of 224 pixels need on the way, it must fetch from memory again
and again, and from the system anew for each batch: 51 ms instead of 18."""

On = Callable[[Augmentation], bool]


@dataclass(frozen=True, slots=True)
class WarpRow:
    """`matrix` takes `draws` uniform numbers a picture [N, draws] and leads from the new picture to the old."""

    name: str
    draws: int
    on: On
    matrix: Callable[[Tensor, Augmentation], Tensor]


@dataclass(frozen=True, slots=True)
class TintRow:
    """`tint` is also given the mean colour of each picture [N, 3] as it is by then."""

    name: str
    draws: int
    on: On
    tint: Callable[[Tensor, Tensor, Augmentation], Tint]


@dataclass(frozen=True, slots=True)
class FilterRow:
    """`change` takes pictures float [N, 3, S, S] from 0 to 255, the numbers, the choices, and where to draw more."""

    name: str
    draws: int
    on: On
    change: Callable[[Tensor, Tensor, Augmentation, torch.Generator], Tensor]


AugmentationRow = WarpRow | TintRow | FilterRow


def _blur(pictures: Tensor, numbers: Tensor, a: Augmentation, generator: torch.Generator) -> Tensor:
    most = a.blur * BLUR_REACH * pictures.shape[-1]
    return filters.blurred(pictures, numbers[:, 0] * most, math.ceil(3 * most))


def _drawn(numbers: Tensor, a: Augmentation) -> list[policies.Drawn]:
    """The changes of an automatic policy, in order."""
    each = numbers.reshape(-1, MOST_CHANGES, policies.DRAWS).unbind(1)
    if a.automatic == "trivial":
        return [policies.draw(each[0], policies.TRIVIAL, None)]
    return [policies.draw(some, policies.RAND, a.automatic_strength) for some in each[: a.automatic_changes]]


def _automatic_warp(numbers: Tensor, a: Augmentation) -> Tensor:
    together = torch.eye(3)
    for drawn in _drawn(numbers, a):
        together = together @ policies.matrices(drawn)
    return together


def _automatic_colours(pictures: Tensor, numbers: Tensor, a: Augmentation, generator: torch.Generator) -> Tensor:
    for drawn in _drawn(numbers, a):
        pictures = policies.recoloured(pictures, drawn)
    return pictures


WARPS: tuple[WarpRow, ...] = (
    WarpRow(
        "crop", 4, lambda a: a.smallest_crop < 1,
        lambda n, a: warp.crops(a.smallest_crop + (1 - a.smallest_crop) * n[:, 0], n[:, 1], n[:, 2], n[:, 3]),
    ),
    WarpRow(
        "perspective", 8, lambda a: a.perspective > 0,
        lambda n, a: warp.perspectives(a.perspective * n.reshape(-1, 4, 2)),
    ),
    WarpRow("rotation", 1, lambda a: a.rotation > 0, lambda n, a: warp.turns((2 * n[:, 0] - 1) * a.rotation)),
    WarpRow(
        "flip", 2, lambda a: a.flip or a.vertical_flip,
        lambda n, a: warp.mirrors((n[:, 0] < 0.5) & a.flip, (n[:, 1] < 0.5) & a.vertical_flip),
    ),
    WarpRow("automatic", MOST_CHANGES * policies.DRAWS, lambda a: a.automatic != "off", _automatic_warp),
)  # fmt: skip
TINTS: tuple[TintRow, ...] = (
    TintRow(
        "brightness", 1, lambda a: a.brightness > 0, lambda n, m, a: colours.brighter(_about_1(n, a.brightness), m)
    ),
    TintRow("contrast", 1, lambda a: a.contrast > 0, lambda n, m, a: colours.contrasted(_about_1(n, a.contrast), m)),
    TintRow(
        "saturation", 1, lambda a: a.saturation > 0, lambda n, m, a: colours.saturated(_about_1(n, a.saturation), m)
    ),
    TintRow("pca_colour", 3, lambda a: a.pca_colour > 0, lambda n, m, a: colours.lit(a.pca_colour * _normal(n), m)),
)
FILTERS: tuple[FilterRow, ...] = (
    FilterRow("hue", 1, lambda a: a.hue > 0, lambda p, n, a, g: colours.with_hue(p, (2 * n[:, 0] - 1) * a.hue)),
    FilterRow("blur", 1, lambda a: a.blur > 0, _blur),
    FilterRow(
        "noise", 1, lambda a: a.noise > 0, lambda p, n, a, g: filters.grained(p, 255 * a.noise * n[:, 0], g)
    ),
    FilterRow(
        "erase", 4, lambda a: a.erase > 0,
        lambda p, n, a, g: filters.erased(p, a.erase * n[:, 0], n[:, 1], n[:, 2], n[:, 3]),
    ),
)  # fmt: skip
# The colours of an automatic policy follow what its geometry drew.
AUTOMATIC = FilterRow("automatic", 0, lambda a: a.automatic != "off", _automatic_colours)
AUGMENTATIONS: tuple[AugmentationRow, ...] = (*WARPS, *TINTS, *FILTERS)


def augment(pictures: Tensor, augmentation: Augmentation, seed: int) -> Tensor:
    """Each picture of uint8 [N, S, S, 3] changed in its own random way; the seed alone decides how.

    torch's global random state is left as it was.
    """
    if not len(pictures) or not varies(augmentation):
        return pictures
    changed = augmented(pictures, augmentation, seed)
    return changed.add_(0.5).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def augmented(pictures: Tensor, augmentation: Augmentation, seed: int) -> Tensor:
    """The same as float32 [N, 3, S, S] of values from 0 to 255, not rounded."""
    return torch.cat(list(in_parts(pictures, augmentation, seed)))


def in_parts(pictures: Tensor, augmentation: Augmentation, seed: int) -> Iterator[Tensor]:
    """The same again, a few pictures after another."""
    numbers = _draw(len(pictures), seed)
    generator = torch.Generator(pictures.device).manual_seed(seed)
    most = len(pictures) if pictures.is_cuda else IN_CACHE
    for start in range(0, len(pictures), most):
        some = slice(start, start + most)
        yield _changed(pictures[some], {name: drawn[some] for name, drawn in numbers.items()}, augmentation, generator)


def _changed(
    pictures: Tensor, numbers: Mapping[str, Tensor], augmentation: Augmentation, generator: torch.Generator
) -> Tensor:
    changed = pictures.permute(0, 3, 1, 2).contiguous().float()
    warps = [row.matrix(numbers[row.name], augmentation) for row in WARPS if row.on(augmentation)]
    if warps:
        together = torch.eye(3).expand(len(pictures), 3, 3)
        for matrix in warps:
            together = together @ matrix
        changed = warp.warp(changed, together)
    tints = [row for row in TINTS if row.on(augmentation)]
    if tints:
        tint, mean = colours.unchanged(len(pictures)), changed.mean((2, 3)).cpu()
        for row in tints:
            tint = tint.then(row.tint(numbers[row.name], tint.of(mean), augmentation))
        changed = tint.over(changed)
    for step in (AUTOMATIC, *FILTERS):
        if step.on(augmentation):
            changed = step.change(changed, numbers[step.name], augmentation, generator)
    return changed


def varies(augmentation: Augmentation) -> bool:
    """Whether anything is switched on."""
    return any(row.on(augmentation) for row in AUGMENTATIONS)


def _draw(count: int, seed: int) -> dict[str, Tensor]:
    """Uniform numbers from 0 to 1 for every row, [count, draws] each; the same whatever device they are for."""
    generator = torch.Generator().manual_seed(seed)
    together = torch.rand(count, sum(row.draws for row in AUGMENTATIONS), generator=generator)
    parts = torch.split(together, [row.draws for row in AUGMENTATIONS], dim=1)
    return {row.name: part for row, part in zip(AUGMENTATIONS, parts, strict=True)}


def _about_1(numbers: Tensor, width: float) -> Tensor:
    return 1 + (2 * numbers[:, 0] - 1) * width


def _normal(numbers: Tensor) -> Tensor:
    """Normal numbers from uniform ones, by the inverse of the distribution."""
    return math.sqrt(2) * torch.erfinv((2 * numbers - 1).clamp(-0.999999, 0.999999))
