"""Short work off the window's thread: reading the index, loading thumbnails. Long work belongs to the engine."""

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

log = logging.getLogger(__name__)


class _Answer(QObject):
    came = Signal(object, object)


class _Task(QRunnable):
    def __init__(self, function: Callable[[], Any], answer: _Answer) -> None:
        super().__init__()
        self._function, self._answer = function, answer

    def run(self) -> None:
        value: object = None
        problem: object = None
        try:
            value = self._function()
        except Exception as error:
            problem = error
        try:
            self._answer.came.emit(value, problem)
        except RuntimeError:  # the window closed while we worked
            log.debug("nobody waits for this answer any more")


class Background(QObject):
    """Runs functions one after another in a thread; the answers come back in the window's thread."""

    def __init__(self, parent: QObject | None = None, threads: int = 1) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._answers: set[_Answer] = set()

    def run(
        self,
        function: Callable[[], Any],
        done: Callable[[Any], object] = lambda value: None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """`done(value)` or `failed(error)` follows; without `failed` an error is raised in the window's thread."""
        answer = _Answer(self)
        self._answers.add(answer)

        def came(value: object, problem: object) -> None:
            self._answers.discard(answer)
            answer.deleteLater()
            if not isinstance(problem, Exception):
                done(value)
            elif failed is not None:
                failed(problem)
            else:
                raise problem

        answer.came.connect(came)
        self._pool.start(_Task(function, answer))

    def wait(self, milliseconds: int = 2000) -> bool:
        """Wait for what runs, and forget what has not begun."""
        self._pool.clear()
        return self._pool.waitForDone(milliseconds)
