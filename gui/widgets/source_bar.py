"""Where the pictures come from and how each place is read: shown until it is confirmed, and open to change after."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from core.events import Event, Sources
from core.project.sources import ARCHIVE_SUFFIXES, TABLE_SUFFIXES
from gui import asking, theme, words
from gui.why import Why, explain
from gui.widgets import buttons, icons
from gui.widgets import text as labels
from gui.widgets.fold import Fold
from gui.widgets.wrap import WrapRow
from gui.words import QT_TRANSLATE_NOOP, say

if TYPE_CHECKING:
    from core.recipe import Recipe
    from gui.session import Session

Source = Mapping[str, Any]
NAME_WIDTH = 320  # pixels: a longer name is shortened
_ICONS = {"folder": "folder", "table": "runs", "archive": "drop"}


class SourceBar(QFrame):
    """One line for each place. Folders may be dropped on it to be added."""

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self.session = session
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Where the pictures come from"))
        self.sources: Sequence[Source] = ()
        self.lines: list[SourceLine] = []
        self._columns_wanted = False
        self._drawn: object = None
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.SPACE_8)
        self.confirm = buttons.plain_button(self.tr("That is right"), "check")
        self.confirm.clicked.connect(self._confirm)
        self.add = buttons.plain_button(self.tr("Add pictures"), "plus")
        menu = QMenu(self.add)
        menu.addAction(self.tr("A folder…"), self._ask_for_folder)
        menu.addAction(self.tr("A table or an archive…"), self._ask_for_file)
        self.add.setMenu(menu)
        self._column.setContentsMargins(12, theme.SPACE_8, theme.SPACE_8, theme.SPACE_8)
        self.setLayout(self._column)
        explain(self, Why(self.tr("Where the pictures come from"), say(_WHY)))
        session.received.connect(self._hear)
        session.project_changed.connect(self._forget)

    def refresh(self) -> None:
        scan = self.session.result("scan") or {}
        if not self.sources and scan.get("sources"):
            self.sources = scan["sources"]
        data = self.session.recipe.data
        state = (self.sources, data, self.session.read_only)
        if state == self._drawn:
            return
        self._drawn = state
        for button in (self.confirm, self.add):  # they stand in the first line, and outlive it
            button.setParent(self)
        for line in self.lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = [SourceLine(number, source, data.layout) for number, source in enumerate(self.sources)]
        if self.lines:
            for button in (self.confirm, self.add):
                self.lines[0].head.addWidget(button)
        for line in self.lines:
            line.layout_chosen.connect(self._read_as)
            line.column_chosen.connect(self._use_column)
            line.removed.connect(self._remove)
            if line.fold is not None:
                line.fold.button.setChecked(self._columns_wanted)
                line.fold.button.toggled.connect(self._want_columns)
            line.setEnabled(not self.session.read_only)
            self._column.addWidget(line)
        self.setVisible(bool(self.lines))
        open_question = data.layout is None and not self.session.read_only
        self.confirm.setVisible(open_question)
        self.add.setVisible(not self.session.read_only)
        self._mark("banner" if open_question else "card")

    def _want_columns(self, wanted: bool) -> None:
        """They stay open while one after another is chosen."""
        self._columns_wanted = wanted

    def _mark(self, name: str) -> None:
        """A coloured edge while an answer is wanted."""
        if self.objectName() != name:
            self.setObjectName(name)
            self.style().unpolish(self)
            self.style().polish(self)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Sources):
            job = self.session.board.job(event.job)
            if job is not None and job.kind == "scan":
                self.sources = event.sources
                self.refresh()

    def _forget(self) -> None:
        self.sources = ()
        self.refresh()

    # Doing.

    def _confirm(self) -> None:
        recipe = self.session.recipe.with_value("data.layout", self.sources[0]["layout"])
        more = [source["layout"] for source in self.sources[1:]]
        self._replace(recipe.with_value("data.more_layouts", more), self.tr("Confirm how the folder is read"))

    def _read_as(self, number: int, layout: str) -> None:
        recipe = self.session.recipe
        if number:
            kept = list(recipe.data.more_layouts) + [None] * (number - len(recipe.data.more_layouts))
            recipe = recipe.with_value("data.more_layouts", [*kept[: number - 1], layout, *kept[number:]])
        else:
            recipe = recipe.with_value("data.layout", layout)
        self._replace(recipe, self.tr("Read the folder otherwise"))

    def _use_column(self, role: str, column: str) -> None:
        recipe = self.session.recipe.with_value(f"data.{role}_column", column)
        self._replace(recipe.with_value("data.layout", "table"), self.tr("Choose a column"))

    def _remove(self, number: int) -> None:
        data = self.session.recipe.data
        folders, layouts = list(data.more_folders), list(data.more_layouts)
        del folders[number - 1]
        del layouts[number - 1 : number]
        recipe = self.session.recipe.with_value("data.more_folders", folders).with_value("data.more_layouts", layouts)
        self._replace(recipe, self.tr("Take pictures out of the project"))

    def _replace(self, recipe: "Recipe", text: str) -> None:
        self.session.replace(recipe, text)

    # Adding.

    def _ask_for_folder(self) -> None:
        asking.for_folder(self, self.tr("Add a folder of pictures"), self.session.settings, self._add)

    def _ask_for_file(self) -> None:
        title = self.tr("Add a table or an archive")
        asking.for_table_or_archive(self, title, self.session.settings, self._add)

    def _add(self, path: Path) -> None:
        self.session.add_folders([path])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if can_be_opened(event) and not self.session.read_only:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.session.add_folders(dropped(event))


class SourceLine(QWidget):
    """A place, how it is read, and for a table which column says what: in sight until it is confirmed."""

    layout_chosen = Signal(int, str)
    column_chosen = Signal(str, str)
    removed = Signal(int)

    def __init__(self, number: int, source: Source, confirmed: str | None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        row = self.head = WrapRow()
        glyph = QLabel()
        glyph.setPixmap(icons.pixmap(_ICONS[source["kind"]], 20, "quiet"))
        row.addWidget(glyph)
        path = Path(source["path"])
        name = labels.NameLabel(words.folder_name(path), strong=True)
        name.setToolTip(str(path))
        name.setMaximumWidth(NAME_WIDTH)
        row.addWidget(name)
        row.addWidget(labels.one_line(labels.quiet(self.tr("read as"))))
        self.choice = _narrow(QComboBox(), 18)
        self.choice.setAccessibleName(self.tr("How {name} is read").format(name=path.name))
        for layout in source["possible"]:
            self.choice.addItem(words.choice_name("data.layout", layout), layout)
        self.choice.setCurrentIndex(self.choice.findData(source["layout"]))
        self.choice.activated.connect(lambda: self.layout_chosen.emit(number, self.choice.currentData()))
        row.addWidget(self.choice)
        if number:
            away = buttons.icon_button("trash", self.tr("Take the pictures of {name} out again").format(name=path.name))
            away.clicked.connect(lambda: self.removed.emit(number))
            row.addWidget(away)
        row.addStretch()
        column.addLayout(row)
        self.columns: dict[str, QComboBox] = {}
        self.fold: Fold | None = None
        if source["layout"] == "table" and not number:
            columns = self._columns(source)
            if confirmed is None:
                column.addWidget(columns)
            else:
                self.fold = Fold(self.tr("Columns"), lambda: columns, plain=True)
                self.fold.set_note(", ".join(name for name in source["columns"].values() if name))
                column.addWidget(self.fold)

    def _columns(self, source: Source) -> QWidget:
        """For each role the column that plays it; only what is no picture's name may be missing."""
        titles = {
            "path": self.tr("Picture"), "label": self.tr("Class"), "group": self.tr("Group"), "part": self.tr("Split")
        }  # fmt: skip
        result = QWidget()
        row = QHBoxLayout(result)
        row.setSpacing(theme.SPACE_8)
        row.setContentsMargins(28, 0, 0, 0)
        for role, title in titles.items():
            row.addWidget(labels.one_line(labels.quiet(title)))
            box = self.columns[role] = _narrow(QComboBox(), 6)
            box.setAccessibleName(self.tr("Column of: {role}").format(role=title))
            if role in ("group", "part"):
                box.addItem(self.tr("none"), "")
            for name in source["all_columns"]:
                box.addItem(name, name)
            box.setCurrentIndex(max(0, box.findData(source["columns"].get(role, ""))))
            box.activated.connect(lambda _, role=role, box=box: self.column_chosen.emit(role, box.currentData()))
            row.addWidget(box, 1)
        row.addStretch(1)
        return result


def _narrow(box: QComboBox, letters: int) -> QComboBox:
    """A list that may become as narrow as so many letters; what it lists is shown whole when it is opened."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(letters)
    box.setMaximumWidth(320)
    return box


def dropped(event: QDropEvent) -> list[Path]:
    """What of the dragged things are folders, tables or archives."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.is_dir() or path.name.lower().endswith((*TABLE_SUFFIXES, *ARCHIVE_SUFFIXES))]


def can_be_opened(event: QDropEvent) -> bool:
    return bool(dropped(event))


_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "Graft looks at the folder and finds out what gives each picture its class: the folder it lies in, a table, or "
    "nothing yet. Say that it is right, or choose another way; it is asked once, and commands in the terminal read the "
    "folder the same way.\n\n"
    "Pictures may lie in several places. Add a folder, a table (.csv, .tsv) or an archive (.zip, .tar), or drop it "
    "here. Archives are unpacked beside your projects; originals are never changed.",
)
