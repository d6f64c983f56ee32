"""Python's cycle collector, kept to the window's thread.

It may run in whichever thread allocates, and a QObject that it destroys in another thread than its own takes the
process along. So it is switched off, and a timer of the window does its work.
"""

import gc

from PySide6.QtCore import QObject, QTimer

MILLISECONDS = 1000
THRESHOLD = 1000  # objects made since the last time; fewer are not worth the walk


class GarbageCollector(QObject):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(MILLISECONDS)
        self._timer.timeout.connect(self._collect)
        self._turns = 0

    def start(self) -> None:
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.enable()

    def _collect(self) -> None:
        """The young every second if there are many; all of them once a minute."""
        self._turns += 1
        if self._turns % 60 == 0:
            gc.collect()
        elif gc.get_count()[0] > THRESHOLD:
            gc.collect(1)
