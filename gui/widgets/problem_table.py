"""What is wrong or odd, in plain words: file, what happened, what to do next."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from core.errors import Problem
from gui import theme, words
from gui.widgets import icons

Place = QModelIndex | QPersistentModelIndex
# These are said of pictures that are used all the same.
ODD = frozenset({"BLANK", "MULTIPLE_FRAMES", "IMBALANCE", "CASE_CLASH", "TINY_CLASS"})


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.problems: Sequence[Problem] = ()
        self._glyphs: dict[bool, QIcon] = {True: icons.icon("info", "quiet"), False: icons.icon("alert", "careful")}

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.problems)

    def columnCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        titles = (self.tr("Where"), self.tr("What is the matter"), self.tr("What to do"))
        return titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        problem = self.problems[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return row_words(problem)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._glyphs[problem.code in ODD]
        if role == Qt.ItemDataRole.FontRole and index.column() == 1:
            return theme.font(theme.BODY)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 2:
            return theme.colour("quiet")
        return None

    def show(self, problems: Sequence[Problem]) -> None:
        self.beginResetModel()
        self.problems = problems
        self.endResetModel()


class ProblemTable(QTableView):
    """Rows can be chosen and copied; Delete asks to leave the pictures out, Space to look at one."""

    exclude_asked = Signal()
    look_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model()
        self.setModel(self._model)
        self.setAccessibleName(self.tr("Problems"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(36)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.doubleClicked.connect(lambda: self.look_asked.emit())

    def show_problems(self, problems: Sequence[Problem]) -> None:
        if list(problems) != list(self._model.problems):
            self._model.show(problems)

    @property
    def chosen(self) -> list[Problem]:
        rows = sorted({place.row() for place in self.selectedIndexes()})
        return [self._model.problems[row] for row in rows]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            text = "\n".join("\t".join(row_words(problem)) for problem in self.chosen)
            QGuiApplication.clipboard().setText(text)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.exclude_asked.emit()
        elif event.key() == Qt.Key.Key_Space:
            self.look_asked.emit()
        else:
            super().keyPressEvent(event)


def row_words(problem: Problem) -> tuple[str, str, str]:
    """File, what happened, what to do."""
    params = {"path": problem.path, **problem.params}
    where = problem.path or words.translate("ProblemTable", "the whole folder")
    return where, words.fault_message(problem.code, params), words.fault_hint(problem.code, params)
