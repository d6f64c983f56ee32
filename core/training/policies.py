"""TrivialAugment (Müller and Hutter, 2021) and RandAugment (Cubuk and others, 2020), a batch at a time.

Fourteen changes, of which each picture draws its own. What turns, shears or shifts goes into the one warp of the batch,
whatever place in line it drew; so pictures are interpolated once. Ranges are those of torchvision's classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.training import colours, filters, warp

CHANGES = (
    "identity", "shear_x", "shear_y", "shift_x", "shift_y", "rotate", "brightness", "saturation", "contrast",
    "sharpness", "posterize", "solarize", "autocontrast", "equalize",
)  # fmt: skip
DRAWS = 3  # random numbers that one change takes: which, how much, to which side
STRENGTHS = 30  # TrivialAugment draws one of 31


@dataclass(frozen=True, slots=True)
class Ranges:
    """How far each change goes at full strength; shifts in shares of the side, rotation in degrees."""

    shear: float
    shift: float
    rotate: float
    colour: float
    bits: float


TRIVIAL = Ranges(shear=0.99, shift=32 / 224, rotate=135.0, colour=0.99, bits=6)
RAND = Ranges(shear=0.3, shift=150 / 331, rotate=30.0, colour=0.9, bits=4)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One change for each picture: `which` int [N] of CHANGES, how far it goes [N] (0 to 1), to which `side` (±1)."""

    which: Tensor
    strength: Tensor
    side: Tensor
    ranges: Ranges

    def where(self, change: str) -> Tensor:
        """bool [N]: the pictures that drew it."""
        return self.which == CHANGES.index(change)

    def amount(self, change: str, most: float) -> Tensor:
        """[N]: signed, and nothing for pictures that drew another."""
        return torch.where(self.where(change), most * self.strength * self.side, 0.0)


def draw(numbers: Tensor, ranges: Ranges, strength: float | None) -> Drawn:
    """From uniform numbers [N, 3]. `strength` None: each picture draws its own, as TrivialAugment does."""
    which = (numbers[:, 0] * len(CHANGES)).long()
    own = (numbers[:, 1] * (STRENGTHS + 1)).floor() / STRENGTHS
    given = own if strength is None else torch.full_like(own, strength)
    return Drawn(which, given, torch.where(numbers[:, 2] < 0.5, -1.0, 1.0), ranges)


def matrices(drawn: Drawn) -> Tensor:
    """The warp [N, 3, 3] of pictures whose change is one of geometry; the others stay."""
    shear = drawn.amount("shear_x", drawn.ranges.shear), drawn.amount("shear_y", drawn.ranges.shear)
    shift = drawn.amount("shift_x", drawn.ranges.shift), drawn.amount("shift_y", drawn.ranges.shift)
    turn = drawn.amount("rotate", drawn.ranges.rotate)
    return warp.shears(*shear) @ warp.shifts(*shift) @ warp.turns(turn)


def recoloured(pictures: Tensor, drawn: Drawn) -> Tensor:
    """Pictures float [N, 3, S, S], each with its change of colour if that is what it drew."""
    tint = colours.unchanged(len(pictures))
    mean = pictures.mean((2, 3)).cpu()
    for change, make in (
        ("brightness", colours.brighter), ("saturation", colours.saturated), ("contrast", colours.contrasted)
    ):  # fmt: skip
        tint = tint.then(make(1 + drawn.amount(change, drawn.ranges.colour), mean))
    pictures = tint.over(pictures)
    strength = drawn.strength
    factor = 1 + drawn.amount("sharpness", drawn.ranges.colour)
    bits = (8 - drawn.ranges.bits * strength).round()
    makers: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
        "sharpness": lambda some, at: filters.sharpened(some, factor[at]),
        "posterize": lambda some, at: filters.posterized(some, bits[at]),
        "solarize": lambda some, at: filters.solarized(some, 255 * (1 - strength[at])),
        "autocontrast": lambda some, at: filters.stretched(some),
        "equalize": lambda some, at: filters.equalized(some),
    }
    for change, changed in makers.items():
        at = drawn.where(change).nonzero().squeeze(1)
        if len(at):
            here = at.to(pictures.device)
            pictures[here] = changed(pictures[here], at)
    return pictures
