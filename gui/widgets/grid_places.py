"""Where things lie on the grid: its four cells, the dataset's dot with its interval, names that keep clear of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from gui.widgets.grid_data import CELLS, GridData, Reference, across, up

LEFT_MARGIN, BOTTOM_MARGIN, GAP, RING = 58.0, 100.0, 4.0, 3.0
AXIS = 14.0  # below the cells: the axis on which known datasets stand
NARROWEST, ROUND = 24.0, 28.0  # of the dataset's ellipse: its least width, and its height
INSET = 10.0  # of a cell's words from its edges
Placed = tuple[Reference, QPointF]


@dataclass(frozen=True, slots=True)
class Places:
    """A grid of `width` x `height` pixels that shows `data`."""

    width: float
    height: float
    data: GridData

    @property
    def field(self) -> QRectF:
        """The square of the four cells."""
        side = min(self.width - LEFT_MARGIN - 2 * RING, self.height - BOTTOM_MARGIN - 2 * RING)
        return QRectF(LEFT_MARGIN + RING, RING, side, side)

    @property
    def axis(self) -> float:
        return self.field.bottom() + AXIS

    def cell(self, name: str) -> QRectF:
        field = self.field
        half = (field.width() - GAP) / 2
        for row, cells in enumerate(CELLS):
            if name in cells:
                column = cells.index(name)
                return QRectF(field.left() + column * (half + GAP), field.top() + row * (half + GAP), half, half)
        return QRectF()

    def cell_at(self, position: QPointF) -> str:
        return next((name for row in CELLS for name in row if self.cell(name).contains(position)), "")

    def point(self, similarity: float, images_per_class: float) -> QPointF:
        field = self.field
        return QPointF(
            field.left() + across(similarity) * field.width(), field.bottom() - up(images_per_class) * field.height()
        )

    def references(self) -> list[Placed]:
        """Known datasets: in the field where their size is known, else on the axis below it."""
        field, placed = self.field, []
        for reference in self.data.references:
            x, y = field.left() + across(reference.value) * field.width(), self.axis
            if reference.images_per_class:
                y = field.bottom() - up(reference.images_per_class) * field.height()
            placed.append((reference, QPointF(x, y)))
        return placed

    @property
    def own(self) -> QPointF | None:
        """The dataset's dot; None where it has no place."""
        data = self.data
        if data.value is None or data.images_per_class is None:
            return None
        return self.point(data.value, data.images_per_class)

    @property
    def interval(self) -> QRectF | None:
        """The ellipse around that dot: as wide as its interval, and never too small to be seen."""
        data, centre = self.data, self.own
        if centre is None or data.value is None:
            return None
        left, right = (self.point(value or data.value, 1.0).x() for value in (data.low, data.high))
        wide = max(right - left, NARROWEST)
        return QRectF((left + right - wide) / 2, centre.y() - ROUND / 2, wide, ROUND)

    def words(self, cell: str, width: float, height: float) -> tuple[QRectF, bool]:
        """Where a cell's words stand, and whether below: in its outer corner, so that the middle stays free for dots;
        in the other one where the dataset's dot lies there."""
        inner = self.cell(cell).adjusted(INSET, INSET, -INSET, -INSET)
        width = min(width, inner.width())
        left = inner.right() - width if cell.endswith("similar") else inner.left()
        outer_is_low, interval = cell.startswith("small"), self.interval
        above = QRectF(left, inner.top(), width, height)
        below = QRectF(left, inner.bottom() - height, width, height)
        outer, other = (below, above) if outer_is_low else (above, below)
        if interval is not None and interval.intersects(outer) and not interval.intersects(other):
            return other, not outer_is_low
        return outer, outer_is_low

    def own_label(self, width: float, height: float, taken: Iterable[QRectF]) -> QRectF | None:
        """Beside the ellipse, or above or below it: where there is room and no cell's words are."""
        ring, room = self.interval, self.field.adjusted(4, 2, -4, -2)
        if ring is None:
            return None
        level = ring.center().y() - height / 2
        beside = [QPointF(ring.right() + 6, level), QPointF(ring.left() - 6 - width, level)]
        for row in range(1, 4):
            for y in (ring.top() - 2 - row * height, ring.bottom() + 2 + (row - 1) * height):
                beside += [QPointF(x, y) for x in (ring.center().x() - width / 2, ring.left(), ring.right() - width)]
        places = [
            QRectF(
                min(max(corner.x(), room.left()), room.right() - width),
                min(max(corner.y(), room.top()), room.bottom() - height), width, height,
            )
            for corner in beside
        ]  # fmt: skip
        blocks = [ring, *taken]
        free = (place for place in places if not any(place.intersects(block) for block in blocks))
        return next(free, places[0])
