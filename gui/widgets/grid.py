"""The grid of CS231n, lecture 7: how many pictures a class, against how similar they are to the pretraining data."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme, words
from gui.widgets import paint
from gui.widgets.grid_data import CELLS, STRATEGY_OF, GridData, up
from gui.widgets.grid_names import NAME_ROWS, ROW_HEIGHT, name_below, name_inside
from gui.widgets.grid_places import BOTTOM_MARGIN, LEFT_MARGIN, RING, Places
from gui.widgets.grid_words import CellWords, Tag

TICKS = (10, 50, 200, 1000, 5000)


class Grid(QWidget):
    """Four cells, the dataset's dot with its interval, quiet reference dots. A click or Enter overrules the cell."""

    cellChosen = Signal(str)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = GridData()
        self._hovered = ""
        self._cursor = "small-similar"
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(408, 400)
        self.setAccessibleName(self.tr("Grid of dataset size and similarity"))
        self._describe()
        theme.watcher().changed.connect(self.update)

    @property
    def data(self) -> GridData:
        return self._data

    def show_data(self, data: GridData) -> None:
        self._data = data
        self._cursor = next((cell for cell in (data.chosen, data.recommended) if cell in STRATEGY_OF), self._cursor)
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(440, 460)

    def heightForWidth(self, width: int) -> int:
        return int(width - LEFT_MARGIN + BOTTOM_MARGIN)

    # Geometry

    @property
    def places(self) -> Places:
        return Places(self.width(), self.height(), self._data)

    def cell_rect(self, cell: str) -> QRectF:
        return self.places.cell(cell)

    def point_of(self, similarity: float, images_per_class: float) -> QPointF:
        return self.places.point(similarity, images_per_class)

    def cell_at(self, position: QPointF) -> str:
        return self.places.cell_at(position)

    # What the user does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell and event.button() == Qt.MouseButton.LeftButton:
            self._choose(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell != self._hovered:
            self._hovered = cell
            self.setCursor(Qt.CursorShape.PointingHandCursor if cell else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = ""
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        size, similarity = self._cursor.split("-")
        match event.key():
            case Qt.Key.Key_Left:
                similarity = "different"
            case Qt.Key.Key_Right:
                similarity = "similar"
            case Qt.Key.Key_Up:
                size = "large"
            case Qt.Key.Key_Down:
                size = "small"
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if not event.modifiers():
                self._choose(self._cursor)
                return
            case _:
                super().keyPressEvent(event)
                return
        self._cursor = f"{size}-{similarity}"
        self._describe()
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self._tip(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _choose(self, cell: str) -> None:
        self._cursor = cell
        self._describe()
        self.update()
        self.cellChosen.emit(cell)

    # Words

    def _tip(self, position: QPointF) -> str:
        for reference, point in self.places.references():
            if (point - position).manhattanLength() < 10:
                return self.tr("{name}: similarity {value}").format(name=reference.name, value=f"{reference.value:.2f}")
        cell = self.cell_at(position)
        if not cell:
            return ""
        return f"{words.cell_name(cell)}\n{words.strategy_name(STRATEGY_OF[cell])}: {words.cell_what(cell)}"

    def _describe(self) -> None:
        data = self._data
        parts = []
        if data.images_per_class is not None:
            count = words.count(int(data.images_per_class))
            if data.value is None:
                parts.append(self.tr("Your pictures: {count} a class, similarity not known.").format(count=count))
            else:
                place = self.tr("Your pictures: {count} a class, similarity {value} ({low} to {high}).")
                low, high = data.low or data.value, data.high or data.value
                parts.append(place.format(count=count, value=f"{data.value:.2f}", low=f"{low:.2f}", high=f"{high:.2f}"))
        if data.recommended:
            parts.append(self.tr("Advised: {cell}.").format(cell=words.cell_name(data.recommended)))
        if data.chosen:
            parts.append(self.tr("Chosen: {cell}.").format(cell=words.cell_name(data.chosen)))
        here = self.tr("At {cell}: {strategy}. Arrows move, Enter chooses.")
        parts.append(
            here.format(cell=words.cell_name(self._cursor), strategy=words.strategy_name(STRATEGY_OF[self._cursor]))
        )
        self.setAccessibleDescription(" ".join(parts))

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cells = [cell for row in CELLS for cell in row]
        for cell in cells:
            self._draw_sheet(painter, cell)
        self._draw_drop_line(painter)
        for cell in cells:
            self._draw_words(painter, cell)
        self._draw_axes(painter)
        self._draw_references(painter)
        self._draw_dataset(painter)
        if self.hasFocus():
            ring = self.cell_rect(self._cursor).adjusted(-RING + 1, -RING + 1, RING - 1, RING - 1)
            paint.focus_ring(painter, ring, theme.RADIUS + 2)
        painter.end()

    def _draw_sheet(self, painter: QPainter, cell: str) -> None:
        rect, data = self.cell_rect(cell), self._data
        lit, chosen = cell == data.recommended, cell == data.chosen
        fill = theme.colour("soft" if lit else "sunken")
        if cell == self._hovered:
            fill = theme.colour("hover") if not lit else fill.lighter(104) if not theme.is_dark() else fill.lighter(112)
        painter.setBrush(fill)
        painter.setPen(QPen(theme.colour("accent" if chosen else "line"), 2 if chosen else 1))
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS)

    def words_in(self, cell: str) -> CellWords:
        data = self._data
        strategy = data.strategy if cell == data.recommended and data.strategy else STRATEGY_OF[cell]
        return CellWords(
            words.cell_name(cell), words.strategy_name(strategy), self._tags(cell), right=cell.endswith("similar")
        )

    def _tags(self, cell: str) -> tuple[Tag, ...]:
        data = self._data
        if cell == data.recommended:
            text = self.tr("★ advised") if data.confident else self.tr("★ advised, unsure")
            return (Tag(text, "accent", "on_accent"),)
        return (Tag(self.tr("✓ your choice"), "text", "card"),) if cell == data.chosen else ()

    def words_box(self, cell: str) -> QRectF:
        """What the words of a cell take up."""
        told = self.words_in(cell)
        return self.places.words(cell, told.width, told.height)[0]

    def _draw_words(self, painter: QPainter, cell: str) -> None:
        told = self.words_in(cell)
        box, low = self.places.words(cell, told.width, told.height)
        told.draw(painter, box, tags_first=low)

    def _draw_axes(self, painter: QPainter) -> None:
        whole, font, quiet = self.places.field, theme.font(theme.CAPTION, tabular=True), theme.colour("quiet")
        for value in TICKS:
            y = whole.bottom() - up(value) * whole.height()
            box = QRectF(16, y - 9, LEFT_MARGIN - 20, 18)
            paint.write(painter, box, words.count(value), font=font, colour=quiet, align=paint.RIGHT | paint.MIDDLE)
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(whole.left() - 5, y), QPointF(whole.left() - 1, y))
        painter.save()
        painter.translate(0, whole.bottom())
        painter.rotate(-90)
        box = QRectF(0, 0, whole.height(), 16)
        paint.write(painter, box, self.tr("pictures a class → many"), font=font, colour=quiet, align=paint.CENTRE)
        painter.restore()
        row = QRectF(whole.left(), self.places.axis + 10 + NAME_ROWS * ROW_HEIGHT, whole.width(), 18)
        paint.write(painter, row, self.tr("← unlike everyday photographs"), font=font, colour=quiet)
        paint.write(painter, row, self.tr("like them →"), font=font, colour=quiet, align=paint.RIGHT | paint.TOP)

    def _draw_references(self, painter: QPainter) -> None:
        """Known datasets as quiet dots: in the field where their size is known, else on the axis below it."""
        points = self.places.references()
        if not points:
            return
        whole = self.places.field
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(QPointF(whole.left(), self.places.axis), QPointF(whole.right(), self.places.axis))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("quiet"))
        for _, point in points:
            painter.drawEllipse(point, 3, 3)
        reach = QRectF(0, 0, self.width(), self.height())
        name_below(painter, [pair for pair in points if not pair[0].images_per_class], whole, reach)
        name_inside(painter, [pair for pair in points if pair[0].images_per_class], whole, self._own_box())

    def _draw_drop_line(self, painter: QPainter) -> None:
        """Leads from the dataset's dot down to its place among the known datasets."""
        centre = self.places.own
        if centre is None:
            return
        painter.setPen(QPen(theme.colour("accent", 0.4), 1, Qt.PenStyle.DashLine))
        painter.drawLine(centre, QPointF(centre.x(), self.places.axis))

    def own_label(self) -> QRectF | None:
        """Where the name of the dataset's dot stands."""
        font = theme.font(theme.CAPTION, strong=True)
        cells = (cell for row in CELLS for cell in row)
        taken = [self.words_box(cell) for cell in cells]
        return self.places.own_label(paint.text_width(self._own_name(), font) + 2, 16, taken)

    def _own_name(self) -> str:
        return self.tr("your pictures")

    def _own_box(self) -> QRectF | None:
        """What the dataset's own dot and name take up."""
        ring, label = self.places.interval, self.own_label()
        return None if ring is None or label is None else ring.united(label)

    def _draw_dataset(self, painter: QPainter) -> None:
        data = self._data
        if data.value is None and data.images_per_class:
            self._draw_size_alone(painter, data.images_per_class)
        centre, ring, label = self.places.own, self.places.interval, self.own_label()
        if centre is None or ring is None or label is None:
            return
        painter.setPen(QPen(theme.colour("accent"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(theme.colour("accent", 0.18))
        painter.drawEllipse(ring)
        painter.setPen(QPen(theme.colour("card"), 2))
        painter.setBrush(theme.colour("accent"))
        painter.drawEllipse(centre, 7, 7)
        painter.drawEllipse(QPointF(centre.x(), self.places.axis), 4, 4)
        font = theme.font(theme.CAPTION, strong=True)
        paint.write(painter, label, self._own_name(), font=font, colour=theme.colour("text"))

    def _draw_size_alone(self, painter: QPainter, images_per_class: float) -> None:
        """Where similarity is not known: a band across the field, since the dot may lie anywhere on it."""
        whole, middle = self.places.field, self.point_of(0.5, images_per_class)
        band = QRectF(whole.left() + 4, middle.y() - 10, whole.width() - 8, 20)
        painter.setPen(QPen(theme.colour("accent"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(theme.colour("accent", 0.18))
        painter.drawRoundedRect(band, 10, 10)
        text = self.tr("your pictures: how similar is not known")
        font = theme.font(theme.CAPTION, strong=True)
        paint.write(painter, band, text, font=font, colour=theme.colour("text"), align=paint.CENTRE)
