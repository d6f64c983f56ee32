"""The grid with its tools: which pictures, how large, and what to do with those that are chosen."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from gui import theme, words
from gui.edits import Change
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.class_model import Row
from gui.widgets.picture_filters import PARTS, PictureFilters
from gui.widgets.picture_grid import PictureGrid
from gui.widgets.picture_model import PictureModel

if TYPE_CHECKING:
    from array import array

    from core.project.index import Filter, Picture
    from gui.session import Session


class PicturePane(QWidget):
    """Edits go through the session and can be undone; `look` asks for the large view of a row."""

    look = Signal(int)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._classes: list[str] = []
        self._row = Row("all", "", 0)
        self._asked = 0
        self.model = PictureModel(session.shelf, session.thumbnail_of, lambda picture: Path(picture.path).name, self)
        self.grid = PictureGrid(self.model)
        self.grid.setMinimumHeight(200)
        self.filters = PictureFilters(session.settings)
        self.filters.changed.connect(self.reload)
        self.filters.resized.connect(self.grid.set_side)
        self.grid.set_side(self.filters.side)
        self._empty = labels.label("", theme.EMPHASIS, role="quiet")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self.filters)
        column.addLayout(self._tools())
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._empty)
        column.addWidget(place, 1)
        self.hint = labels.caption(
            self.tr(
                "1–9 class  ·  C type a class  ·  Delete leave out  ·  Space look large  ·  G group  ·  Ctrl+A all  ·  "
                "or drag pictures onto a class"
            )
        )
        column.addWidget(self.hint)
        self._connect()
        explain(self.grid, Why(self.tr("Your pictures"), words.say(_WHY)))
        self._draw_tools()

    def _connect(self) -> None:
        grid = self.grid
        grid.exclude_asked.connect(self.leave_out)
        grid.class_asked.connect(self.move_by_key)
        grid.look_asked.connect(self._look)
        grid.name_asked.connect(self._begin_typing)
        grid.group_asked.connect(self.group)
        grid.selectionModel().selectionChanged.connect(self._draw_tools)
        self.model.dataChanged.connect(lambda first, last, roles: None if roles else self._draw_tools())

    def _tools(self) -> QHBoxLayout:
        self._said: QLabel = labels.one_line(labels.quiet())
        self._said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.class_field = QLineEdit()
        self.class_field.setPlaceholderText(self.tr("A class, then Enter"))
        self.class_field.setAccessibleName(self.tr("Class of the chosen pictures"))
        self.class_field.setMinimumWidth(168)
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.class_field.setCompleter(completer)
        self.class_field.returnPressed.connect(self._move_to_typed)
        self.leave_out_button: QPushButton = buttons.plain_button(self.tr("Leave out"), why=self.tr("Delete"))
        self.leave_out_button.clicked.connect(self.leave_out)
        self.more_button: QPushButton = buttons.plain_button(self.tr("More"))
        self.more_button.setMenu(self._more())
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._said, 1)
        for part in (self.class_field, self.leave_out_button, self.more_button):
            row.addWidget(part)
        return row

    def _more(self) -> QMenu:
        menu = QMenu(self)
        for part in PARTS:
            text = self.tr("Move to {part}").format(part=words.part_name(part))
            menu.addAction(text).triggered.connect(lambda checked=False, part=part: self.move_to_part(part))
        menu.addAction(self.tr("Let Graft choose the part")).triggered.connect(lambda: self.move_to_part(""))
        menu.addSeparator()
        together = menu.addAction(self.tr("These belong together"))
        together.setShortcut("G")
        together.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        together.triggered.connect(lambda: self.group(True))
        apart = menu.addAction(self.tr("Take the group apart"))
        apart.setShortcut("Shift+G")
        apart.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        apart.triggered.connect(lambda: self.group(False))
        return menu

    # Which pictures.

    def show_row(self, row: Row) -> None:
        """The pictures of a class, of all classes, without a class, or left out."""
        self._row = row
        self.reload()

    def reload(self) -> None:
        """Ask the index anew; what is drawn stays until it answers."""
        self._asked += 1
        self._session.shelf.ids(self.wanted, partial(self._came, self._asked))

    def _came(self, asked: int, ids: "array[int]") -> None:
        if asked == self._asked:
            self.model.show(ids)
            self._empty.setText(self._nothing())
            self._stack.setCurrentWidget(self.grid if ids else self._empty)
            self._draw_tools()

    @property
    def wanted(self) -> "Filter":
        from core.project.index import Filter

        kind = self._row.kind
        label = self._row.name if kind == "class" else "" if kind == "unlabelled" else None
        state = {"unlabelled": "used", "excluded": "excluded"}.get(kind, "")
        part, text = self.filters.chosen_part, self.filters.text
        return Filter(label=label, part=part, state=state, text=text)  # type: ignore[arg-type]

    def _nothing(self) -> str:
        if self._session.running("scan") is not None and not self._session.shelf.facts.shown:
            return self.tr("Reading the pictures…")
        if self.filters.text or self.filters.chosen_part:
            return self.tr("No picture is like that. Clear the search, or choose all parts.")
        return self.tr("There are no pictures here.")

    def set_classes(self, names: list[str], colours: dict[str, int]) -> None:
        self._classes = names
        self._names.setStringList(names)

        def colour_of(picture: "Picture") -> QColor | None:
            number = colours.get(picture.label)
            return None if number is None else theme.class_colour(number)

        self.grid.set_colours(colour_of)

    # What to do with those that are chosen.

    def leave_out(self) -> None:
        """Leave the chosen pictures out; if all of them are out already, take them in again."""
        chosen = self.grid.chosen
        out = not self._all_out()
        text = self.tr("Leave out %n picture(s)", "", len(chosen)) if out else self.tr("Take in %n", "", len(chosen))
        self._edit(Change(excluded=out), words.plural(text, len(chosen)))

    def move_to(self, label: str) -> None:
        """Give the chosen pictures a class, perhaps a new one; "" takes it away."""
        count = len(self.grid.chosen)
        if label:
            text = words.plural(self.tr("Move %n picture(s) to {name}", "", count), count).format(name=label)
        else:
            text = words.plural(self.tr("Take the class of %n picture(s) away", "", count), count)
        self._edit(Change(label=label), text)

    def move_to_part(self, part: str) -> None:
        count = len(self.grid.chosen)
        if part:
            text = words.plural(self.tr("Move %n picture(s) to {part}", "", count), count)
            text = text.format(part=words.part_name(part))
        else:
            text = words.plural(self.tr("Let Graft choose the part of %n picture(s)", "", count), count)
        self._edit(Change(part=part), text)

    def group(self, together: bool) -> None:
        """The chosen pictures belong together and fall on the same side of the split, or each goes its way again."""
        chosen = self.grid.chosen
        if together and len(chosen) < 2:
            self._session.notice.emit("info", self.tr("Choose two pictures or more that belong together."))
            return
        text = self.tr("Group %n picture(s)", "", len(chosen)) if together else self.tr("Take a group apart")
        name = f"{min(chosen)}-{len(chosen)}" if together else ""
        self._edit(Change(group=name), words.plural(text, len(chosen)))

    def drop_on(self, row: Row) -> None:
        """The chosen pictures were dropped onto a row of the class list."""
        if row.kind == "excluded":
            if not self._all_out():
                self.leave_out()
        else:
            self.move_to(row.name)

    def move_by_key(self, number: int) -> None:
        if number <= len(self._classes):
            self.move_to(self._classes[number - 1])

    def _edit(self, change: Change, text: str) -> None:
        chosen = self.grid.chosen
        if chosen and not self._session.read_only:
            self._session.shelf.edit(chosen, change, text)

    def _begin_typing(self) -> None:
        if self.grid.chosen and not self._session.read_only:
            self.class_field.setFocus()
            self.class_field.selectAll()

    def _move_to_typed(self) -> None:
        name = self.class_field.text().strip()
        if name:
            self.move_to(name)
        self.class_field.clear()
        self.grid.setFocus()

    def _look(self) -> None:
        place = self.grid.currentIndex()
        if place.isValid():
            self.look.emit(place.row())

    def _all_out(self) -> bool:
        known = self.model.known(self.grid.chosen[:200])
        return bool(known) and all(picture.excluded for picture in known)

    def _draw_tools(self) -> None:
        count = len(self.grid.chosen_rows)
        total = len(self.model.ids)
        several = words.plural(self.tr("%n of {total} chosen", "", count), count)
        shown = words.plural(self.tr("%n picture(s)", "", total), total).replace(str(total), words.count(total))
        self._said.setText(several.format(total=words.count(total)) if count else shown if total else "")
        out = bool(count) and self._all_out()
        self.leave_out_button.setText(self.tr("Take in again") if out else self.tr("Leave out"))
        reason = ""
        if self._session.read_only:
            reason = self.tr("This project is open in another window.")
        elif not count:
            reason = self.tr("Choose one or more pictures first.")
        self.class_field.setEnabled(not reason)
        self.class_field.setToolTip(reason or self.tr("C"))
        for button, tip in ((self.leave_out_button, self.tr("Delete")), (self.more_button, "")):
            if reason:
                buttons.disable(button, reason)
            else:
                buttons.enable(button, tip)


_WHY = words.QT_TRANSLATE_NOOP(
    "Words",
    "What the network learns is what it sees here. Two minutes of looking often help more than hours of training: a "
    "picture in the wrong class teaches the wrong thing.\n\n"
    "Press 1 to 9 to move what is chosen to another class, or C to type its name: a new name makes a new class. Delete "
    "leaves pictures out, Space shows one in full, G says that pictures belong together, such as those of one patient. "
    "Ctrl+Z takes everything back.\n\n"
    "Your files are never moved, changed or deleted.",
)
