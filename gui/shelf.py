"""The pictures of the open project: what is there in numbers, rows of the index as they are asked for, edits with undo.

However many pictures there are, the window holds counts, problems and the groups of twins; pictures themselves are read
from the index, off the window's thread, when they are to be seen.
"""

import time
import uuid
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from core.events import Failed
from gui.background import Background
from gui.edits import Change, ShelfEdit, told
from gui.job_board import JobBoard
from gui.shelf_facts import NOTHING, ShelfFacts

if TYPE_CHECKING:
    from core.project.edits import KeptEdit
    from core.project.index import Filter, Index, Picture
    from core.requests import Request

SETTLE_MILLISECONDS = 20_000  # after the last edit, until size and similarity are measured anew: sorting takes thought
KNOWN = 2000


class Shelf(QObject):
    """`facts` is what the index held when it was last read; the very same object until something changes."""

    changed = Signal()
    edited = Signal(object, object)  # ids and what is said of them: to be shown before it is written
    refused = Signal(object)  # why an edit was not written
    written = Signal()  # what the user said is stored; what follows from it is to be worked out
    settled = Signal()  # edits were written, and nothing new came for a while

    def __init__(self, board: JobBoard, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._board, self._undo = board, undo
        self._background = Background(self)
        self._project: Path | None = None
        self._known: dict[str, Picture] = {}
        self.facts: ShelfFacts = NOTHING
        self.seconds_to_read = 0.0
        self._writing = 0
        self._reading = self._read_again = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MILLISECONDS)
        self._settle.timeout.connect(self._rest)

    def fill(self, project: Path | None, facts: ShelfFacts = NOTHING) -> None:
        """Another project, or none."""
        self._project = project
        self._settle.stop()
        self._known.clear()
        self.facts = facts
        self.changed.emit()

    def reload(self) -> None:
        """Read the index again; if that is going on, once more when it is done."""
        project = self._project
        if project is None:
            return
        if self._reading:
            self._read_again = True
            return
        from gui.shelf_facts import read_facts

        self._reading = True
        began = time.monotonic()
        self._background.run(
            lambda: read_facts(project), lambda found: self._reloaded(project, found, began), self._lost
        )

    # Rows of the index, answered in the window's thread; nothing is answered once another project is open.

    def ids(self, wanted: "Filter", done: "Callable[[array[int]], object]") -> None:
        """The numbers of the pictures that pass, by path."""
        self._ask(lambda index: index.ids(wanted), done, array("q"))

    def rows(self, ids: Sequence[int], done: "Callable[[list[Picture]], object]") -> None:
        self._ask(lambda index: index.by_ids(ids), done, [])

    def twins(self, number: int, done: "Callable[[list[Picture]], object]") -> None:
        """The pictures of a group of twins."""
        self._ask(lambda index: index.twins(number), done, [])

    def twins_of(self, numbers: Sequence[int], done: "Callable[[list[list[Picture]]], object]") -> None:
        self._ask(lambda index: [index.twins(number) for number in numbers], done, [])

    def look_up(self, paths: Iterable[str], done: Callable[[], object] = lambda: None) -> None:
        """Make `at` know the pictures at these paths."""
        wanted = [path for path in paths if path not in self._known]
        if not wanted:
            return

        def found(pictures: "dict[str, Picture]") -> None:
            if len(self._known) > KNOWN:
                self._known.clear()
            self._known.update(pictures)
            if pictures:
                done()

        self._ask(lambda index: index.at(wanted), found, {})

    def at(self, path: str) -> "Picture | None":
        """The picture at a path relative to the data folder, if `look_up` has met it."""
        return self._known.get(path)

    def wait(self) -> None:
        """The window closes."""
        self._background.wait()

    # Edits: shown at once, stored by the worker, undone by their names.

    def exclude(self, pictures: "Sequence[Picture]", excluded: bool, text: str) -> None:
        """Leave pictures out, or take them in again."""
        self.edit([p.id for p in pictures if p.excluded != excluded], Change(excluded=excluded), text)

    def relabel(self, pictures: "Sequence[Picture]", label: str, text: str) -> None:
        """Move pictures to another class, which may be new (the files stay where they are)."""
        self.edit([p.id for p in pictures if p.label != label], Change(label=label), text)

    def edit(self, ids: Sequence[int], change: Change, text: str) -> None:
        """Say something about pictures; undoable."""
        from core.requests import Edit

        if not ids:
            return
        pictures = tuple(ids)
        self._push(
            text,
            lambda name, project: Edit(project=project, pictures=pictures, name=name, **change.asked()),
            lambda: self.edited.emit(frozenset(pictures), change),
        )

    def rename_class(self, old: str, new: str, text: str) -> None:
        """Another name for a class; that of another class makes the two one."""
        from core.requests import EditClass

        if new != old:
            self._push(text, lambda name, project: EditClass(project=project, label=old, new_label=new, name=name))

    def colour_class(self, label: str, colour: int, text: str) -> None:
        from core.requests import EditClass

        self._push(text, lambda name, project: EditClass(project=project, label=label, colour=colour, name=name))

    def make_class(self, label: str, text: str) -> None:
        from core.requests import EditClass

        self._push(text, lambda name, project: EditClass(project=project, label=label, name=name))

    def part_twins(self, pictures: "Iterable[Picture]", text: str) -> None:
        """They are not the same, however alike they look."""
        from core.requests import PartTwins

        ids = tuple(picture.id for picture in pictures)
        self._push(text, lambda name, project: PartTwins(project=project, pictures=ids, name=name))

    def remember(self, edits: "Iterable[KeptEdit]") -> None:
        """What was said in earlier sessions can be taken back too."""
        for edit in edits:
            self._undo.push(ShelfEdit(told(edit), edit.name, str(self._project), self._send))

    # Within.

    def _push(self, text: str, ask: "Callable[[str, str], Request]", show: Callable[[], object] = lambda: None) -> None:
        project = self._project
        if project is None:
            return
        name = uuid.uuid4().hex
        request = ask(name, str(project))
        self._undo.push(ShelfEdit(text, name, str(project), self._send, request, show))

    def _send(self, request: "Request") -> None:
        self._writing += 1
        self._board.start(request, self._written, self._not_written)

    def _written(self, value: Mapping[str, Any]) -> None:
        self._writing = max(0, self._writing - 1)
        if not self._writing:
            self.reload()
            self.written.emit()
        self.settle_soon()

    def _not_written(self, failed: Failed) -> None:
        """What the index says holds."""
        self._writing = max(0, self._writing - 1)
        self.reload()
        self.refused.emit(failed)

    def settle_soon(self) -> None:
        """What follows from the pictures is to be measured anew once nothing more changes for a while."""
        self._settle.start()

    def settle_now(self) -> None:
        """What waits to be measured anew waits no longer: the user has turned to something else."""
        if self._settle.isActive():
            self._settle.stop()
            self._rest()

    def _rest(self) -> None:
        if self._writing:
            self.settle_soon()
        else:
            self.settled.emit()

    def _reloaded(self, project: Path, found: ShelfFacts, began: float) -> None:
        self._reading = False
        self.seconds_to_read = time.monotonic() - began
        if project == self._project and not self._writing:
            self.facts = found
            self._known.clear()
            self.changed.emit()
        if self._read_again:
            self._read_again = False
            self.reload()

    def _lost(self, error: Exception) -> None:
        self._reading = False
        raise error

    def _ask(self, question: "Callable[[Index], Any]", done: Callable[[Any], object], nothing: Any) -> None:
        project = self._project
        if project is None:
            done(nothing)
            return
        from gui.shelf_facts import ask_index

        def answered(value: Any) -> None:
            if project == self._project and _is_alive(done):
                done(value)

        self._background.run(lambda: ask_index(project, question, nothing), answered)


def _is_alive(done: Callable[..., object]) -> bool:
    """Whether the widget that wants to know, where `done` is a method of one, is still there."""
    owner = getattr(getattr(done, "func", done), "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)
