"""Colours of a batch: what is linear in them is gathered into one affine map a picture and applied once.

Values run from 0 to 255. Formulas of brightness, contrast, saturation and hue are those of torchvision's functions; the
colour of the light is the PCA of AlexNet (Krizhevsky, Sutskever and Hinton, 2012, section 4.1).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

GREY = (0.2989, 0.587, 0.114)  # how bright red, green and blue are (ITU-R 601-2)
# Eigenvectors (columns) and square roots of the eigenvalues of the RGB values of ImageNet, on a scale of 0 to 1.
LIGHT = ((-0.5675, 0.7192, 0.4009), (-0.5808, -0.0045, -0.8140), (-0.5836, -0.6948, 0.4203))
LIGHT_STRENGTHS = (0.2175, 0.0188, 0.0045)


@dataclass(frozen=True, slots=True)
class Tint:
    """An affine map of colours: x becomes matrix @ x + offset; matrix [N, 3, 3], offset [N, 3]."""

    matrix: Tensor
    offset: Tensor

    def then(self, later: "Tint") -> "Tint":
        return Tint(later.matrix @ self.matrix, later.of(self.offset))

    def of(self, colours: Tensor) -> Tensor:
        """One colour a picture [N, 3]."""
        return (self.matrix @ colours.unsqueeze(-1)).squeeze(-1) + self.offset

    def over(self, pictures: Tensor) -> Tensor:
        """Pictures float [N, 3, S, S], kept within 0 to 255."""
        matrix, offset = self.matrix.to(pictures.device), self.offset.to(pictures.device)
        changed = torch.baddbmm(offset.unsqueeze(-1), matrix, pictures.flatten(2))
        return changed.clamp_(0, 255).view_as(pictures)


def unchanged(count: int) -> Tint:
    return Tint(torch.eye(3).repeat(count, 1, 1), torch.zeros(count, 3))


def brighter(factor: Tensor, mean: Tensor) -> Tint:
    """All values times `factor` [N]."""
    return Tint(torch.eye(3) * factor.view(-1, 1, 1), torch.zeros_like(mean))


def contrasted(factor: Tensor, mean: Tensor) -> Tint:
    """Away from (above 1) or towards the grey of the picture's `mean` colour [N, 3]."""
    grey = (mean @ torch.tensor(GREY)).unsqueeze(-1)
    return Tint(torch.eye(3) * factor.view(-1, 1, 1), (1 - factor).unsqueeze(-1) * grey.expand(-1, 3))


def saturated(factor: Tensor, mean: Tensor) -> Tint:
    """Away from or towards each pixel's own grey."""
    strength = factor.view(-1, 1, 1)
    return Tint(strength * torch.eye(3) + (1 - strength) * torch.tensor(GREY).expand(3, 3), torch.zeros_like(mean))


def lit(alphas: Tensor, mean: Tensor) -> Tint:
    """AlexNet's colour augmentation: [p1 p2 p3] [a1 l1, a2 l2, a3 l3]; `alphas` [N, 3]."""
    shift = (alphas * torch.tensor(LIGHT_STRENGTHS)) @ torch.tensor(LIGHT).T
    return Tint(torch.eye(3).repeat(len(alphas), 1, 1), 255 * shift)


def with_hue(pictures: Tensor, turn: Tensor) -> Tensor:
    """Hues of pictures [N, 3, S, S] moved round the wheel by `turn` [N], a share of it."""
    red, green, blue = pictures.unbind(1)
    most, least = pictures.amax(1), pictures.amin(1)
    span = most - least
    safe = torch.where(span > 0, span, torch.ones_like(span))
    hue = torch.where(
        most == red,
        (green - blue) / safe,
        torch.where(most == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    hue = hue + 6 * turn.to(pictures.device).view(-1, 1, 1)
    # Each channel as a function of the hue: flat, falling, flat, rising (Smith, 1978, in one line).
    channels = [most - span * torch.minimum((hue + at) % 6, 4 - (hue + at) % 6).clamp(0, 1) for at in (5.0, 3.0, 1.0)]
    return torch.stack(channels, dim=1)
