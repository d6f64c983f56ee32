"""How sure the model is: one bar a class, the likeliest first, with its figure."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme, words
from gui.widgets import paint

ROW, FIGURE_WIDTH = 28, 58


def probability_text(share: float) -> str:
    """Whole percents; but what is not certain is never called 0 or 100 %."""
    if 0 < share < 0.005:
        return "<\u00a01\u00a0%"
    if 0.995 <= share < 1:
        return ">\u00a099\u00a0%"
    return words.percent(share)


def draw_bar(painter: QPainter, rect: QRectF, share: float, strong: bool = True) -> None:
    """A horizontal bar that is `share` full."""
    radius = rect.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("line"))
    painter.drawRoundedRect(rect, radius, radius)
    if share > 0:
        painter.setBrush(theme.colour("accent" if strong else "quiet"))
        painter.drawRoundedRect(
            QRectF(rect.left(), rect.top(), max(rect.width() * min(share, 1), rect.height()), rect.height()),
            radius,
            radius,
        )


class ProbabilityBars(QWidget):
    """The likeliest classes with their probabilities; at most `most` of them, the rest in one last row."""

    def __init__(self, most: int = 6, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self._rows: list[tuple[str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Probability of each class"))
        theme.watcher().changed.connect(self.update)

    def show_probabilities(self, probabilities: Mapping[str, float]) -> None:
        rows = sorted(probabilities.items(), key=lambda pair: -pair[1])
        self._rows = rows[: self._most]
        rest = rows[self._most :]
        if rest:
            others = self.tr("{count} others").format(count=words.count(len(rest)))
            self._rows.append((others, sum(share for _, share in rest)))
        self.setAccessibleDescription(", ".join(f"{name} {probability_text(share)}" for name, share in self._rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(260, max(ROW * len(self._rows), ROW))

    def minimumSizeHint(self) -> QSize:
        return QSize(180, max(ROW * len(self._rows), ROW))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        name_width = min(
            max((paint.text_width(name, theme.font(theme.BODY)) for name, _ in self._rows), default=0) + 12,
            self.width() * 0.45,
        )
        for index, (name, share) in enumerate(self._rows):
            top, first = index * ROW, index == 0
            box = QRectF(0, top, name_width, ROW)
            font = theme.font(theme.BODY, strong=first)
            paint.write(painter, box, name, font=font, colour=theme.colour("text"), align=paint.LEFT | paint.MIDDLE)
            bar = QRectF(name_width, top + ROW / 2 - 4, max(self.width() - name_width - FIGURE_WIDTH, 10), 8)
            draw_bar(painter, bar, share, first)
            box = QRectF(self.width() - FIGURE_WIDTH, top, FIGURE_WIDTH, ROW)
            font = theme.font(theme.BODY, strong=first, tabular=True)
            paint.write(
                painter, box, probability_text(share), font=font, colour=theme.colour("text"),
                align=paint.RIGHT | paint.MIDDLE,
            )  # fmt: skip
        painter.end()
