"""Short work off the window's thread: reading the index, loading thumbnails. Long work belongs to the engine."""

import itertools
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal

Done = Callable[[Any], object]
Failed = Callable[[Exception], object]


class Background(QObject):
    """Runs functions one after another in a thread; the answers come back in the window's thread."""

    _came = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None, threads: int = 1) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._waiting: dict[int, tuple[Done, Failed | None]] = {}
        self._numbers = itertools.count()
        self._came.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def run(self, function: Callable[[], Any], done: Done = lambda value: None, failed: Failed | None = None) -> None:
        """`done(value)` or `failed(error)` follows; without `failed` an error is raised in the window's thread."""
        number = next(self._numbers)
        self._waiting[number] = (done, failed)
        self._pool.start(_Task(self, number, function))

    def wait(self, milliseconds: int = 2000) -> bool:
        """Wait for what runs; what has not begun still runs, but its answers are no longer heard."""
        self._waiting.clear()
        return self._pool.waitForDone(milliseconds)

    def tell(self, number: int, value: object, problem: object) -> None:
        """Called in the thread of the pool."""
        self._came.emit(number, value, problem)

    def _answer(self, number: int, value: object, problem: object) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is None:
            return
        done, failed = waiting
        if not isinstance(problem, Exception):
            done(value)
        elif failed is not None:
            failed(problem)
        else:
            raise problem


class _Task(QRunnable):
    def __init__(self, background: Background, number: int, function: Callable[[], Any]) -> None:
        super().__init__()
        self._background, self._number, self._function = background, number, function

    def run(self) -> None:
        value: object = None
        problem: object = None
        try:
            value = self._function()
        except Exception as error:
            problem = error
        try:
            self._background.tell(self._number, value, problem)
        except RuntimeError:
            return  # the window closed while we worked
