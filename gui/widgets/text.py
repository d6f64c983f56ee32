"""Labels in the type scale. Text wraps, and is never taken for markup: file names may hold anything."""

from PySide6.QtCore import Qt
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
