"""One of the lecture's landscapes seen from above, and optimisers walking on it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.landscapes import SURFACES, Surface, Walker
from gui.widgets import paint

BANDS = 14
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "ring")


def ink(index: int) -> QColor:
    """The colour of an optimiser, lighter on dark ground."""
    colour = theme.class_colour(index)
    return colour.lighter(128) if theme.is_dark() else colour


def marker(painter: QPainter, index: int, at: QPointF, size: float = 6.0) -> None:
    """A sign per optimiser, so that colour is never alone: circle, square, triangle, diamond, cross, ring."""
    colour = ink(index)
    painter.setPen(QPen(theme.colour("card"), 1.5))
    painter.setBrush(colour)
    x, y = at.x(), at.y()
    match SHAPES[index % len(SHAPES)]:
        case "square":
            painter.drawRect(QRectF(x - size + 1, y - size + 1, 2 * size - 2, 2 * size - 2))
        case "triangle":
            points = [QPointF(x, y - size), QPointF(x + size, y + size), QPointF(x - size, y + size)]
            painter.drawPolygon(QPolygonF(points))
        case "diamond":
            points = [QPointF(x, y - size), QPointF(x + size, y), QPointF(x, y + size), QPointF(x - size, y)]
            painter.drawPolygon(QPolygonF(points))
        case "cross":
            painter.setPen(QPen(colour, 3))
            painter.drawLine(QPointF(x - size, y - size), QPointF(x + size, y + size))
            painter.drawLine(QPointF(x - size, y + size), QPointF(x + size, y - size))
        case "ring":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour, 3))
            painter.drawEllipse(at, size - 1, size - 1)
        case _:
            painter.drawEllipse(at, size, size)


class Landscape(QWidget):
    """Bands of equal loss, bluer is lower; the walkers' paths over them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._surface: Surface = SURFACES[0]
        self._walkers: list[tuple[int, str, Walker]] = []
        self._picture: QImage | None = None
        self.setMinimumSize(320, 320)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Loss landscape"))
        theme.watcher().changed.connect(self._forget)

    def sizeHint(self) -> QSize:
        return QSize(520, 460)

    def show_surface(self, surface: Surface) -> None:
        self._surface = surface
        self._forget()

    def show_walkers(self, walkers: list[tuple[int, str, Walker]]) -> None:
        """Each with its number (sign and colour) and its name."""
        self._walkers = walkers
        said = ", ".join(f"{name} {walker.loss:.2f}" for _, name, walker in walkers)
        self.setAccessibleDescription(self.tr("Loss so far: {losses}").format(losses=said) if said else "")
        self.update()

    def _forget(self) -> None:
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None
        super().resizeEvent(event)

    def _reach(self) -> tuple[float, float]:
        """Half of the width and of the height that are seen: the surface's square is always inside."""
        scale = self._surface.reach / max(min(self.width(), self.height()), 1)
        return self.width() * scale, self.height() * scale

    def place(self, x: float, y: float) -> QPointF:
        wide, high = self._reach()
        return QPointF((x / wide + 1) / 2 * self.width(), (1 - y / high) / 2 * self.height())

    def _drawn_surface(self) -> QImage:
        """Bands of loss, computed once per size: numpy, whole picture at a time."""
        import numpy as np

        wide, high = self._reach()
        width, height = self.width(), self.height()
        x = np.linspace(-wide, wide, width, dtype=np.float32)[None, :]
        y = np.linspace(high, -high, height, dtype=np.float32)[:, None]
        loss = np.sqrt(np.maximum(self._surface.loss(x, y) - self._floor(), 0))
        band = np.minimum((loss / max(float(np.percentile(loss, 97)), 1e-9) * BANDS).astype(np.int32), BANDS - 1)
        low, top = (theme.colour("accent"), theme.colour("card"))
        weight = 0.5 if theme.is_dark() else 0.42
        mix = [
            QColor(
                *(
                    round(a * weight * (1 - k / BANDS) + b * (1 - weight * (1 - k / BANDS)))
                    for a, b in zip(low.getRgb()[:3], top.getRgb()[:3], strict=True)  # type: ignore[index]
                )
            ).rgb()
            for k in range(BANDS)
        ]
        pixels = np.array(mix, dtype=np.uint32)[band]
        return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()

    def _floor(self) -> float:
        """The lowest loss there is: on the saddle it lies at y = ±2.04, elsewhere near the origin or the dent."""
        steps = [k / 20 * self._surface.reach for k in range(-20, 21)]
        return min(float(self._surface.loss(x, y)) for x in steps for y in steps)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            self._picture = self._drawn_surface()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(paint.rounded(QRectF(self.rect())))
        painter.drawImage(0, 0, self._picture)
        start = self.place(*self._surface.start)
        for index, _, walker in self._walkers:
            points = [self.place(x, y) for x, y in walker.path]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for pen in (QPen(theme.colour("card", 0.55), 4.5), QPen(ink(index), 2)):
                painter.setPen(pen)
                painter.drawPolyline(QPolygonF(points))
        for index, _, walker in self._walkers:
            marker(painter, index, self.place(*walker.path[-1]))
        painter.setPen(QPen(theme.colour("text"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(start, 8, 8)
        box = QRectF(start.x() - 30, start.y() - 28, 60, 16)
        font = theme.font(theme.CAPTION, strong=True)
        paint.write(painter, box, self.tr("start"), font=font, colour=theme.colour("text"), align=paint.CENTRE)
        painter.end()
