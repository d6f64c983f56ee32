"""The problems with what frames them: how all files add up, and the keys."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.errors import Problem
from gui import theme, words
from gui.why import Why, explain
from gui.widgets import text as labels
from gui.widgets.problem_list import ProblemList
from gui.words import QT_TRANSLATE_NOOP, say


class ProblemPane(QWidget):
    """`list` holds them; `thumbnail_of` as there."""

    def __init__(self, thumbnail_of: Callable[[str], Path | None]) -> None:
        super().__init__()
        self.list = ProblemList(thumbnail_of)
        self._none = labels.quiet(self.tr("Nothing is wrong with any file: all of them can be used."))
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._counts = labels.quiet()
        explain(self.list, Why(self.tr("Problems"), say(_WHY)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self._counts)
        column.addWidget(self._none)
        column.addWidget(self.list, 1)
        column.addWidget(labels.caption(self.tr("Enter next step · Space look large · Delete leave out · Ctrl+C copy")))

    def show_problems(self, problems: Sequence[Problem]) -> None:
        self.list.show_problems(problems)
        self.list.setVisible(bool(problems))
        self._none.setVisible(not problems)

    def say_counts(self, found: int, used: int, left_out: int) -> None:
        """Every file is accounted for."""
        text = self.tr("{found} files found = {used} used + {skipped} left out")
        self._counts.setText(
            text.format(found=words.count(found), used=words.count(used), skipped=words.count(left_out))
        )


_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "Each file that cannot be used is listed once, with the reason and what you can do. Pictures that are merely odd "
    "(of one colour, several frames) are used, and listed so that you can decide: Delete leaves them out, Space shows "
    "them.",
)
