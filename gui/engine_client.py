"""The window's side of the engine: processes that are started when needed, listened to, and outlived.

A process that dies takes nothing along: its jobs end as Failed(ENGINE_DIED) and the next request starts a new one. One
that had to be killed since a job would not stop is replaced at once, and what had waited behind that job goes on there.
"""

import itertools
import logging
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import FAULTS
from core.events import Event, Failed, Result, Started, Steer, Stopped
from gui.engine_process import EngineProcess

if TYPE_CHECKING:
    from core.requests import Request, Role

GRACE_SECONDS = 3.0  # from asking a job to stop until its process is killed
KEEPING_GRACE_SECONDS = 8.0  # of one that writes where it stands: on a slow disk, after a long step
LAST_GRACE_SECONDS = 2.0
EDITS_GRACE_SECONDS = 10.0  # what was said of a hundred thousand pictures takes seconds to store
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
        self._processes: dict[str, EngineProcess] = {}
        self._numbers = itertools.count(1)

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
            seconds = KEEPING_GRACE_SECONDS if process.jobs[job].request.keeps else GRACE_SECONDS
            QTimer.singleShot(round(seconds * 1000), self, lambda: self._kill_if_deaf(process, job))
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
        """Tell the processes to end, wait a little, or until edits are stored, then kill. Safe to call twice."""
        processes, self._processes = list(self._processes.values()), {}
        for process in processes:
            process.ask_to_quit()
        began = time.monotonic()
        for process in processes:
            patience = EDITS_GRACE_SECONDS if process.has_edits else seconds
            process.end(max(0.05, began + patience - time.monotonic()))

    def _running(self, role: "Role") -> EngineProcess:
        standing = self._processes.get(role)
        if standing is None:
            standing = EngineProcess(role, self._entry(), self._with_threads, self)
            standing.spoke.connect(self._hear)
            standing.ended.connect(lambda: self._bury(standing))
            self._processes[role] = standing
        return standing

    def _entry(self) -> Callable[..., None]:
        if self._target is not None:
            return self._target
        from core.engine.process import main

        return main

    def _process_of(self, job: str) -> EngineProcess | None:
        return next((process for process in self._processes.values() if job in process.jobs), None)

    def _hear(self, process: EngineProcess, event: Event) -> None:
        if event.job not in process.jobs:
            return  # a job that was cancelled before it began
        if isinstance(event, Started):
            process.begun.add(event.job)
        elif isinstance(event, ENDS):
            process.forget(event.job)
            self._rest_later(process)
        self.received.emit(event)

    def _rest_later(self, process: EngineProcess) -> None:
        seconds = IDLE_SECONDS.get(process.role)
        if seconds is not None and not process.jobs:
            finished = process.jobs_taken
            QTimer.singleShot(round(seconds * 1000), self, lambda: self._end_if_idle(process, finished))

    def _end_if_idle(self, process: EngineProcess, finished: int) -> None:
        """End it unless something came in between."""
        if self._processes.get(process.role) is process and process.jobs_taken == finished:
            del self._processes[process.role]
            process.ask_to_quit()
            process.end(0.05)

    def _kill_if_deaf(self, process: EngineProcess, job: str) -> None:
        if job in process.jobs and self._processes.get(process.role) is process:
            log.warning("%s does not stop %s: killed", process.role, job)
            process.kill()
            process.killed = True

    def _bury(self, process: EngineProcess) -> None:
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
