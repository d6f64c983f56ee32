"""Where the Tab key goes: to what stands next, also where it was made after all else."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def after(before: QWidget, *parts: QWidget) -> QWidget:
    """The Tab key goes from `before` through all in these parts that takes it, in the order in which that was made.
    Gives the last."""
    for part in parts:
        for one in (part, *part.findChildren(QWidget)):
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.window() is before.window():
                QWidget.setTabOrder(before, one)
                before = one
    return before
