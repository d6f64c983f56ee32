"""The one preprocessing of every picture that is judged: square, resized, rounded, normalised.

Written so that the very same functions go into an exported graph: no branch looks at the height or width, which may
both be dynamic there. `core.data.resizing` is the same for files that are read, without torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from core.data.resizing import BAR_GREY, ROUNDING
from core.recipe import Fit


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How pictures become what a backbone takes. `size` in pixels; `mean` and `std` of RGB on a scale of 0 to 1."""

    size: int
    fit: Fit
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def to_json(preprocessing: Preprocessing) -> dict[str, Any]:
    return {
        "size": preprocessing.size,
        "fit": preprocessing.fit,
        "mean": list(preprocessing.mean),
        "std": list(preprocessing.std),
    }


def from_json(kept: Mapping[str, Any]) -> Preprocessing:
    """The inverse of `to_json`."""
    red, green, blue = (float(value) for value in kept["mean"])
    red_std, green_std, blue_std = (float(value) for value in kept["std"])
    return Preprocessing(int(kept["size"]), kept["fit"], (red, green, blue), (red_std, green_std, blue_std))


def to_square(picture: Tensor, size: int, fit: Fit) -> Tensor:
    """One picture uint8 [H, W, 3] to uint8 [size, size, 3]."""
    return to_squares(picture.unsqueeze(0), size, fit).squeeze(0)


def to_squares(pictures: Tensor, size: int, fit: Fit) -> Tensor:
    """Pictures uint8 [N, H, W, 3] to uint8 [N, size, size, 3].

    `crop` keeps the largest square in the middle, `letterbox` the whole picture between grey bars, `stretch` the
    whole picture distorted. Resized bilinearly with antialiasing in float32, rounded.
    """
    if fit == "crop":
        return _resize(_middle_square(pictures), size, size)
    if fit == "stretch":
        return _resize(pictures, size, size)
    return _letterbox(pictures, size)


def normalise(pictures: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Pictures uint8 [N, S, S, 3] to float32 [N, 3, S, S], channels last in memory."""
    mean = torch.tensor(preprocessing.mean, device=pictures.device).view(1, 3, 1, 1)
    std = torch.tensor(preprocessing.std, device=pictures.device).view(1, 3, 1, 1)
    floats = pictures.permute(0, 3, 1, 2).to(torch.float32, copy=True)
    return floats.div_(255).sub_(mean).div_(std)  # in place: half the time, the same numbers


def standardise(values: Tensor, preprocessing: Preprocessing, given: Tensor) -> None:
    """Values float32 [N, 3, S, S] from 0 to 255, such as variation makes, to what `normalise` gives of pictures,
    written into `given`: one pass, rounded nowhere."""
    mean = torch.tensor(preprocessing.mean, device=values.device).view(1, 3, 1, 1)
    std = torch.tensor(preprocessing.std, device=values.device).view(1, 3, 1, 1)
    torch.addcmul(-mean / std, values, 1 / (255 * std), out=given)


def _middle_square(pictures: Tensor) -> Tensor:
    """[N, H, W, 3] to [N, M, M, 3], M the shorter side."""
    height, width = pictures.shape[1], pictures.shape[2]
    shorter = torch.sym_min(height, width)
    top, left = (height - shorter) // 2, (width - shorter) // 2
    if not torch.compiler.is_exporting():
        return pictures[:, top : top + shorter, left : left + shorter]  # the same pixels, without a copy
    # In a graph by index_select: slices make torch.export guard against square inputs.
    steps = torch.arange(shorter, device=pictures.device)
    return pictures.index_select(1, steps + top).index_select(2, steps + left)


def _letterbox(pictures: Tensor, size: int) -> Tensor:
    height, width = pictures.shape[1], pictures.shape[2]
    inner_height, inner_width = _inner(height, width, size), _inner(width, height, size)
    top, left = (size - inner_height) // 2, (size - inner_width) // 2
    inner = _resize(pictures, inner_height, inner_width)
    bars = (0, 0, left, size - inner_width - left, top, size - inner_height - top)
    return F.pad(inner, bars, value=BAR_GREY)


def _inner(side: int, other: int, size: int) -> int:
    """A side's length within the bars. In whole numbers, half up, so that every runtime finds the same shape."""
    longer = torch.sym_max(side, other)
    return cast("int", torch.sym_max(1, (2 * side * size + longer) // (2 * longer)))


def _resize(pictures: Tensor, height: int, width: int) -> Tensor:
    resized = F.interpolate(
        pictures.permute(0, 3, 1, 2).float(), size=(height, width), mode="bilinear", antialias=True, align_corners=False
    )
    return (resized + ROUNDING).floor().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
