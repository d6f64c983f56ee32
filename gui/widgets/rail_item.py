"""One entry of the rail: number, icon, name, a quiet line with the state and a glyph for it."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gui import theme
from gui.steps import StepState
from gui.widgets import icons

HEIGHT, LOW_HEIGHT = 48, 36
GLYPH_ROLES = {"todo": "quiet", "ready": "good", "running": "accent", "attention": "careful"}
TURN_MILLISECONDS = 60


class RailItem(QAbstractButton):
    """Steps have a number and a state, the others neither. A step that cannot be entered says why when asked."""

    refused = Signal()
    arrow = Signal(int)  # -1 up, 1 down

    def __init__(self, page: str, name: str, number: int = 0) -> None:
        super().__init__()
        self.page, self.name, self.number = page, name, number
        self.state = StepState("", "")
        self._folded = False
        self._angle = 0
        self._turning = QTimer(self)
        self._turning.setInterval(TURN_MILLISECONDS)
        self._turning.timeout.connect(self._turn)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_state(self.state)

    def sizeHint(self) -> QSize:
        return QSize(theme.SPACE_32, HEIGHT if self.number else LOW_HEIGHT)

    def set_folded(self, folded: bool) -> None:
        self._folded = folded
        self._tell()
        self.update()

    def set_state(self, state: StepState) -> None:
        self.state = state
        spin = state.glyph == "running"
        if spin != self._turning.isActive():
            (self._turning.start if spin else self._turning.stop)()
        self._tell()
        self.update()

    @property
    def locked(self) -> bool:
        return bool(self.state.why_not)

    def nextCheckState(self) -> None:
        """The window decides which page is shown, not the click."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.arrow.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        said = self.state.why_not or self.state.line
        self.setAccessibleName(f"{self.number} {self.name}" if self.number else self.name)
        self.setAccessibleDescription(said)
        self.setToolTip(f"{self.name}: {said}" if self._folded and said else self.name if self._folded else said)

    def _turn(self) -> None:
        self._angle = (self._angle + 24) % 360
        self.update(self._glyph_place().toAlignedRect())

    def _glyph_place(self) -> QRectF:
        if self._folded:
            return QRectF(self.width() - 20, 6, 12, 12)
        return QRectF(self.width() - 32, 7 if self.state.line else (self.height() - 16) / 2, 16, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect()).adjusted(8, 1, -8, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked() or (self.underMouse() and not self.locked):
            painter.setBrush(theme.colour("soft" if self.isChecked() else "hover"))
            painter.drawRoundedRect(ground, 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.colour("accent"))
            painter.drawRoundedRect(ground.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        role = "accent" if self.isChecked() else "quiet" if self.locked else "text"
        x = (self.width() - 20) / 2 if self._folded else 38 if self.number else 18
        icons.draw(painter, self.page, QRectF(x, (self.height() - 20) / 2, 20, 20), theme.colour(role))
        if not self._folded:
            self._paint_words(painter)
        if self.state.glyph and not (self._folded and self.state.glyph == "todo"):
            self._paint_glyph(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        strong = self.isChecked()
        left = 66.0 if self.number else 46.0
        width = self.width() - left - 36
        name_font, line_font = theme.font(theme.BODY, strong), theme.font(theme.CAPTION)
        single = Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignVCenter
        if self.number:
            painter.setFont(theme.font(theme.CAPTION, tabular=True))
            painter.setPen(theme.colour("quiet"))
            painter.drawText(QRectF(16, 0, 18, self.height()), single | Qt.AlignmentFlag.AlignHCenter, str(self.number))
        painter.setPen(theme.colour("quiet" if self.locked else "text"))
        painter.setFont(name_font)
        if not self.state.line:
            painter.drawText(QRectF(left, 0, width, self.height()), single, self.name)
            return
        painter.drawText(QRectF(left, 6, width, 18), single, self.name)
        painter.setFont(line_font)
        painter.setPen(theme.colour("careful" if self.state.glyph == "attention" else "quiet"))
        width = self.width() - left - 14
        line = QFontMetricsF(line_font).elidedText(self.state.line, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(left, 24, width, 17), single, line)

    def _paint_glyph(self, painter: QPainter) -> None:
        place = self._glyph_place()
        colour = theme.colour(GLYPH_ROLES[self.state.glyph], 0.55 if self.state.glyph == "todo" else 1.0)
        painter.save()
        if self.state.glyph == "running":
            painter.translate(place.center())
            painter.rotate(self._angle)
            painter.translate(-place.center())
        icons.draw(painter, self.state.glyph, place, colour)
        painter.restore()
