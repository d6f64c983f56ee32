"""One process of the engine and the pipe to it: asked without waiting, heard a little at a time, ended for certain."""

import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal

from core.events import Event

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from core.engine.protocol import Do
    from core.requests import Role

DRAIN_SECONDS = 0.004  # one turn of the window's loop gives the pipe no more than this
WATCH_MILLISECONDS = 1000


class EngineProcess(QObject):
    """One engine process with its pipe. `jobs` holds what was asked of it and is not finished, by id; `begun` and
    `stopping` name some of these. `killed`: by us, for the sake of one job."""

    spoke = Signal(object, object)
    ended = Signal()
    _came = Signal()

    def __init__(self, role: "Role", target: Callable[..., None], with_threads: bool, parent: QObject) -> None:
        super().__init__(parent)
        import multiprocessing

        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # else two processes with torch spin against each other
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.role: Role = role
        self.jobs: dict[str, Do] = {}
        self.jobs_taken = 0
        self.begun: set[str] = set()
        self.stopping: set[str] = set()
        self.killed = False
        self._connection: Connection = ours
        self._process = context.Process(target=target, args=(role, theirs), name=f"graft-{role}", daemon=False)
        self._process.start()
        theirs.close()  # or the end of the child would never show as the end of the pipe
        self._waiting: deque[Event | None] = deque()
        self._ended = False
        self._outgoing: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name=f"to-{role}", daemon=True)
        self._writer.start()
        self._notifier: QSocketNotifier | None = None
        # What is left for the next turn waits for a timer: events posted to oneself are served before any timer is.
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._drain)
        self._came.connect(self._turn.start, Qt.ConnectionType.QueuedConnection)
        if with_threads:
            threading.Thread(target=self._read, name=f"from-{role}", daemon=True).start()
        else:
            self._notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._drain)
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MILLISECONDS)
        self._watch.timeout.connect(self._look)
        self._watch.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def has_edits(self) -> bool:
        """Whether something that the user said is not known to be stored."""
        return any(do.request.quick for do in self.jobs.values())

    def take(self, do: "Do") -> None:
        """One more job for it."""
        self.jobs[do.job] = do
        self.jobs_taken += 1
        self.send(do)

    def forget(self, job: str) -> None:
        """The job is over."""
        del self.jobs[job]
        self.begun.discard(job)
        self.stopping.discard(job)

    def send(self, message: object) -> None:
        """Never waits: a thread of its own writes, for a pipe may be full."""
        self._outgoing.put(message)

    def kill(self) -> None:
        self._process.kill()

    def ask_to_quit(self) -> None:
        from core.engine.protocol import Quit

        self._fall_silent()
        self.send(Quit())
        self._outgoing.put(None)

    def end(self, seconds: float) -> None:
        """Wait so long for the process to end by itself, then kill it, and tidy up."""
        self._fall_silent()
        self._process.join(seconds)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(2)
        self._outgoing.put(None)
        self._writer.join(2)
        self._connection.close()
        with contextlib.suppress(ValueError):  # killed, but on a busy machine it may take a while to go
            self._process.close()

    def _fall_silent(self) -> None:
        self._ended = True
        self._watch.stop()
        if self._notifier is not None:
            self._notifier.setEnabled(False)

    def _write(self) -> None:
        while (message := self._outgoing.get()) is not None:
            try:
                self._connection.send(message)
            except OSError:
                return  # the process is gone; whoever reads notices

    def _read(self) -> None:
        while True:
            try:
                self._take(self._connection.recv())
            except (EOFError, OSError, TypeError):
                self._take(None)
                return

    def _take(self, events: list[Event] | None) -> None:
        """Put what came in line; None is the end."""
        if events is None:
            self._waiting.append(None)
        else:
            self._waiting.extend(events)
        if self._notifier is None:
            self._came.emit()

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        while not self._ended:
            if time.monotonic() > deadline:
                if self._waiting:
                    self._turn.start()
                return
            if not self._waiting:
                if not self._fetch():
                    return
                continue
            event = self._waiting.popleft()
            if event is None:
                self._over()
                return
            self.spoke.emit(self, event)

    def _fetch(self) -> bool:
        """Read one message from the pipe if there is one."""
        if self._notifier is None:
            return False
        try:
            if not self._connection.poll(0):
                return False
            self._take(self._connection.recv())
        except (EOFError, OSError):
            self._waiting.append(None)
        return True

    def _look(self) -> None:
        """The end of the pipe tells of most deaths; this notices the rest."""
        if not self._process.is_alive() and not self._waiting and not self._fetch():
            self._over()

    def _over(self) -> None:
        if not self._ended:
            self._fall_silent()
            self.ended.emit()
