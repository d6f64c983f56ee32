"""Augmentation as rows on torchvision's transforms: what may change in a picture without changing its class."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.transforms import v2

from core.recipe import Augmentation

Transform = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class AugmentationRow:
    """`on` says whether the row takes part; `build` makes the transform for pictures of `size` × `size`."""

    name: str
    on: Callable[[Augmentation], bool]
    build: Callable[[Augmentation, int], Transform]


AUGMENTATIONS: tuple[AugmentationRow, ...] = (
    AugmentationRow(
        "rotation",
        lambda a: a.rotation > 0,
        lambda a, size: v2.RandomRotation(a.rotation, interpolation=v2.InterpolationMode.BILINEAR, fill=128),
    ),
    AugmentationRow(
        "crop",
        lambda a: a.smallest_crop < 1,
        lambda a, size: v2.RandomResizedCrop(size, scale=(a.smallest_crop, 1.0), antialias=True),
    ),
    AugmentationRow("flip", lambda a: a.flip, lambda a, size: v2.RandomHorizontalFlip()),
    AugmentationRow("vertical_flip", lambda a: a.vertical_flip, lambda a, size: v2.RandomVerticalFlip()),
    AugmentationRow(
        "colour",
        lambda a: max(a.brightness, a.contrast, a.saturation, a.hue) > 0,
        lambda a, size: v2.ColorJitter(a.brightness, a.contrast, a.saturation, a.hue),
    ),
)


def augment(pictures: Tensor, augmentation: Augmentation, seed: int) -> Tensor:
    """Each picture of uint8 [N, S, S, 3] changed in its own random way; the seed alone decides how.

    torch's global random state is left as it was.
    """
    transforms = [row.build(augmentation, pictures.shape[1]) for row in AUGMENTATIONS if row.on(augmentation)]
    if not transforms:
        return pictures
    together = v2.Compose(transforms)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        changed = [together(picture) for picture in pictures.permute(0, 3, 1, 2)]
    return torch.stack(changed).permute(0, 2, 3, 1).contiguous()
