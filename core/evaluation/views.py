"""Test-time augmentation: the fixed views of one picture over which the answers are averaged (CS231n, lecture 7).

The picture is the square that the network takes, so that the same few operations go into an exported graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from core.errors import UserError

CROP = 7 / 8
"""The share of the side that a crop keeps: 224 of 256 pixels in the papers that made the ten crops known."""


@dataclass(frozen=True, slots=True)
class View:
    """A square cut out at `left`, `top` with `side`, shares of the picture's; enlarged again, perhaps mirrored."""

    left: float = 0.0
    top: float = 0.0
    side: float = 1.0
    mirrored: bool = False


WHOLE = View()


def _middle(side: float) -> View:
    return View((1 - side) / 2, (1 - side) / 2, side)


def _and_mirrored(views: tuple[View, ...]) -> tuple[View, ...]:
    return (*views, *(View(view.left, view.top, view.side, mirrored=True) for view in views))


_CORNERS = tuple(View(left, top, CROP) for top in (0.0, 1 - CROP) for left in (0.0, 1 - CROP))
_FIVE = (*_CORNERS, _middle(CROP))

VIEWS: Mapping[str, tuple[View, ...]] = {
    "none": (WHOLE,),
    "flip": _and_mirrored((WHOLE,)),
    "five": _FIVE,
    "ten": _and_mirrored(_FIVE),
    "scales": _and_mirrored((WHOLE, _middle(CROP), _middle(CROP * CROP))),
}


def find_views(name: str) -> tuple[View, ...]:
    """Raises UserError BAD_OPTION."""
    if name not in VIEWS:
        raise UserError("BAD_OPTION", field="views", value=name, reason=f"the views are {', '.join(VIEWS)}")
    return VIEWS[name]


def place_of(view: View, size: int) -> tuple[int, int, int]:
    """Left, top and side of a view, in pixels of a picture of `size`."""
    side = max(1, round(view.side * size))
    return min(round(view.left * size), size - side), min(round(view.top * size), size - side), side


def see(pictures: Tensor, view: View) -> Tensor:
    """One view of pictures float [N, 3, S, S], of the same shape. S must be a plain number (also in an export)."""
    size = int(pictures.shape[-1])
    left, top, side = place_of(view, size)
    seen = pictures
    if side < size:
        seen = seen[:, :, top : top + side, left : left + side]
        seen = F.interpolate(seen, size=(size, size), mode="bilinear", align_corners=False)
    return seen.flip(3) if view.mirrored else seen
