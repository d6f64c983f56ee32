"""The window's side of the engine: processes that are started when needed, listened to, and outlived.

A process that dies takes nothing along: its jobs end as Failed(ENGINE_DIED) and the next request starts a new one. One
that had to be killed since a job would not stop is replaced at once, and what had waited behind that job goes on there.
"""

import contextlib
import itertools
import logging
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal

from core.errors import FAULTS
from core.events import Event, Failed, Result, Started, Steer, Stopped

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from core.engine.protocol import Do
    from core.requests import Request, Role

DRAIN_SECONDS = 0.004  # one turn of the window's loop gives the pipe no more than this
GRACE_SECONDS = 3.0  # from asking a job to stop until its process is killed
LAST_GRACE_SECONDS = 2.0
WATCH_MILLISECONDS = 1000
# Processes that end when they have had nothing to do for so long: what they hold in memory is seldom needed.
IDLE_SECONDS = {"helper": 30.0}
ENDS = (Result, Failed, Stopped)
log = logging.getLogger(__name__)


class EngineClient(QObject):
    """Sends requests, emits every event of the answer as `received`, in order, in the window's thread."""

    received = Signal(object)
    process_died = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        target: Callable[..., None] | None = None,
        with_threads: bool = os.name == "nt",
    ) -> None:
        """`target` is the main function of the processes; `with_threads` reads pipes that cannot be watched."""
        super().__init__(parent)
        self._target = target
        self._with_threads = with_threads
        self._processes: dict[str, _Process] = {}
        self._numbers = itertools.count(1)
        self._closed = False

    def submit(self, request: "Request") -> str:
        """Queue a job in the process that does such things; its id comes back at once."""
        from core.engine.protocol import Do

        job = f"{type(request).__name__.lower()}-{next(self._numbers)}"
        self._running(request.role).take(Do(job, request))
        return job

    def cancel(self, job: str) -> None:
        """Ask the job to stop; one that waits is gone at once, one that does not listen is killed after a while."""
        from core.engine.protocol import Cancel

        process = self._process_of(job)
        if process is None:
            return
        process.send(Cancel(job))
        if job in process.begun:
            process.stopping.add(job)
            QTimer.singleShot(round(GRACE_SECONDS * 1000), self, lambda: self._kill_if_deaf(process, job))
        else:
            del process.jobs[job]
            self.received.emit(Stopped(job=job, count=0))

    def steer(self, job: str, steer: Steer) -> None:
        from core.engine.protocol import SteerJob

        process = self._process_of(job)
        if process is not None:
            process.send(SteerJob(job, steer))

    def warm_up(self, role: "Role") -> None:
        """Start the process before it is needed."""
        self._running(role)

    def process_ids(self) -> dict[str, int]:
        return {role: process.pid for role, process in self._processes.items()}

    def close(self, seconds: float = LAST_GRACE_SECONDS) -> None:
        """Tell both processes to end, wait a little, then kill. Safe to call twice."""
        self._closed = True
        processes, self._processes = list(self._processes.values()), {}
        for process in processes:
            process.ask_to_quit()
        deadline = time.monotonic() + seconds
        for process in processes:
            process.end(max(0.05, deadline - time.monotonic()))

    def _running(self, role: "Role") -> "_Process":
        standing = self._processes.get(role)
        if standing is None:
            standing = _Process(role, self._entry(), self._with_threads, self)
            standing.spoke.connect(self._hear)
            standing.ended.connect(lambda: self._bury(standing))
            self._processes[role] = standing
        return standing

    def _entry(self) -> Callable[..., None]:
        if self._target is not None:
            return self._target
        from core.engine.process import main

        return main

    def _process_of(self, job: str) -> "_Process | None":
        return next((process for process in self._processes.values() if job in process.jobs), None)

    def _hear(self, process: "_Process", event: Event) -> None:
        if event.job not in process.jobs:
            return  # a job that was cancelled before it began
        if isinstance(event, Started):
            process.begun.add(event.job)
        elif isinstance(event, ENDS):
            process.forget(event.job)
            self._rest_later(process)
        self.received.emit(event)

    def _rest_later(self, process: "_Process") -> None:
        seconds = IDLE_SECONDS.get(process.role)
        if seconds is not None and not process.jobs:
            finished = process.jobs_taken
            QTimer.singleShot(round(seconds * 1000), self, lambda: self._end_if_idle(process, finished))

    def _end_if_idle(self, process: "_Process", finished: int) -> None:
        """End it unless something came in between."""
        if self._processes.get(process.role) is process and process.jobs_taken == finished:
            del self._processes[process.role]
            process.ask_to_quit()
            process.end(0.05)

    def _kill_if_deaf(self, process: "_Process", job: str) -> None:
        if job in process.jobs and process.alive:
            log.warning("%s does not stop %s: killed", process.role, job)
            process.kill()
            process.killed = True

    def _bury(self, process: "_Process") -> None:
        if self._processes.get(process.role) is not process:
            return
        del self._processes[process.role]
        waiting = [do for job, do in process.jobs.items() if process.killed and job not in process.begun]
        lost, stopping = process.jobs.keys() - {do.job for do in waiting}, set(process.stopping)
        process.end(0.5)
        log.warning("the %s ended with %d job(s), of which %d wait", process.role, len(process.jobs), len(waiting))
        for do in waiting:
            self._running(process.role).take(do)
        for job in sorted(lost):
            self.received.emit(Stopped(job=job, count=-1) if job in stopping else _died(job))
        self.process_died.emit(process.role)


def _died(job: str) -> Failed:
    fault = FAULTS["ENGINE_DIED"]
    return Failed(job=job, count=-1, code="ENGINE_DIED", params={}, message=fault.message, hint=fault.hint)


class _Process(QObject):
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
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

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
