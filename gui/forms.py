"""Forms drawn from the recipe's own table: a new field of the recipe appears here by itself."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.errors import UserError
from core.recipe import FieldRow, field_row, value_at
from gui import lecture, rules, theme, words
from gui.session import Session
from gui.vocabulary import SIGNS
from gui.why import explain
from gui.widgets import text as labels
from gui.widgets.controls import Choice, beginning, control_for

LABEL_WIDTH = 160


class FieldEditor(QWidget):
    """One field of the session's recipe, with its unit; `Graft chooses` where the recipe may leave it open.

    Why it cannot be chosen now stands beside it, in a `narrow` place below it.
    """

    def __init__(self, session: Session, row: FieldRow, narrow: bool = False) -> None:
        super().__init__()
        self._session, self.row = session, row
        self._control = control_for(row)
        if isinstance(self._control, Choice):
            self._control.tips = {choice: lecture.why_choice(row.path, choice) for choice in row.choices}
        self._control.told = self._set
        self.control = self._control.widget
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_8)
        column.addLayout(line)
        line.addWidget(self.control, 1 if row.kind == "text" or row.unit in SIGNS else 0)
        self._unit = labels.one_line(labels.caption(words.field_unit(row)))
        line.addWidget(self._unit)
        self._open: QCheckBox | None = None
        if row.optional and row.kind != "choice":
            self._open = QCheckBox(self.tr("Graft chooses"))
            self._open.clicked.connect(self._leave_open)
            line.addWidget(self._open)
        self._reason = labels.caption()
        self._reason.hide()
        if narrow:
            column.addWidget(self._reason)
        else:
            line.addWidget(self._reason, 1)
        if row.kind != "text":
            line.addStretch(0 if row.unit in SIGNS else 1)
        self._name_parts()
        for signal in (session.recipe_changed, session.project_changed, session.result_changed):
            signal.connect(self.draw)
        self.draw()

    def draw(self, *_: object) -> None:
        """Show what the recipe says, and why the field may not be chosen now, if it may not."""
        value = value_at(self._session.recipe, self.row.path)
        if self._open is not None:
            self._open.setChecked(value is None)
            self.control.setVisible(value is not None)
        self._unit.setVisible(bool(self._unit.text()) and not (self._open is not None and value is None))
        self._control.show(value)
        if isinstance(self._control, Choice):
            self._control.forbid(rules.choice_reasons(self._session, self.row))
        self._show_reason(rules.reason(self._session, self.row.path))

    def _show_reason(self, reason: str) -> None:
        """A field that stands as usual is closed; one that was set all the same stays open, so that it can be reset."""
        value = value_at(self._session.recipe, self.row.path)
        text = self.tr("Not now: {reason}.").format(reason=reason) if reason else ""
        closed = bool(reason) and value == self.row.default
        for part in filter(None, (self.control, self._open)):
            part.setEnabled(not closed)
            part.setToolTip(text)
        # Where its control cannot be reached, the row itself can: what it does and why not is still one step away.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if closed else Qt.FocusPolicy.ClickFocus)
        self._reason.setText(text)
        self._reason.setVisible(bool(text))
        why = lecture.why_field(self.row, value, text)
        self.setAccessibleDescription(why.text)
        explain(self, why)

    def _name_parts(self) -> None:
        name = words.field_title(self.row)
        self.setAccessibleName(name)
        for part in (self.control, *self.control.findChildren(QWidget)):
            if part.focusPolicy() != Qt.FocusPolicy.NoFocus and not part.accessibleName():
                part.setAccessibleName(name)

    def _leave_open(self, left_open: bool) -> None:
        self._set(None if left_open else beginning(self.row))

    def _set(self, value: Any) -> None:
        try:
            self._session.set_value(self.row.path, value)
        except UserError as error:
            self._session.notice.emit("careful", words.fault_message(error.code, error.params))
            self.draw()


class FieldTitle(QWidget):
    """The name of a field; a click on it says what the field is for."""

    def __init__(self, editor: FieldEditor) -> None:
        super().__init__()
        self._editor = editor
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(labels.body(words.field_title(editor.row)))
        self.setToolTip(words.field_what(editor.row))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._editor.setFocus()


class FieldForm(QWidget):
    """Rows of fields, title to the left."""

    def __init__(self, session: Session, paths: Sequence[str]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_16)
        grid.setVerticalSpacing(theme.SPACE_8)
        grid.setColumnStretch(1, 1)
        self.editors: dict[str, FieldEditor] = {}
        self._titles: dict[str, FieldTitle] = {}
        for number, path in enumerate(paths):
            row = field_row(path)
            editor = self.editors[path] = FieldEditor(session, row)
            title = self._titles[path] = FieldTitle(editor)
            title.setFixedWidth(LABEL_WIDTH)
            grid.addWidget(title, number, 0)
            grid.addWidget(editor, number, 1)

    def show_row(self, path: str, shown: bool) -> None:
        """Whether a field has a row at the moment."""
        self._titles[path].setVisible(shown)
        self.editors[path].setVisible(shown)


def field_editor(session: Session, path: str, narrow: bool = False) -> FieldEditor:
    """One field alone."""
    return FieldEditor(session, field_row(path), narrow)
