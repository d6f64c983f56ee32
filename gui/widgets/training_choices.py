"""What can be chosen before a training: folded groups of the recipe's fields, and the learning-rate finder."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.recipe import field_rows
from gui import theme
from gui.forms import FieldForm
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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        self.finder = Fold(self.tr("Find a learning rate"), lambda: RateFinder(session))
        column.addWidget(self.finder)
        self.groups: list[Fold] = []
        for title, begins in GROUPS:
            paths = [field.path for field in field_rows() if field.path.startswith(begins)]
            fold = Fold(translate("TrainingChoices", title), partial(FieldForm, session, paths))
            self.groups.append(fold)
            column.addWidget(fold)

    def open_finder(self) -> None:
        self.finder.button.setChecked(True)
        self.finder.button.setFocus()
