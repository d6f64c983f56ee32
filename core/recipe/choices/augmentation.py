"""What may change in a picture without changing its class."""

from typing import Literal

from core.recipe.choices.part import Part, choice

Automatic = Literal["off", "trivial", "rand"]


class Augmentation(Part, frozen=True):
    flip: bool = choice(True, "Mirror", "Left and right are swapped at random. Not for letters or left/right hands.")
    vertical_flip: bool = choice(False, "Upside down", "Top and bottom are swapped at random: microscopes, satellites.")
    smallest_crop: float = choice(
        0.6, "Smallest crop", "A random part of at least this share of the picture is shown; 1 is off.", "area",
        ge=0.05, le=1,
    )  # fmt: skip
    rotation: float = choice(
        0.0, "Rotation", "Turned by up to this angle to either side; 180 is any angle.", "degrees", ge=0, le=180
    )
    perspective: float = choice(
        0.0, "Perspective", "As if seen from the side: corners move by up to half this share of the picture.", "share",
        ge=0, le=0.8,
    )  # fmt: skip
    brightness: float = choice(0.1, "Brightness", "Lighter or darker by up to this share.", "share", ge=0, le=0.9)
    contrast: float = choice(0.1, "Contrast", "Flatter or harder by up to this share.", "share", ge=0, le=0.9)
    saturation: float = choice(0.1, "Saturation", "Paler or more colourful by up to this share.", "share", ge=0, le=0.9)
    hue: float = choice(0.0, "Hue", "Colours turned by up to this share of the wheel.", "share", ge=0, le=0.5)
    pca_colour: float = choice(
        0.0, "Colour of the light", "Another light, along the ways in which colours of photographs differ (AlexNet). "
        "AlexNet learned with 10 %.", "share", ge=0, le=1,
    )  # fmt: skip
    blur: float = choice(
        0.0, "Blur", "Out of focus by up to this strength; 100 % spreads each point over a fiftieth of the picture.",
        "share", ge=0, le=1,
    )  # fmt: skip
    noise: float = choice(
        0.0, "Noise", "Grain, with a deviation of up to this share of full brightness.", "share", ge=0, le=0.5
    )
    erase: float = choice(
        0.0, "Erasing", "A rectangle of up to this share of the picture is covered: no single part may be relied on.",
        "area", ge=0, le=0.5,
    )  # fmt: skip
    automatic: Automatic = choice(
        "off",
        "Automatic",
        "Changes drawn from a set of fourteen known to help on photographs: one of any strength each time "
        "(TrivialAugment), or several of one strength (RandAugment). They turn, shear, shift and recolour.",
    )
    automatic_strength: float = choice(
        0.3, "Strength of RandAugment", "How far each of its changes goes.", "share", ge=0, le=1
    )
    automatic_changes: int = choice(
        2, "Changes of RandAugment", "So many changes, one upon the other.", "changes", ge=1, le=5
    )
