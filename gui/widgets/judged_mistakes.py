"""The tab Mistakes: the confusion matrix, and the pictures behind each of its cells."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from gui import theme, words
from gui.judged import judged_tile
from gui.judgement import Judgement
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.confusion import Confusion
from gui.widgets.judged_layout import headed_card, row_in
from gui.widgets.saving import SaveButton
from gui.widgets.thumbnail_wall import ThumbnailWall

if TYPE_CHECKING:
    from gui.session import Session


class MistakesTab(QWidget):
    """`opened(tile)`: look at it large."""

    opened = Signal(object)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._shown = Judgement()
        self._rows: Sequence[Mapping[str, Any]] = ()
        self.confusion = Confusion()
        self.confusion.cellChosen.connect(self._choose_cell)
        self.kinds = QComboBox()
        self.kinds.setMinimumWidth(120)
        self.kinds.setAccessibleName(self.tr("Which pictures"))
        self.kinds.addItem(self.tr("Mistakes, the surest first"), "mistakes")
        self.kinds.addItem(self.tr("Right, but unsure"), "unsure")
        self.kinds.activated.connect(lambda _: self._show_kind())
        self.title = labels.strong()
        self.all_button = buttons.plain_button(self.tr("All mistakes"))
        self.all_button.clicked.connect(self.show_all)
        self.wall = ThumbnailWall(self.tr("Pictures"))
        self.wall.opened.connect(self.opened)
        self._lay_out()
        self._explain()

    def _lay_out(self) -> None:
        row = row_in(self)
        save = SaveButton("confusion", self.confusion.sheet, lambda: self.confusion)
        matrix = headed_card(self.tr("What is taken for what"), save)
        matrix.body.addWidget(self.confusion, 1)
        row.addWidget(matrix, 5)
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_8)
        line = QHBoxLayout()
        line.addWidget(self.kinds)
        line.addStretch(1)
        line.addWidget(self.all_button)
        line.addWidget(SaveButton("mistakes", self.sheet))
        column.addLayout(line)
        column.addWidget(self.title)
        column.addWidget(self.wall, 1)
        row.addLayout(column, 6)

    def _explain(self) -> None:
        explain(
            self.confusion,
            Why(
                self.tr("The confusion matrix"),
                self.tr(
                    "Each row is what a picture really shows, each column what the model said. Blue cells on the "
                    "diagonal are right answers; orange ones are mistakes.\n\n"
                    "A single dark orange cell means that two classes look alike to it: are their labels clear, are "
                    "there enough pictures of both?\n\nClick a cell, or move with the arrows and press Enter, to see "
                    "its pictures."
                ),
            ),
        )
        explain(
            self.wall,
            Why(
                self.tr("Mistakes, the surest first"),
                self.tr(
                    "Below each picture: what it is → what the model said, and how sure it was. Enter or a double "
                    "click shows it large, with the evidence.\n\n"
                    "Look at the surest mistakes first. Often the label is wrong, not the model: press its number to "
                    "mend it, then train again. Otherwise ask: what do these pictures share?"
                ),
                self.tr("Mend labels"), "data",
            ),
        )  # fmt: skip

    def show_judgement(self, judgement: Judgement) -> None:
        self._shown = judgement
        if judgement.folder is None:
            listed = (*judgement.rows("mistakes"), *judgement.rows("unsure"))
            self._session.shelf.look_up([str(row.get("path", "")) for row in listed], self._draw_wall)
        self.confusion.show_counts(judgement.names, judgement.judged.get("confusion") or ())
        self.show_all()

    def show_all(self) -> None:
        self.kinds.setCurrentIndex(0)
        self._show_kind()

    def _show_kind(self) -> None:
        kind = str(self.kinds.currentData())
        rows = self._shown.rows(kind)
        self.all_button.hide()
        if kind == "unsure":
            self.title.setText(self.tr("Right answers of the least certainty: the next to go wrong"))
        elif rows:
            text = words.plural(self.tr("%n mistake(s), the surest first", "", len(rows)), len(rows))
            self.title.setText(text)
        else:
            self.title.setText(self.tr("No mistakes.") if self._shown.judged else "")
        self._rows = rows
        self._draw_wall()

    def _choose_cell(self, truth: int, answer: int) -> None:
        names = self._shown.names
        one, other = names[truth], names[answer]
        if truth == answer:
            rows = [row for row in self._shown.rows("unsure") if row.get("truth") == one]
            note = self.tr("{what}. Here: the least sure of them.")
        else:
            rows = [
                row for row in self._shown.rows("mistakes") if row.get("truth") == one and row.get("answer") == other
            ]
            note = self.tr("{what}")
        self.title.setText(note.format(what=self.confusion.says(truth, answer)))
        self.all_button.show()
        self._rows = rows
        self._draw_wall()

    def _draw_wall(self) -> None:
        self.wall.show_tiles([judged_tile(self._session, row, self._shown.folder) for row in self._rows])

    def sheet(self) -> list[list[object]]:
        rows = self._shown.rows(str(self.kinds.currentData()))
        titles: list[object] = ["path", "truth", "answer", "probability"]
        return [titles, *([row.get(str(key)) for key in titles] for row in rows)]

    def step(self, by: int) -> None:
        self.wall.step(by)
