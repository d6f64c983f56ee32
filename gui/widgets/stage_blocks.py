"""The stages of a backbone drawn as blocks: as tall as the picture is there, as wide as there are channels."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme, words
from gui.widgets import paint

GAP, LINES, LINE = 12.0, 3, 16.0
LEAST_HEIGHT, LEAST_WIDTH = 0.22, 64.0


class StageBlocks(QWidget):
    """`show_stages` takes what DescribeBackbone tells: name, channels, resolution, parameters of each stage."""

    def __init__(self) -> None:
        super().__init__()
        self._stages: list[Mapping[str, Any]] = []
        self._said = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("The stages of the network"))
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(360, 148)

    def show_stages(self, stages: Sequence[Mapping[str, Any]], said: str = "") -> None:
        """Draw the stages; without any, `said` stands in their place."""
        self._stages, self._said = list(stages), said
        self.setAccessibleDescription("; ".join(self._text(n, s) for n, s in enumerate(stages)) or said)
        self.update()

    @property
    def stages(self) -> Sequence[Mapping[str, Any]]:
        return self._stages

    def rect_of(self, number: int) -> QRectF:
        """The block of a stage; widths and heights follow the logarithm, so that small ones stay to be seen."""
        weights = [
            1 + math.log2(max(1, int(stage["channels"])) / self._least("channels")) / 8 for stage in self._stages
        ]
        room = self.width() - GAP * (len(weights) - 1) - 2
        scale = room / sum(weights)
        left = 1 + sum(weights[:number]) * scale + GAP * number
        full = self.height() - LINES * LINE - 8
        sides = [max(1, int(stage["resolution"])) for stage in self._stages]
        span = math.log(max(sides) / min(sides)) or 1.0
        share = math.log(sides[number] / min(sides)) / span if max(sides) > min(sides) else 1.0
        high = full * (LEAST_HEIGHT + (1 - LEAST_HEIGHT) * share)
        return QRectF(left, (full - high) / 2 + 2, weights[number] * scale, high)

    def _least(self, key: str) -> int:
        return max(1, min(int(stage[key]) for stage in self._stages))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            over = (n for n in range(len(self._stages)) if self._column(n).contains(QPointF(event.pos())))
            number = next(over, None)
            text = "" if number is None else self._text(number, self._stages[number])
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _column(self, number: int) -> QRectF:
        rect = self.rect_of(number)
        return QRectF(rect.left(), 0, rect.width(), self.height())

    def _text(self, number: int, stage: Mapping[str, Any]) -> str:
        said = self.tr("Stage {number} ends with {name}: {side} × {side} places, {channels} channels, {count} weights")
        return said.format(
            number=number + 1, name=stage["name"], side=stage["resolution"], channels=stage["channels"],
            count=words.count(int(stage["parameters"])),
        )  # fmt: skip

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._stages:
            font = theme.font(theme.CAPTION)
            paint.write(
                painter, QRectF(self.rect()), self._said, font=font, colour=theme.colour("quiet"), align=paint.CENTRE
            )
        for number, stage in enumerate(self._stages):
            self._paint_stage(painter, number, stage)
        painter.end()

    def _paint_stage(self, painter: QPainter, number: int, stage: Mapping[str, Any]) -> None:
        rect = self.rect_of(number)
        if number:
            before = self.rect_of(number - 1)
            painter.setPen(QPen(theme.colour("line"), 2))
            painter.drawLine(QPointF(before.right(), before.center().y()), QPointF(rect.left(), rect.center().y()))
        shape = paint.rounded(rect, min(6.0, rect.height() / 2))
        painter.fillPath(shape, theme.colour("soft"))
        painter.setPen(QPen(theme.colour("accent"), 1.5))
        painter.drawPath(shape)
        narrow = rect.width() < LEAST_WIDTH
        side, channels = int(stage["resolution"]), int(stage["channels"])
        lines = (
            (str(side) if narrow else f"{side} × {side}", "text", True),
            (str(channels) if narrow else self.tr("{count} channels").format(count=channels), "quiet", False),
            (short_count(int(stage["parameters"])), "quiet", False),
        )
        top = self.height() - LINES * LINE - 2
        for line, (text, role, strong) in enumerate(lines):
            box = QRectF(rect.left() - GAP / 2, top + line * LINE, rect.width() + GAP, LINE)
            font = theme.font(theme.CAPTION, strong=strong, tabular=True)
            paint.write(painter, box, text, font=font, colour=theme.colour(role), align=paint.HCENTRE | paint.TOP)


def short_count(number: int) -> str:
    """`2.5 M`, `310 k`: a number of weights in the room of a block."""
    if number >= 1_000_000:
        return f"{number / 1e6:.1f}\u00a0M"
    return f"{number / 1e3:.0f}\u00a0k" if number >= 10_000 else str(number)
