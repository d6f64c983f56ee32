"""The names of known datasets on the grid: quiet, and never over one another."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from gui import theme
from gui.widgets import paint
from gui.widgets.grid_data import Reference

NAME_ROWS, ROW_HEIGHT = 3, 15.0
Placed = tuple[Reference, QPointF]


def name_below(painter: QPainter, points: list[Placed], field: QRectF, reach: QRectF) -> None:
    """Names under the axis, in rows that do not overlap; where there is no room the tooltip has it."""
    font, first = theme.font(theme.CAPTION), field.left() - 40
    ends = [first] * NAME_ROWS
    for reference, point in sorted(points, key=lambda pair: pair[1].x()):
        width = paint.text_width(reference.name, font)
        left = min(max(point.x() - width / 2, first), reach.right() - width)
        row = next((row for row in range(NAME_ROWS) if left >= ends[row]), None)
        if row is None:
            continue
        ends[row] = left + width + 8
        box = QRectF(left, point.y() + 5 + ROW_HEIGHT * row, width + 2, 16)
        paint.write(painter, box, reference.name, font=font, colour=theme.colour("quiet"))


def name_inside(painter: QPainter, points: list[Placed], field: QRectF, own: QRectF | None) -> None:
    """Names beside their dots, away from the middle; none where the dataset's `own` dot and name are in the way."""
    font = theme.font(theme.CAPTION)
    for reference, point in points:
        width = paint.text_width(reference.name, font) + 2
        left = point.x() - 7 - width if point.x() < field.center().x() else point.x() + 7
        if left < field.left() or left + width > field.right():
            left = point.x() + 7 if left < point.x() else point.x() - 7 - width
        box = QRectF(left, point.y() - 8, width, 16)
        if own is None or not box.intersects(own):
            paint.write(painter, box, reference.name, font=font, colour=theme.colour("quiet"))
