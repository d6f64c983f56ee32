"""Labels in the type scale. Text wraps, and is never taken for markup: file names may hold anything."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui import theme


def label(
    text: str = "", size: int = theme.BODY, strong: bool = False, role: str = "", tabular: bool = False
) -> QLabel:
    """A plain-text label; `role` is one of "", quiet, good, careful, bad."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(True)
    result.setFont(theme.font(size, strong, tabular))
    result.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    set_role(result, role)
    return result


class NameLabel(QLabel):
    """One line for what the user named, shortened in the middle where room is short: a name of any length leaves the
    page as wide as it is. The tooltip tells it whole."""

    NARROWEST = 72

    def __init__(self, text: str = "", size: int = theme.BODY, strong: bool = False) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(size, strong))
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        return QSize(min(whole.width(), self.NARROWEST), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, self.alignment() | Qt.TextFlag.TextSingleLine, text)
        painter.end()


def set_role(widget: QWidget, role: str) -> None:
    """Colour a label by its role, now and after a change of theme."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def one_line(result: QLabel) -> QLabel:
    result.setWordWrap(False)
    return result


def title(text: str = "") -> QLabel:
    return one_line(label(text, theme.TITLE, strong=True))


def heading(text: str = "") -> QLabel:
    return label(text, theme.EMPHASIS, strong=True)


def emphasis(text: str = "") -> QLabel:
    return label(text, theme.EMPHASIS)


def body(text: str = "") -> QLabel:
    return label(text)


def strong(text: str = "") -> QLabel:
    return label(text, strong=True)


def quiet(text: str = "") -> QLabel:
    return label(text, role="quiet")


def caption(text: str = "") -> QLabel:
    return label(text, theme.CAPTION, role="quiet")


def figure(text: str = "") -> QLabel:
    return one_line(label(text, theme.FIGURE, strong=True, tabular=True))
