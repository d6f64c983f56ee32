"""The legend below the network: only what is to be seen in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui import theme
from gui.widgets import paint
from gui.widgets.network_blocks import Block
from gui.words import translate

SIDE = 12.0


@dataclass(frozen=True, slots=True)
class Entry:
    """`filling` is hatched, full or nothing; `outline` is a role of the theme."""

    text: str
    filling: str
    outline: str
    style: Qt.PenStyle


def entries(blocks: Sequence[Block], width: float) -> list[Entry]:
    """In order, with words that fit into so many pixels."""
    learns = translate("NetworkPicture", "learns, at this share of full speed")
    if paint.text_width(learns, theme.font(theme.CAPTION)) > 0.5 * width:
        learns = translate("NetworkPicture", "learns")
    told = []
    if not all(block.learns for block in blocks):
        told.append(Entry(translate("NetworkPicture", "frozen"), "hatched", "quiet", Qt.PenStyle.SolidLine))
    told.append(Entry(learns, "full", "accent", Qt.PenStyle.SolidLine))
    if any(block.reinitialized and block.learns for block in blocks):
        told.append(Entry(translate("NetworkPicture", "starts afresh"), "", "accent", Qt.PenStyle.DashLine))
    if any(block.unused for block in blocks):
        told.append(Entry(translate("NetworkPicture", "not used"), "", "quiet", Qt.PenStyle.DotLine))
    return told


def draw_legend(painter: QPainter, blocks: Sequence[Block], corner: QPointF, width: float) -> None:
    """From `corner` to the right."""
    x, y, font = corner.x(), corner.y(), theme.font(theme.CAPTION)
    for entry in entries(blocks, width):
        shape = paint.rounded(QRectF(x, y, SIDE, SIDE), 3)
        if entry.filling == "hatched":
            paint.hatch(painter, shape, theme.colour("quiet"), 4)
        elif entry.filling == "full":
            painter.fillPath(shape, theme.colour("accent"))
        painter.setPen(QPen(theme.colour(entry.outline), 1, entry.style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        room = paint.text_width(entry.text, font)
        box = QRectF(x + SIDE + 6, y - 3, room + 4, 18)
        paint.write(painter, box, entry.text, font=font, colour=theme.colour("quiet"), align=paint.LEFT | paint.MIDDLE)
        x += SIDE + 6 + room + theme.SPACE_16
