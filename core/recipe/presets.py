"""Presets of augmentation as rows: for which kind of picture, what must be true of it, and the choices.

A change helps only where an expert would still give the changed picture the same label; `assumes` says what has to hold
for that.
"""

from dataclasses import dataclass

from core.recipe.choices import Augmentation


@dataclass(frozen=True, slots=True)
class Preset:
    key: str
    title: str
    assumes: str
    choices: Augmentation


OFF = Augmentation(flip=False, smallest_crop=1.0, brightness=0.0, contrast=0.0, saturation=0.0)
PRESETS: tuple[Preset, ...] = (
    Preset(
        "photographs",
        "Photographs",
        "Left and right mean the same, up and down do not. What is shown may stand anywhere in the picture, nearer or "
        "farther, in a little more or less light.",
        Augmentation(),
    ),
    Preset(
        "strong",
        "Photographs, strongly varied",
        "As for photographs, and a part of the object is enough to know it by: also cut off, tilted, or half hidden.",
        Augmentation(
            smallest_crop=0.35, rotation=15, perspective=0.2, brightness=0.3, contrast=0.3, saturation=0.3, hue=0.05,
            erase=0.1,
        ),
    ),
    Preset(
        "microscopy",
        "Microscopy",
        "There is no up, down, left or right. Size matters, so all pictures have about the same magnification; stain, "
        "lamp and focus vary a little.",
        Augmentation(
            vertical_flip=True, smallest_crop=0.85, rotation=180, brightness=0.15, contrast=0.15, saturation=0.15,
            hue=0.02, blur=0.15,
        ),
    ),
    Preset(
        "xray",
        "X-rays, scans",
        "Left and right must not be swapped: the heart is on one side. Everybody lies almost straight; only exposure "
        "and grain differ, and there is no colour.",
        OFF.model_copy(
            update={"smallest_crop": 0.85, "rotation": 8.0, "brightness": 0.2, "contrast": 0.2, "noise": 0.03}
        ),
    ),
    Preset(
        "satellite",
        "Satellite, aerial",
        "Seen straight from above, so every direction means the same; all pictures have about the same scale. Season, "
        "sun and haze change light and colour.",
        Augmentation(
            vertical_flip=True, smallest_crop=0.7, rotation=180, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.03
        ),
    ),
    Preset(
        "documents",
        "Documents, writing, signs",
        "Writing must stay readable: never mirrored, hardly turned, next to nothing cut off. Pages are photographed a "
        "little askew, or scanned badly.",
        OFF.model_copy(
            update={
                "smallest_crop": 0.9, "rotation": 3.0, "perspective": 0.15, "brightness": 0.2, "contrast": 0.25,
                "saturation": 0.1, "blur": 0.1, "noise": 0.03,
            }
        ),
    ),
    Preset("off", "Off", "Every picture is learned from exactly as it is, each time.", OFF),
)  # fmt: skip


def preset_of(choices: Augmentation) -> Preset | None:
    """The preset that says just this, if one does."""
    return next((preset for preset in PRESETS if preset.choices == choices), None)
