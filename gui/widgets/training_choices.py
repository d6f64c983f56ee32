"""What can be chosen before a training: folded groups of the recipe's fields, and the learning-rate finder."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.recipe import FieldRow, field_rows, value_at
from gui import theme, words
from gui.forms import FieldForm
from gui.run_record import value_text
from gui.widgets.fold import Fold
from gui.widgets.rate_finder import RateFinder
from gui.words import QT_TRANSLATE_NOOP, translate

if TYPE_CHECKING:
    from gui.session import Session

# Title, and what the paths of its fields begin with.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (QT_TRANSLATE_NOOP("TrainingChoices", "How it steps: optimiser"), ("optimizer.",)),
    (QT_TRANSLATE_NOOP("TrainingChoices", "How the rate falls: schedule"), ("schedule.",)),
    (QT_TRANSLATE_NOOP("TrainingChoices", "Against learning by heart: regularisation"), ("regularization.",)),
    (
        QT_TRANSLATE_NOOP("TrainingChoices", "How long, and on what"),
        ("training.", "strategy.gradual_unfreezing", "seed"),
    ),
)


class TrainingChoices(QWidget):
    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        self.finder = Fold(self.tr("Find a learning rate"), lambda: RateFinder(session))
        column.addWidget(self.finder)
        self.groups: list[Fold] = []
        self._rows: list[list[FieldRow]] = []
        for title, begins in GROUPS:
            rows = [row for begin in begins for row in field_rows() if row.path.startswith(begin)]
            fold = Fold(translate("TrainingChoices", title), partial(FieldForm, session, [row.path for row in rows]))
            self.groups.append(fold)
            self._rows.append(rows)
            column.addWidget(fold)
        for signal in (session.recipe_changed, session.project_changed):
            signal.connect(self._tell_choices)
        self._tell_choices()

    def _tell_choices(self) -> None:
        """What was chosen otherwise than usual stands beside each title."""
        for fold, rows in zip(self.groups, self._rows, strict=True):
            changed = [row for row in rows if value_at(self._session.recipe, row.path) != row.default]
            fold.set_note(" · ".join(map(self._told, changed)))

    def _told(self, row: FieldRow) -> str:
        return f"{words.field_title(row)}: {value_text(row.path, value_at(self._session.recipe, row.path))}"

    def open_finder(self) -> None:
        self.finder.button.setChecked(True)
        self.finder.button.setFocus()
