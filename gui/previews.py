"""Examples of augmentation, asked for as fast as they come: one question at a time, always about the latest choices.

Where the machine is too busy to answer all rows at once, fewer are drawn while a slider moves, and the rest once it
rests.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from core.events import Failed
    from core.requests import Preview
    from gui.job_board import Job
    from gui.session import Session

BUDGET = 0.050  # seconds for an answer while a slider moves: with drawing it stays below a tenth of a second
REMEMBERED = 6  # answers: the slowest of them but one tells how many rows the next one may have
REST = 150  # milliseconds after the last change, until the rows that were left out follow


class Previews(QObject):
    """`want(rows, make)` as often as anything changes; `came(answer, whole)` follows for the latest that was wanted."""

    came = Signal(object, bool)
    failed = Signal(object)

    def __init__(self, session: "Session", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._make: Callable[[int], Preview] | None = None
        self._rows = self._most = 0
        self._row_costs: deque[float] = deque(maxlen=REMEMBERED)  # seconds
        self._job: Job | None = None
        self._stale = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(lambda: self._ask(self._most))

    def want(self, rows: int, make: "Callable[[int], Preview]") -> None:
        """`make(n)` gives the request for the first n rows."""
        self._make, self._most = make, rows
        self._rows = min(self._rows or rows, rows)
        self._stale = True
        job = self._running()
        if job is not None and not job.begun:  # it waits behind other work: the latest goes in its place
            self._session.cancel(job)
            self._job = None
        self._ask(self._rows)

    def _ask(self, rows: int) -> None:
        if self._make is None:
            return
        if self._running() is not None:
            self._stale = True
            return
        self._stale = False
        self._rest.stop()
        asked = time.monotonic()
        self._job = self._session.start(
            self._make(rows), lambda value: self._answered(value, rows, time.monotonic() - asked), self._refused
        )

    def _running(self) -> "Job | None":
        """The question that is on its way; None also where the project was put away meanwhile."""
        return self._job if self._job in self._session.jobs else None

    def _answered(self, value: Mapping[str, Any], rows: int, seconds: float) -> None:
        self._job = None
        self._row_costs.append(max(seconds, 1e-3) / rows)
        cost = sorted(self._row_costs)[-2:][0]  # but one, for the first of all waits for an import
        self._rows = max(1, min(self._most, int(BUDGET / cost)))
        self.came.emit(value, rows >= self._most)
        if self._stale:
            self._ask(self._rows)
        elif rows < self._most:
            self._rest.start()

    def _refused(self, event: "Failed") -> None:
        self._job = None
        self.failed.emit(event)

    def again(self) -> None:
        """Ask once more after a failure."""
        self._ask(self._most)
