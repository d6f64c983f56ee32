"""Draw seldom, measure always."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer


class Throttle(QObject):
    """Call it as often as you like: `function` runs at once, then at most every so many milliseconds.

    The arguments of the last call are never lost.
    """

    def __init__(self, milliseconds: int, function: Callable[..., object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._function = function
        self._waiting: tuple[Any, ...] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(self._due)

    def __call__(self, *arguments: Any) -> None:
        if self._timer.isActive():
            self._waiting = arguments
            return
        self._timer.start()
        self._function(*arguments)

    def _due(self) -> None:
        if self._waiting is not None:
            arguments, self._waiting = self._waiting, None
            self._timer.start()
            self._function(*arguments)
