"""The evidence for an answer as a picture that is laid over the judged one."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from gui import theme

STRONGEST = 0.62
"""How much of the picture the strongest evidence covers: what lies below must stay visible."""


def evidence_image(heat: Mapping[str, Any]) -> QImage:
    """`heat` as `core.requests.Explain` has it: one colour, the more opaque the stronger it is."""
    width, height, values = int(heat["width"]), int(heat["height"]), bytes(heat["values"])
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    for place, value in enumerate(values[: width * height]):
        shade = QColor(theme.EVIDENCE)
        shade.setAlphaF(STRONGEST * value / 255)
        image.setPixelColor(place % width, place // width, shade)
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.scaled(width * 16, height * 16, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
