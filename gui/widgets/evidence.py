"""The evidence for an answer as a picture that is laid over the judged one."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from gui import theme

STRONGEST = 0.62
"""How much of the picture the strongest evidence covers: what lies below must stay visible."""


class Evidence:
    """Of one answer: `heat` and `box` as `core.requests.Explain` has them. False where nothing is known."""

    def __init__(self, heat: Mapping[str, Any] | None = None, box: Sequence[float] = (0, 0, 1, 1)) -> None:
        self._image = QImage() if heat is None else _shaded(heat)
        self._left, self._top, self._width, self._height = map(float, box)

    def __bool__(self) -> bool:
        return not self._image.isNull()

    def draw(self, painter: QPainter, place: QRectF) -> None:
        """Over the picture that lies at `place`, cut off at its edge by whatever clip the painter has."""
        over = QRectF(
            place.left() + self._left * place.width(), place.top() + self._top * place.height(),
            self._width * place.width(), self._height * place.height(),
        )  # fmt: skip
        painter.drawImage(over, self._image, QRectF(self._image.rect()))


def _shaded(heat: Mapping[str, Any]) -> QImage:
    """One colour, the more opaque the stronger the evidence is."""
    width, height, values = int(heat["width"]), int(heat["height"]), bytes(heat["values"])
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    for place, value in enumerate(values[: width * height]):
        shade = QColor(theme.EVIDENCE)
        shade.setAlphaF(STRONGEST * value / 255)
        image.setPixelColor(place % width, place // width, shade)
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.scaled(width * 16, height * 16, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
