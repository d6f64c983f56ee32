"""The grid with its tools: how large, what to do with those that are chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from gui import theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.picture_grid import PictureGrid
from gui.widgets.picture_model import PictureModel

if TYPE_CHECKING:
    from core.project.index import Picture
    from gui.session import Session

SMALLEST, LARGEST, USUAL = 64, 240, 112


class PicturePane(QWidget):
    """Edits go through the session and can be undone; `look` asks for the large view of a row."""

    look = Signal(int)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._classes: Sequence[str] = ()
        self.model = PictureModel(session.thumbnail_of, lambda picture: Path(picture.path).name, self)
        self.grid = PictureGrid(self.model)
        self.grid.setMinimumHeight(200)
        self._empty = labels.label("", theme.EMPHASIS, role="quiet")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addLayout(self._tools())
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._empty)
        column.addWidget(place, 1)
        self.grid.exclude_asked.connect(self.leave_out)
        self.grid.class_asked.connect(self._move_by_key)
        self.grid.look_asked.connect(self._look)
        self.grid.selectionModel().selectionChanged.connect(self._draw_tools)
        explain(
            self.grid,
            Why(
                self.tr("Your pictures"),
                self.tr(
                    "What the network learns is what it sees here. Two minutes of looking often help more than hours "
                    "of training: a picture in the wrong class teaches the wrong thing.\n\n"
                    "Press 1 to 9 to move what is chosen to another class, Delete to leave it out, Space to look at it "
                    "in full. Ctrl+Z takes everything back.\n\n"
                    "Your files are never moved, changed or deleted."
                ),
            ),
        )
        self._draw_tools()

    def _tools(self) -> QHBoxLayout:
        self._said: QLabel = labels.one_line(labels.quiet())
        self._said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.leave_out_button: QPushButton = buttons.plain_button(self.tr("Leave out"), why=self.tr("Delete"))
        self.leave_out_button.clicked.connect(self.leave_out)
        self.move_button: QPushButton = buttons.plain_button(self.tr("Move to"), why=self.tr("Keys 1 to 9"))
        self._menu = QMenu(self)
        self.move_button.setMenu(self._menu)
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(SMALLEST, LARGEST)
        self.size_slider.setValue(self._kept_size())
        self.size_slider.setFixedWidth(120)
        self.size_slider.setAccessibleName(self.tr("Size of the thumbnails"))
        self.size_slider.setToolTip(self.tr("Size of the thumbnails"))
        self.size_slider.valueChanged.connect(self._resize)
        self._resize(self.size_slider.value())
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._said, 1)
        for part in (self.leave_out_button, self.move_button):
            row.addWidget(part)
        row.addSpacing(theme.SPACE_8)
        row.addWidget(self.size_slider)
        return row

    def show_pictures(self, pictures: "Sequence[Picture]", empty: str) -> None:
        """These pictures; `empty` is said where there are none."""
        self.model.show(pictures)
        self._empty.setText(empty)
        self._stack.setCurrentWidget(self.grid if pictures else self._empty)
        self._draw_tools()

    def set_classes(self, names: Sequence[str]) -> None:
        if list(names) == list(self._classes):
            return
        self._classes = names
        numbers = {name: number for number, name in enumerate(names)}
        self._menu.clear()
        for number, name in enumerate(names, 1):
            action = self._menu.addAction(f"{number}  {name}" if number <= 9 else name)
            action.triggered.connect(lambda checked=False, name=name: self.move_to(name))

        def colour_of(picture: "Picture") -> QColor | None:
            number = numbers.get(picture.label)
            return None if number is None else theme.class_colour(number)

        self.grid.set_colours(colour_of)

    def leave_out(self) -> None:
        """Leave the chosen pictures out; if all of them are out already, take them in again."""
        chosen = self.grid.chosen
        out = not all(picture.excluded for picture in chosen)
        text = self.tr("Leave out %n picture(s)", "", len(chosen)) if out else self.tr("Take in %n", "", len(chosen))
        self._session.shelf.exclude(chosen, out, words.plural(text, len(chosen)))

    def move_to(self, label: str) -> None:
        chosen = self.grid.chosen
        text = words.plural(self.tr("Move %n picture(s) to {name}", "", len(chosen)), len(chosen))
        self._session.shelf.relabel(chosen, label, text.format(name=label))

    def _move_by_key(self, number: int) -> None:
        if number <= len(self._classes):
            self.move_to(self._classes[number - 1])

    def _look(self) -> None:
        place = self.grid.currentIndex()
        if place.isValid():
            self.look.emit(place.row())

    def _draw_tools(self) -> None:
        chosen = self.grid.chosen
        several = words.plural(self.tr("%n picture(s) chosen", "", len(chosen)), len(chosen))
        self._said.setText(several if chosen else "")
        out = bool(chosen) and all(picture.excluded for picture in chosen)
        self.leave_out_button.setText(self.tr("Take in again") if out else self.tr("Leave out"))
        for button, tip in ((self.leave_out_button, self.tr("Delete")), (self.move_button, self.tr("Keys 1 to 9"))):
            if self._session.read_only:
                buttons.disable(button, self.tr("This project is open in another window."))
            elif chosen:
                buttons.enable(button, tip)
            else:
                buttons.disable(button, self.tr("Choose one or more pictures first."))

    def _kept_size(self) -> int:
        text = self._session.settings.text("thumbnail_size", str(USUAL))
        return min(LARGEST, max(SMALLEST, int(text))) if text.isdigit() else USUAL

    def _resize(self, side: int) -> None:
        self.grid.set_side(side)
        self._session.settings.set("thumbnail_size", str(side))
