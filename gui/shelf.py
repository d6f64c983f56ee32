"""The pictures of the open project in memory: read off the window's thread, edited with undo."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from core.errors import Problem
from core.events import Failed
from gui.background import Background
from gui.job_board import JobBoard
from gui.recipe_history import Edit, PictureEdit, grouped

if TYPE_CHECKING:
    from core.project.index import Picture

SETTLE_MILLISECONDS = 1500  # after the last edit, until the counts and the split are worked out anew


class Shelf(QObject):
    """`pictures` as the index has them, with the user's edits applied at once; the worker writes them."""

    changed = Signal()
    refused = Signal(object)  # why an edit was not written
    written = Signal()  # what the user said is stored; what follows from it is to be worked out
    settled = Signal()  # edits were written, and nothing new came for a while

    def __init__(
        self, board: JobBoard, background: Background, undo: QUndoStack, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._board, self._background, self._undo = board, background, undo
        self._project: Path | None = None
        self._pictures: dict[int, Picture] = {}
        self._in_order: tuple[Picture, ...] = ()
        self._by_path: dict[str, int] = {}
        self.seconds_to_read = 0.0
        self.problems: tuple[Problem, ...] = ()
        self._writing = 0
        self._reading = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MILLISECONDS)
        self._settle.timeout.connect(self._rest)

    @property
    def pictures(self) -> "tuple[Picture, ...]":
        """By path; the very same tuple until something changes."""
        return self._in_order

    def at(self, path: str) -> "Picture | None":
        """The picture at a path relative to the data folder."""
        number = self._by_path.get(path)
        return None if number is None else self._pictures[number]

    def fill(
        self, project: Path | None, pictures: "Iterable[Picture]" = (), problems: tuple[Problem, ...] = ()
    ) -> None:
        self._project = project
        self._settle.stop()
        self._take(pictures, problems)

    def reload(self) -> None:
        """Read the index again, unless that is going on or edits are on their way."""
        project = self._project
        if project is None or self._reading or self._writing:
            return
        from gui.opening import read_pictures

        self._reading = True
        began = time.monotonic()
        self._background.run(
            lambda: read_pictures(project), lambda found: self._reloaded(project, found, began), self._lost
        )

    def exclude(self, pictures: "Iterable[Picture]", excluded: bool, text: str) -> None:
        """Leave pictures out, or take them in again; undoable."""
        self._edit({p.id: (None, excluded) for p in pictures if p.excluded != excluded}, text)

    def relabel(self, pictures: "Iterable[Picture]", label: str, text: str) -> None:
        """Move pictures to another class (the files stay where they are); undoable."""
        self._edit({p.id: (label, None) for p in pictures if p.label != label}, text)

    def _edit(self, after: Mapping[int, Edit], text: str) -> None:
        if not after:
            return
        before: dict[int, Edit] = {}
        for number, (label, excluded) in after.items():
            picture = self._pictures[number]
            before[number] = (
                None if label is None else picture.label,
                None if excluded is None else picture.excluded,
            )
        self._undo.push(PictureEdit(text, before, after, self._apply))

    def _apply(self, edits: Mapping[int, Edit]) -> None:
        from core.requests import Edit as EditRequest

        for number, (label, excluded) in edits.items():
            picture = self._pictures.get(number)
            if picture is not None:
                self._pictures[number] = replace(
                    picture,
                    label=picture.label if label is None else label,
                    excluded=picture.excluded if excluded is None else excluded,
                )
        self._in_order = tuple(self._pictures.values())
        for (label, excluded), numbers in grouped(edits).items():
            request = EditRequest(project=str(self._project), pictures=numbers, label=label, excluded=excluded)
            self._writing += 1
            self._board.start(request, self._written, self._not_written)
        self.changed.emit()

    def _written(self, value: Mapping[str, Any]) -> None:
        self._writing = max(0, self._writing - 1)
        if not self._writing:
            self.written.emit()
        self._settle.start()

    def _not_written(self, failed: Failed) -> None:
        """What the index says holds."""
        self._writing = max(0, self._writing - 1)
        self.reload()
        self.refused.emit(failed)

    def _rest(self) -> None:
        if not self._writing:
            self.settled.emit()

    def _reloaded(self, project: Path, found: "tuple[tuple[Picture, ...], tuple[Problem, ...]]", began: float) -> None:
        self._reading = False
        self.seconds_to_read = time.monotonic() - began
        if project == self._project and not self._writing:
            self._take(*found)

    def _lost(self, error: Exception) -> None:
        self._reading = False
        raise error

    def _take(self, pictures: "Iterable[Picture]", problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        self._in_order = tuple(pictures)
        self._pictures = {picture.id: picture for picture in self._in_order}
        self._by_path = {picture.path: picture.id for picture in self._pictures.values()}
        self.changed.emit()
