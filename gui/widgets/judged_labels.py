"""The tab Label check: pictures whose label is probably wrong, and one key to mend each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.requests import CheckLabels
from gui import theme, words
from gui.judgement import with_picture
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.probability_bars import probability_text
from gui.widgets.saving import SaveButton
from gui.widgets.thumbnail_wall import ThumbnailWall, Tile

if TYPE_CHECKING:
    from gui.session import Session

Row = Mapping[str, Any]


class _Wall(ThumbnailWall):
    """R takes the suggestion, Delete leaves the picture out, K keeps the label."""

    pressed_key = Signal(str)
    _KEYS: Mapping[Qt.Key, str] = {Qt.Key.Key_R: "relabel", Qt.Key.Key_Delete: "exclude", Qt.Key.Key_K: "keep"}

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = self._KEYS.get(Qt.Key(event.key()))
        if act is not None and not event.modifiers():
            self.pressed_key.emit(act)
        else:
            super().keyPressEvent(event)


class LabelsTab(QWidget):
    """`opened(tile)`: look at it large."""

    opened = Signal(object)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._run: Path | None = None
        self._rows: list[Row] = []
        self._checked = 0
        self._done: dict[str, int] = {"relabel": 0, "exclude": 0, "keep": 0}
        self.check_button = buttons.plain_button(self.tr("Check the labels"), "search")
        self.check_button.clicked.connect(self.check)
        self.said = labels.body()
        self.wall = _Wall(self.tr("Doubtful labels"))
        self.wall.opened.connect(self.opened)
        self.wall.pressed_key.connect(self.act)
        self.relabel_button = buttons.plain_button(self.tr("Relabel as suggested (R)"))
        self.exclude_button = buttons.plain_button(self.tr("Leave out (Delete)"))
        self.keep_button = buttons.plain_button(self.tr("The label is right (K)"))
        self._lay_out()
        explain(
            self.wall,
            Why(
                self.tr("Doubtful labels"),
                self.tr(
                    "Every picture was answered by a head that never learned from it. Where the answer contradicts the "
                    "label more surely than is usual for that class, the label is in doubt (confident learning).\n\n"
                    "You decide: R takes the suggestion, K keeps the label, Delete leaves the picture out. Ctrl+Z "
                    "takes it back. Then train again: a few wrong labels among the validation pictures make any model "
                    "look worse than it is."
                ),
                self.tr("All pictures"), "data",
            ),
        )  # fmt: skip

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SPACE_8, 0, 0)
        column.setSpacing(theme.SPACE_8)
        head = QHBoxLayout()
        head.addWidget(self.said, 1)
        head.addWidget(self.check_button)
        head.addWidget(SaveButton("doubtful-labels", self.sheet))
        column.addLayout(head)
        column.addWidget(self.wall, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        for button, act in (
            (self.relabel_button, "relabel"), (self.exclude_button, "exclude"), (self.keep_button, "keep"),
        ):  # fmt: skip
            button.clicked.connect(lambda checked=False, act=act: self.act(act))
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)

    def show_run(self, run: Path | None, why_not: str) -> None:
        """The run whose pictures are checked; `why_not` says why nothing can be checked now."""
        if run != self._run:
            self._run, self._rows, self._checked = run, [], 0
            self._done = dict.fromkeys(self._done, 0)
            self.wall.show_tiles([])
        if why_not:
            buttons.disable(self.check_button, why_not)
        else:
            buttons.enable(self.check_button)
        self._say()

    def check(self) -> None:
        run = self._run
        if run is not None:
            self._session.start(CheckLabels(run=str(run)), lambda value: self._take(run, value))

    def _take(self, run: Path, value: Mapping[str, Any]) -> None:
        if run == self._run:
            self._rows, self._checked = list(value["suspects"]), int(value["checked"])
            self._done = dict.fromkeys(self._done, 0)
            self._session.shelf.look_up([str(row["path"]) for row in self._rows], self._draw)
            self._draw()

    def act(self, what: str) -> None:
        """Do something about the chosen picture, and go on to the next."""
        place = self.wall.currentIndex().row()
        if not 0 <= place < len(self._rows) or self._session.read_only:
            return
        row = self._rows[place]
        path, suggested, shelf = str(row["path"]), str(row["suggested"]), self._session.shelf
        if what == "relabel":
            text = self.tr("Move a picture to {name}").format(name=suggested)
            with_picture(self._session, path, lambda picture: shelf.relabel([picture], suggested, text))
        elif what == "exclude":
            text = self.tr("Leave out a picture")
            with_picture(self._session, path, lambda picture: shelf.exclude([picture], True, text))
        self._done[what] += 1
        del self._rows[place]
        self._draw(place)

    def step(self, by: int) -> None:
        self.wall.step(by)

    def sheet(self) -> list[list[object]]:
        keys = ("path", "label", "suggested", "probability", "own")
        titles: list[object] = list(keys)
        return [titles, *([row[key] for key in keys] for row in self._rows)]

    def _draw(self, place: int = 0) -> None:
        self.wall.show_tiles([self._tile(row) for row in self._rows])
        if self._rows:
            self.wall.setCurrentIndex(self.wall.model().index(min(place, len(self._rows) - 1), 0))
        self._say()

    def _tile(self, row: Row) -> Tile:
        path = str(row["path"])
        picture = self._session.picture_at(path)
        file = (self._session.folder or Path()) / path
        sure = self.tr("{share} sure").format(share=probability_text(float(row["probability"])))
        return Tile(
            picture=self._session.thumbnail_of(picture) if picture is not None else file,
            title=f"{row['label']} → {row['suggested']}?",
            detail=sure,
            tip=path,
            file=file,
        )

    def _say(self) -> None:
        for button in (self.relabel_button, self.exclude_button, self.keep_button):
            if self._session.read_only:
                buttons.disable(button, self.tr("This project is open in another window."))
            elif self._rows:
                buttons.enable(button)
            else:
                buttons.disable(button, self.tr("No label is in doubt here."))
        self.said.setText(self._words(self._rows))

    def _words(self, rows: Sequence[Row]) -> str:
        if not self._checked:
            return self.tr(
                "Labels made by hand are wrong here and there. Graft can look for those that the pictures contradict."
            )
        count = len(rows)
        text = words.plural(self.tr("%n label(s) in doubt, of {checked} checked.", "", count), count)
        text = text.format(checked=words.count(self._checked))
        mended = self._done["relabel"] + self._done["exclude"]
        if mended:
            text += " " + words.plural(self.tr("%n mended: train again.", "", mended), mended)
        return text
