"""What changes single pixels or their neighbourhood, for a batch float [N, 3, S, S] of values from 0 to 255."""

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.transforms.v2 import functional as vision

COVER = 128.0  # what is erased becomes this grey, like the bars of a letterbox
LONGEST = 3.3  # the most by which an erased rectangle is longer than wide (torchvision's RandomErasing)


def blurred(pictures: Tensor, deviations: Tensor, reach: int) -> Tensor:
    """Each convolved with a Gaussian of its own deviation [N] in pixels, `reach` pixels to either side."""
    count, channels, height, width = pictures.shape
    reach = min(reach, height - 1, width - 1)
    steps = torch.arange(-reach, reach + 1, device=pictures.device)
    kernels = torch.exp(-0.5 * (steps / deviations.to(pictures.device).clamp_min(1e-3).unsqueeze(1)) ** 2)
    kernels = (kernels / kernels.sum(1, keepdim=True)).repeat_interleave(channels, 0).view(count * channels, 1, 1, -1)
    together = pictures.reshape(1, count * channels, height, width)
    padded = functional.pad(together, (reach, reach, reach, reach), mode="reflect")
    across = functional.conv2d(padded, kernels, groups=count * channels)
    return functional.conv2d(across, kernels.transpose(2, 3), groups=count * channels).view_as(pictures)


def grained(pictures: Tensor, deviations: Tensor, generator: torch.Generator) -> Tensor:
    """Normal noise of the deviation [N] on every value."""
    noise = torch.randn(pictures.shape, generator=generator, device=pictures.device)
    return torch.addcmul(pictures, noise, deviations.to(pictures.device).view(-1, 1, 1, 1)).clamp_(0, 255)


def erased(pictures: Tensor, area: Tensor, aspect: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """A rectangle of `area` [N], a share, covered; the others are shares of the aspects and places that fit."""
    size = pictures.shape[-1]
    longest = torch.minimum(torch.full_like(area, LONGEST), 1 / area.clamp_min(1e-6))
    ratio = longest ** (2 * aspect - 1)
    ends = [
        (((1 - side) * place * size).round(), ((1 - side) * place * size + side * size).round())
        for side, place in (((area * ratio).sqrt(), x), ((area / ratio).sqrt(), y))
    ]
    pixels = torch.arange(size)
    across, down = ((pixels >= start.unsqueeze(1)) & (pixels < end.unsqueeze(1)) for start, end in ends)
    covered = (down.unsqueeze(2) & across.unsqueeze(1)).unsqueeze(1).to(pictures.device)
    return torch.where(covered, COVER, pictures)


def sharpened(pictures: Tensor, factor: Tensor) -> Tensor:
    """Away from (above 1) or towards a blurred copy."""
    smooth = vision.adjust_sharpness(pictures / 255, 0.0) * 255
    changed: Tensor = smooth.lerp(pictures, factor.to(pictures.device).view(-1, 1, 1, 1))
    return changed.clamp_(0, 255)


def posterized(pictures: Tensor, bits: Tensor) -> Tensor:
    """Only so many bits [N] of each value stay."""
    step = (2.0 ** (8 - bits)).to(pictures.device).view(-1, 1, 1, 1)
    return (pictures.round() / step).floor() * step


def solarized(pictures: Tensor, threshold: Tensor) -> Tensor:
    """Values from `threshold` [N] up are turned into their negatives."""
    return torch.where(pictures >= threshold.to(pictures.device).view(-1, 1, 1, 1), 255 - pictures, pictures)


def stretched(pictures: Tensor) -> Tensor:
    """Every channel from its darkest to its lightest value spread over all."""
    low, high = pictures.amin((2, 3), keepdim=True), pictures.amax((2, 3), keepdim=True)
    flat = high == low
    return torch.where(flat, pictures, (pictures - low) * (255 / torch.where(flat, torch.ones_like(high), high - low)))


def equalized(pictures: Tensor) -> Tensor:
    """Every channel with all values about equally frequent."""
    equal: Tensor = vision.equalize(pictures.round().to(torch.uint8))
    return equal.float()
