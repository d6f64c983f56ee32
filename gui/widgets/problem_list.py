"""What is wrong or odd, in plain words: the file with its picture, what happened, what to do next."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.errors import Problem
from gui import theme, words
from gui.thumbnail_loader import loader
from gui.widgets import icons
from gui.words import QT_TRANSLATE_NOOP

Place = QModelIndex | QPersistentModelIndex
ROW, SIDE = 84, 60
# These are said of pictures that are used all the same.
ODD = frozenset({"BLANK", "MULTIPLE_FRAMES", "IMBALANCE", "CASE_CLASH", "TINY_CLASS"})

OF_TABLES = ("MISSING", "AMBIGUOUS", "TWO_LABELS", "TABLE_ROWS")
# What the button of a row says; the page knows what it does.
STEPS: Mapping[str, str] = {
    "UNLABELLED": QT_TRANSLATE_NOOP("ProblemList", "Label it"),
    "UNLABELLED_PICTURES": QT_TRANSLATE_NOOP("ProblemList", "Label them"),
    "NO_LABELS": QT_TRANSLATE_NOOP("ProblemList", "Label them"),
    "CONFLICT": QT_TRANSLATE_NOOP("ProblemList", "Settle"),
    "ALIKE": QT_TRANSLATE_NOOP("ProblemList", "Compare"),
    "LEAK": QT_TRANSLATE_NOOP("ProblemList", "Compare"),
    "BLANK": QT_TRANSLATE_NOOP("ProblemList", "Leave out"),
    "IMBALANCE": QT_TRANSLATE_NOOP("ProblemList", "Balance"),
    "UNTAUGHT_CLASS": QT_TRANSLATE_NOOP("ProblemList", "See the split"),
    "TINY_CLASS": QT_TRANSLATE_NOOP("ProblemList", "Show them"),
    "ONE_CLASS": QT_TRANSLATE_NOOP("ProblemList", "Label some"),
    "CASE_CLASH": QT_TRANSLATE_NOOP("ProblemList", "Make them one"),
    "CHANGED": QT_TRANSLATE_NOOP("ProblemList", "Read again"),
    "TOO_LARGE": QT_TRANSLATE_NOOP("ProblemList", "Raise the limit"),
    **dict.fromkeys(OF_TABLES, QT_TRANSLATE_NOOP("ProblemList", "Open the table")),
    **dict.fromkeys(
        ("TRUNCATED", "EMPTY", "NOT_AN_IMAGE", "UNSUPPORTED_FORMAT", "NO_PERMISSION", "BROKEN_LINK", "NOT_A_FILE",
         "NAME"),
        QT_TRANSLATE_NOOP("ProblemList", "Show the file"),
    ),
}  # fmt: skip


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.problems: Sequence[Problem] = ()

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.problems)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        problem = self.problems[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return problem
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return "\n".join(row_words(problem))
        return None

    def show(self, problems: Sequence[Problem]) -> None:
        self.beginResetModel()
        self.problems = problems
        self.endResetModel()


class _Delegate(QStyledItemDelegate):
    def __init__(self, thumbnail_of: Callable[[str], Path | None], parent: QListView) -> None:
        super().__init__(parent)
        self._thumbnail_of = thumbnail_of

    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(300, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        problem: Problem = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect).adjusted(0, 2, 0, -2)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(theme.colour("accent" if chosen else "line"))
        painter.setBrush(theme.colour("soft" if chosen else "card"))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        self._paint_picture(painter, problem, QRectF(rect.x() + 12, rect.y() + (rect.height() - SIDE) / 2, SIDE, SIDE))
        left = rect.x() + SIDE + 28
        step = step_of(problem)
        button = step_place(QRectF(option.rect), step)
        width = (button.left() if step else rect.right()) - left - 16
        role = "quiet" if problem.code in ODD else "careful"
        glyph = "info" if problem.code in ODD else "alert"
        icons.draw(painter, glyph, QRectF(left, rect.y() + 12, 16, 16), theme.colour(role))
        lines = zip(row_words(problem), (True, False, False), ("text", "text", "quiet"), (24, 0, 0), strict=True)
        for number, (text, strong, colour, indent) in enumerate(lines):
            painter.setFont(theme.font(theme.BODY, strong))
            painter.setPen(theme.colour(colour))
            mode = Qt.TextElideMode.ElideRight if number else Qt.TextElideMode.ElideMiddle
            fitted = painter.fontMetrics().elidedText(text, mode, round(width - indent))
            place = QRectF(left + indent, rect.y() + 10 + 21 * number, width - indent, 20)
            painter.drawText(place, Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignVCenter, fitted)
        if step:
            painter.setFont(theme.font(theme.BODY))
            painter.setPen(theme.colour("line"))
            painter.setBrush(theme.colour("card"))
            painter.drawRoundedRect(button, 6, 6)
            painter.setPen(theme.colour("text"))
            painter.drawText(button, Qt.AlignmentFlag.AlignCenter, step)
        painter.restore()

    def _paint_picture(self, painter: QPainter, problem: Problem, place: QRectF) -> None:
        painter.fillRect(place, theme.colour("sunken"))
        path = self._thumbnail_of(problem.path) if problem.path else None
        pixmap = loader().pixmap(path) if path is not None else None
        if pixmap is None:
            glyph = QRectF(0, 0, 24, 24)
            glyph.moveCenter(place.center())
            icons.draw(painter, "data" if problem.path else "folder", glyph, theme.colour("quiet", 0.6))
            return
        scale = min(place.width() / pixmap.width(), place.height() / pixmap.height())
        fitted = QRectF(0, 0, pixmap.width() * scale, pixmap.height() * scale)
        fitted.moveCenter(place.center())
        painter.drawPixmap(fitted, pixmap, QRectF(pixmap.rect()))


class ProblemList(QListView):
    """Rows can be chosen and copied; Delete asks to leave the pictures out, Space to look at one.

    `thumbnail_of` gives the thumbnail of a path, or None where there is none.
    """

    exclude_asked = Signal()
    look_asked = Signal()
    step_asked = Signal(object)  # the problem whose next step is to be taken

    def __init__(self, thumbnail_of: Callable[[str], Path | None]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(thumbnail_of, self))
        self.setAccessibleName(self.tr("Problems"))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(lambda: self.look_asked.emit())
        loader().loaded.connect(self._repaint)
        theme.watcher().changed.connect(self._repaint)

    def _repaint(self, *_: object) -> None:
        self.viewport().update()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        if list(problems) != list(self._model.problems):
            self._model.show(problems)

    @property
    def chosen(self) -> list[Problem]:
        return [self._model.problems[row] for row in sorted({place.row() for place in self.selectedIndexes()})]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            text = "\n".join("\t".join(row_words(problem)) for problem in self.chosen)
            QGuiApplication.clipboard().setText(text)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.exclude_asked.emit()
        elif event.key() == Qt.Key.Key_Space:
            self.look_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() and self.chosen:
            self.step_asked.emit(self.chosen[0])
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        place = self.indexAt(event.position().toPoint())
        if place.isValid() and event.button() == Qt.MouseButton.LeftButton:
            problem = self._model.problems[place.row()]
            button = step_place(QRectF(self.visualRect(place)), step_of(problem))
            if step_of(problem) and button.contains(event.position()):
                self.step_asked.emit(problem)


def step_place(row: QRectF, text: str) -> QRectF:
    """Where the button with the next step stands in a row."""
    wide = QFontMetricsF(theme.font(theme.BODY)).horizontalAdvance(text) + 28
    return QRectF(row.right() - wide - 14, row.center().y() - 16, wide, 32)


def step_of(problem: Problem) -> str:
    """What the button says that takes the next step; nothing where there is none to take here."""
    return words.translate("ProblemList", STEPS[problem.code]) if problem.code in STEPS else ""


def row_words(problem: Problem) -> tuple[str, str, str]:
    """File, what happened, what to do."""
    params = {"path": problem.path, **problem.params}
    where = problem.path or words.translate("ProblemList", "the whole folder")
    return where, words.fault_message(problem.code, params), words.fault_hint(problem.code, params)
