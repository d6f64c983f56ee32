"""The confusion matrix: a row per true class, a column per answer; a cell opens into its pictures."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme, words
from gui.widgets import paint

HEAD, TALL_HEAD, GAP, LARGEST_CELL, NUMBERS_FROM, NAMES_FROM = 44.0, 92.0, 2.0, 128.0, 26.0, 14.0


class Confusion(QWidget):
    """Right answers on the diagonal, outlined and in the accent; mistakes in the colour of validation, by share."""

    cellChosen = Signal(int, int)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._cursor = (0, 0)
        self._chosen: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumSize(280, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Confusion matrix"))
        theme.watcher().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(420, 360)

    def show_counts(self, names: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        self._names = tuple(names)
        self._counts = tuple(tuple(int(value) for value in row) for row in counts)
        self._cursor, self._chosen = (0, 0), None
        self._describe()
        self.update()

    def sheet(self) -> list[list[object]]:
        """Counts with the names of the classes, a row a truth."""
        rows: list[list[object]] = [["truth \\ answer", *self._names]]
        for name, counts in zip(self._names, self._counts, strict=True):
            rows.append([name, *counts])
        return rows

    @property
    def chosen(self) -> tuple[int, int] | None:
        return self._chosen

    # Geometry

    def _name_width(self) -> float:
        font = theme.font(theme.CAPTION)
        widest = max((paint.text_width(name, font) for name in self._names), default=0.0)
        return min(widest + 12, self.width() * 0.3)

    def _geometry(self) -> tuple[float, float, float]:
        """Left and top of the first cell, and the side of a cell; names above stand upright where they are wide."""
        size = max(len(self._names), 1)
        left = 20 + self._name_width()
        side = min((self.width() - left - 4) / size, (self.height() - HEAD - 4) / size, LARGEST_CELL)
        if self._name_width() - 8 <= side:
            return left, HEAD, side
        head = min(24 + self._name_width(), max(TALL_HEAD, 0.3 * self.height()))
        return left, head, min((self.width() - left - 4) / size, (self.height() - head - 4) / size, LARGEST_CELL)

    def cell_rect(self, truth: int, answer: int) -> QRectF:
        left, head, side = self._geometry()
        return QRectF(left + answer * side, head + truth * side, side - GAP, side - GAP)

    def cell_at(self, position: QPointF) -> tuple[int, int] | None:
        first = self.cell_rect(0, 0)
        step = first.width() + GAP
        truth, answer = int((position.y() - first.top()) // step), int((position.x() - first.left()) // step)
        size = len(self._names)
        return (truth, answer) if 0 <= truth < size and 0 <= answer < size else None

    # What the user does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
        }  # fmt: skip
        move = keys.get(Qt.Key(event.key()))
        if move is not None and self._names:
            last = len(self._names) - 1
            self._cursor = (
                min(max(self._cursor[0] + move[0], 0), last), min(max(self._cursor[1] + move[1], 0), last)
            )  # fmt: skip
            self._describe()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self._choose(self._cursor)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if cell is None else self.says(*cell), self)
            return True
        return super().event(event)

    def _choose(self, cell: tuple[int, int]) -> None:
        if not self._names:
            return
        self._cursor = self._chosen = cell
        self._describe()
        self.update()
        self.cellChosen.emit(*cell)

    # Words

    def says(self, truth: int, answer: int) -> str:
        count = self._counts[truth][answer]
        if truth == answer:
            text = self.tr("{count} of class {truth}, answered rightly")
        else:
            text = self.tr("{count} of class {truth}, taken for {answer}")
        return text.format(count=words.count(count), truth=self._names[truth], answer=self._names[answer])

    def _describe(self) -> None:
        self.setAccessibleDescription(self.says(*self._cursor) if self._names else self.tr("Nothing judged yet."))

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter)
        if self._names:
            self._draw_rings(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """The matrix without what is chosen: on the screen, in a picture."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._names:
            self._draw_names(painter)
            for truth in range(len(self._names)):
                for answer in range(len(self._names)):
                    self._draw_cell(painter, truth, answer)

    def _draw_names(self, painter: QPainter) -> None:
        font, quiet, text = theme.font(theme.CAPTION), theme.colour("quiet"), theme.colour("text")
        first, last = self.cell_rect(0, 0), self.cell_rect(len(self._names) - 1, len(self._names) - 1)
        across = QRectF(first.left(), 0, max(last.right() - first.left(), 160), 18)
        paint.write(painter, across, self.tr("answer"), font=font, colour=quiet, align=paint.LEFT | paint.TOP)
        painter.save()
        painter.translate(0, last.bottom())
        painter.rotate(-90)
        paint.write(
            painter, QRectF(0, 0, last.bottom() - first.top(), 16), self.tr("truth"), font=font, colour=quiet,
            align=paint.RIGHT | paint.TOP,
        )  # fmt: skip
        painter.restore()
        if first.height() < NAMES_FROM:
            return
        for index, name in enumerate(self._names):
            row, column = self.cell_rect(index, 0), self.cell_rect(0, index)
            box = QRectF(20, row.top(), first.left() - 28, row.height())
            paint.write(painter, box, name, font=font, colour=text, align=paint.RIGHT | paint.MIDDLE)
            if first.top() <= HEAD:
                box = QRectF(column.left(), 20, column.width(), 20)
                paint.write(painter, box, name, font=font, colour=text, align=paint.HCENTRE | paint.MIDDLE)
                continue
            painter.save()
            painter.translate(column.left(), first.top() - 6)
            painter.rotate(-90)
            box = QRectF(0, 0, first.top() - 24, column.width())
            paint.write(painter, box, name, font=font, colour=text, align=paint.LEFT | paint.MIDDLE)
            painter.restore()

    def _draw_cell(self, painter: QPainter, truth: int, answer: int) -> None:
        rect, count = self.cell_rect(truth, answer), self._counts[truth][answer]
        right = truth == answer
        share = count / max(sum(self._counts[truth]), 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("sunken"))
        painter.drawRoundedRect(rect, 4, 4)
        if count:
            painter.setBrush(theme.colour("accent" if right else "validation", 0.14 + 0.46 * share))
            painter.drawRoundedRect(rect, 4, 4)
        if right:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 1))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if rect.width() >= NUMBERS_FROM:
            size = theme.EMPHASIS if rect.width() >= 44 else theme.CAPTION
            ink = theme.colour("text" if count else "quiet")
            font = theme.font(size, strong=bool(count), tabular=True)
            low = rect.width() >= 60
            box = rect.adjusted(0, -10, 0, -10) if low and count else rect
            paint.write(painter, box, words.count(count), font=font, colour=ink, align=paint.CENTRE)
            if low and count:
                box, small = rect.adjusted(0, 14, 0, 14), theme.font(theme.CAPTION, tabular=True)
                paint.write(painter, box, words.percent(share), font=small, colour=ink, align=paint.CENTRE)

    def _draw_rings(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._chosen is not None:
            painter.setPen(QPen(theme.colour("text"), 2))
            painter.drawRoundedRect(self.cell_rect(*self._chosen), 4, 4)
        if self.hasFocus():
            paint.focus_ring(painter, self.cell_rect(*self._cursor).adjusted(-2, -2, 2, 2), 5)
