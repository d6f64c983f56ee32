"""What painted widgets share: text in a rectangle, hatching, a focus ring."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from gui import theme

LEFT = Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignRight
TOP = Qt.AlignmentFlag.AlignTop
BOTTOM = Qt.AlignmentFlag.AlignBottom
MIDDLE = Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
HCENTRE = Qt.AlignmentFlag.AlignHCenter


def write(
    painter: QPainter,
    rect: QRectF,
    text: str,
    *,
    font: QFont,
    colour: QColor,
    align: Qt.AlignmentFlag = LEFT | TOP,
    wrap: bool = False,
) -> QRectF:
    """Draw text; a single line that is too long ends in an ellipsis. Returns the rectangle it took."""
    painter.setFont(font)
    painter.setPen(colour)
    if not wrap:
        text = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width() + 1)
        return painter.drawText(rect, int(align | Qt.TextFlag.TextSingleLine), text)
    return painter.drawText(rect, int(align | Qt.TextFlag.TextWordWrap), text)


def text_width(text: str, font: QFont) -> float:
    return QFontMetricsF(font).horizontalAdvance(text)


def rounded(rect: QRectF, radius: float = theme.RADIUS) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    return path


def hatch(painter: QPainter, shape: QPainterPath, colour: QColor, gap: float = 6.0) -> None:
    """Fill a shape with thin diagonal lines: sharp at any scale, unlike brush patterns."""
    painter.save()
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(colour, 1))
    box = shape.boundingRect()
    x = box.left() - box.height()
    while x < box.right():
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x + box.height(), box.top()))
        x += gap
    painter.restore()


def focus_ring(painter: QPainter, rect: QRectF, radius: float = theme.RADIUS) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.colour("accent"), 2))
    painter.drawRoundedRect(rect, radius, radius)


def pill(painter: QPainter, right: bool, at: QPointF, text: str, fill: QColor, ink: QColor) -> QRectF:
    """A small filled label whose top left (or, with `right`, top right) corner is `at`."""
    font = theme.font(theme.CAPTION, strong=True)
    width = text_width(text, font) + 2 * theme.SPACE_8
    rect = QRectF(at.x() - width if right else at.x(), at.y(), width, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, 10, 10)
    write(painter, rect, text, font=font, colour=ink, align=CENTRE)
    return rect
