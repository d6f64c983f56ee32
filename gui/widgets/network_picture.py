"""The network as blocks in order: what is frozen, what learns and how fast, what starts afresh; the boundary drags."""

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme, words
from gui.widgets import icons, paint
from gui.widgets.network_blocks import Block
from gui.widgets.network_legend import draw_legend

GAP, MARGIN, TEXT_BELOW, TEXT_ABOVE = 10.0, 14.0, 40.0, 26.0
LEAST_SHARE = 0.34


class NetworkPicture(QWidget):
    """Blocks from the picture (left) to the answer (right). Drag the boundary, or use the arrow keys."""

    boundaryMoved = Signal(int)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blocks: tuple[Block, ...] = ()
        self._boundary = 0
        self._dragging = False
        self._movable = True
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(228, 190)
        self.setAccessibleName(self.tr("The network, stage by stage"))
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(420, 240)

    def show_blocks(self, blocks: tuple[Block, ...], movable: bool = True) -> None:
        self._blocks, self._movable = blocks, movable
        if not self._dragging:
            self._boundary = self.boundary
        self._describe()
        self.update()

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self._blocks

    @property
    def stages(self) -> tuple[Block, ...]:
        return tuple(block for block in self._blocks if block.stage is not None)

    @property
    def boundary(self) -> int:
        """The first stage that learns; the number of stages where only the head does."""
        return next((index for index, block in enumerate(self.stages) if block.learns), len(self.stages))

    # Geometry

    def rect_of(self, index: int) -> QRectF:
        """Block `index` in order: higher where the picture is larger, wider where it has more channels."""
        if not self._blocks:
            return QRectF()
        weights = [self._width_weight(block) for block in self._blocks]
        room = self.width() - 2 * MARGIN - GAP * (len(weights) - 1)
        scale = room / sum(weights)
        left = MARGIN + sum(weights[:index]) * scale + GAP * index
        full = self.height() - TEXT_BELOW - TEXT_ABOVE - 24
        high = full * self._height_share(self._blocks[index])
        return QRectF(left, TEXT_ABOVE + (full - high) / 2, weights[index] * scale, high)

    def _width_weight(self, block: Block) -> float:
        if block.stage is None:
            return 1.0
        channels = [other.channels for other in self.stages if other.channels]
        if not block.channels or not channels:
            return 1.0
        return 0.75 + 0.75 * math.log(block.channels / min(channels) + 1, 2) / math.log(
            max(channels) / min(channels) + 1, 2
        )

    def _height_share(self, block: Block) -> float:
        if block.stage is None:
            return LEAST_SHARE
        sides = [other.resolution for other in self.stages if other.resolution]
        if not block.resolution or not sides or max(sides) == min(sides):
            return 1.0 - (1 - LEAST_SHARE) * (block.stage / max(len(self.stages), 1))
        share = math.log(block.resolution / min(sides)) / math.log(max(sides) / min(sides))
        return LEAST_SHARE + (1 - LEAST_SHARE) * share

    def boundary_x(self, stage: int) -> float:
        """Where the boundary stands if `stage` is the first that learns."""
        if stage >= len(self._blocks):
            return self.width() - MARGIN
        return self.rect_of(stage).left() - GAP / 2

    # What the user does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._movable and self._blocks and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._drag_to(event.position().x())
        elif self._movable and self._blocks:
            near = abs(event.position().x() - self.boundary_x(self._boundary)) < 12
            self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self._settle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step or not self._movable or not self._blocks:
            super().keyPressEvent(event)
            return
        wanted = min(max(self._boundary + step, 0), len(self.stages))
        if wanted != self._boundary:
            self._boundary = wanted
            self.update()
            self.boundaryMoved.emit(wanted)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            over = (i for i in range(len(self._blocks)) if self.rect_of(i).contains(QPointF(event.pos())))
            index = next(over, None)
            QToolTip.showText(event.globalPos(), "" if index is None else self._says(self._blocks[index]), self)
            return True
        return super().event(event)

    def _drag_to(self, x: float) -> None:
        places = range(len(self.stages) + 1)
        self._boundary = min(places, key=lambda stage: abs(self.boundary_x(stage) - x))
        self.update()

    def _settle(self) -> None:
        if self._boundary != self.boundary:
            self.boundaryMoved.emit(self._boundary)

    # Words

    def _says(self, block: Block) -> str:
        name = self._name(block)
        size = self.tr("{count} weights").format(count=words.count(block.parameters))
        if block.unused:
            return self.tr("{name}: not used, the head reads an earlier stage").format(name=name)
        if not block.learns:
            return self.tr("{name}: frozen, {size}").format(name=name, size=size)
        if block.reinitialized:
            return self.tr("{name}: starts afresh, {size}").format(name=name, size=size)
        rate = self.tr("{name}: learns at {rate} of the head's rate, {size}")
        if block.joins:
            rate = self.tr("{name}: joins after {joins} of the training, at {rate} of the head's rate, {size}")
        return rate.format(name=name, rate=words.percent(block.rate), size=size, joins=words.percent(block.joins))

    def _name(self, block: Block) -> str:
        return self.tr("head") if block.stage is None else self.tr("stage {number}").format(number=block.stage + 1)

    def _describe(self) -> None:
        self.setAccessibleDescription(
            "; ".join(self._says(block) for block in self._blocks)
            + (self.tr(". Left and right arrow move the boundary.") if self._movable else "")
        )

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, block in enumerate(self._blocks):
            self._draw_link(painter, index)
            self._draw_block(painter, index, block)
        if self._blocks and self._movable:
            self._draw_boundary(painter)
        if self._blocks:
            draw_legend(painter, self._blocks, QPointF(MARGIN, self.height() - 18.0), self.width())
        if self.hasFocus():
            paint.focus_ring(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _learns(self, block: Block) -> bool:
        """While dragging, the picture already shows what would be."""
        if block.stage is None or not self._dragging:
            return block.learns
        return block.stage >= self._boundary

    def _draw_link(self, painter: QPainter, index: int) -> None:
        if index:
            left, right = self.rect_of(index - 1), self.rect_of(index)
            painter.setPen(QPen(theme.colour("line"), 2))
            painter.drawLine(QPointF(left.right(), left.center().y()), QPointF(right.left(), right.center().y()))

    def _draw_block(self, painter: QPainter, index: int, block: Block) -> None:
        rect = self.rect_of(index)
        shape = paint.rounded(rect, 6 if block.stage is not None else min(rect.width(), rect.height()) / 3)
        learns = self._learns(block)
        if block.unused and not learns:
            painter.setPen(QPen(theme.colour("line"), 1.5, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(shape)
            self._draw_name(painter, rect, block)
            return
        if learns:
            painter.fillPath(shape, theme.colour("accent", 1.0 if block.stage is None else 0.32 + 0.68 * block.rate))
        else:
            painter.fillPath(shape, theme.colour("sunken"))
            paint.hatch(painter, shape, theme.colour("quiet", 0.45))
        outline = QPen(theme.colour("accent" if learns else "line"), 1.5)
        if block.reinitialized and learns:
            painter.fillPath(shape, theme.colour("card"))
            outline = QPen(theme.colour("accent"), 2, Qt.PenStyle.DashLine)
        painter.setPen(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        self._draw_sign(painter, rect, block, learns)
        self._draw_name(painter, rect, block)

    def _draw_sign(self, painter: QPainter, rect: QRectF, block: Block, learns: bool) -> None:
        """Above the block: a snowflake, or its share of the rate."""
        if not learns:
            place = QRectF(rect.center().x() - 8, rect.top() - 21, 16, 16)
            icons.draw(painter, "snowflake", place, theme.colour("quiet"))
            return
        text = words.percent(block.rate) if block.learns else ""
        if block.reinitialized:
            text = self.tr("afresh")
        box = QRectF(rect.center().x() - 40, rect.top() - 21, 80, 18)
        font = theme.font(theme.CAPTION, strong=True, tabular=True)
        paint.write(painter, box, text, font=font, colour=theme.colour("text"), align=paint.CENTRE)

    def _draw_name(self, painter: QPainter, rect: QRectF, block: Block) -> None:
        base = self.height() - TEXT_BELOW - 24
        narrow = rect.width() < 52
        name = str(block.stage + 1) if narrow and block.stage is not None else self._name(block)
        box = QRectF(rect.left() - GAP / 2, base + 4, rect.width() + GAP, 18)
        paint.write(
            painter, box, name, font=theme.font(theme.CAPTION, strong=True), colour=theme.colour("text"),
            align=paint.HCENTRE | paint.TOP,
        )  # fmt: skip
        detail = "" if not block.resolution else str(block.resolution) if narrow else f"{block.resolution} px"
        if block.stage is None:
            detail = ""
        if block.joins and self._learns(block):
            detail = (
                words.percent(block.joins)
                if narrow
                else self.tr("from {share}").format(share=words.percent(block.joins))
            )
        paint.write(
            painter, box.translated(0, 16), detail, font=theme.font(theme.CAPTION, tabular=True),
            colour=theme.colour("quiet"), align=paint.HCENTRE | paint.TOP,
        )  # fmt: skip

    def _draw_boundary(self, painter: QPainter) -> None:
        x = self.boundary_x(self._boundary)
        top, bottom = 4.0, self.height() - TEXT_BELOW - 24
        painter.setPen(QPen(theme.colour("text"), 2))
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        middle = QPointF(x, (TEXT_ABOVE + bottom) / 2)
        grip = QRectF(middle.x() - 5, middle.y() - 14, 10, 28)
        painter.setBrush(theme.colour("card"))
        painter.drawRoundedRect(grip, 5, 5)
        painter.drawLine(middle + QPointF(0, -6), middle + QPointF(0, 6))
