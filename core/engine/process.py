"""The main function of the engine's processes, the worker, the trainer and the helper: one job after another, until
told to quit. Quick jobs, such as edits, have a thread of their own: they are done while a folder is still being read.
"""

import importlib
import logging
import logging.handlers
import os
import queue
import signal
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from multiprocessing.connection import Connection

from core.engine.protocol import Cancel, Do, Message, Quit, SteerJob
from core.errors import Cancelled
from core.events import Event, Failed, Reporter, Result, Started, Steer, Stopped
from core.project import places
from core.requests import Role

LAST_WORDS_SECONDS = 10.0  # how long a job may take to reach a safe point once the window is gone
NICE: Mapping[Role, int] = {"worker": 5, "trainer": 10, "helper": 10}
"""All give way to the window, and the others to the worker: the window then draws in time on a busy machine."""
AT_HAND: Mapping[Role, str] = {"worker": "core.jobs.scan"}
"""Imported before anything is asked: a window that was just opened is mostly asked for a folder."""
log = logging.getLogger(__name__)


def main(role: Role, connection: Connection) -> None:
    """Serve one window through `connection` until it says Quit or goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the window's business
    if hasattr(os, "nice"):
        os.nice(NICE[role])
    _log_to_file(role)
    inbox = Inbox(connection)
    outbox = Outbox(connection)
    quick = threading.Thread(target=_serve, args=(inbox.quick, inbox, outbox), name="quick", daemon=True)
    quick.start()
    if role in AT_HAND:
        importlib.import_module(AT_HAND[role])
    _serve(inbox.jobs, inbox, outbox)
    quick.join(LAST_WORDS_SECONDS)
    outbox.close()


def _serve(jobs: "queue.SimpleQueue[Do | None]", inbox: "Inbox", outbox: "Outbox") -> None:
    while (task := jobs.get()) is not None:
        _work(task, inbox, outbox)
        outbox.flush()


class Inbox:
    """Reads the pipe in a thread of its own, so that a cancel or a wish arrives while a job runs. `jobs` and `quick`
    are what is to be done; None is the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.jobs: queue.SimpleQueue[Do | None] = queue.SimpleQueue()
        self.quick: queue.SimpleQueue[Do | None] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._wishes: defaultdict[str, deque[Steer]] = defaultdict(deque)
        self._ending = False
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def cancelled(self, job: str) -> bool:
        return self._ending or job in self._cancelled

    def wishes(self, job: str) -> tuple[Steer, ...]:
        waiting = self._wishes[job]
        return tuple(waiting.popleft() for _ in range(len(waiting)))

    def _read(self) -> None:
        while True:
            try:
                message: Message = self._connection.recv()
            except (EOFError, OSError):
                message = Quit()
            match message:
                case Do():
                    (self.quick if message.request.quick else self.jobs).put(message)
                case Cancel(job):
                    self._cancelled.add(job)
                case SteerJob(job, steer):
                    self._wishes[job].append(steer)
                case Quit():
                    self._ending = True
                    self.jobs.put(None)
                    self.quick.put(None)
                    time.sleep(LAST_WORDS_SECONDS)
                    os._exit(0)  # a job that never reaches a safe point must not outlive the window


class Outbox:
    """Sends events in lists, at most every few milliseconds, so that a burst costs the window little."""

    SECONDS = 0.005

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[Event] = []
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._sender = threading.Thread(target=self._send_now_and_then, name="outbox", daemon=True)
        self._sender.start()

    def put(self, event: Event) -> None:
        with self._lock:
            self._waiting.append(event)
        self._wanted.set()

    def flush(self) -> None:
        with self._lock:
            events, self._waiting = self._waiting, []
            if not events:
                return
            try:
                self._connection.send(events)
            except OSError:
                log.info("the window is gone; %d events were not delivered", len(events))

    def close(self) -> None:
        self.flush()
        self._connection.close()

    def _send_now_and_then(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            self.flush()
            time.sleep(self.SECONDS)


def _work(task: Do, inbox: Inbox, outbox: Outbox) -> None:
    from core.jobs import failure_of, run  # only now: the process is up before the jobs are read

    job = task.job
    reporter = Reporter(job, outbox.put, lambda: inbox.cancelled(job), lambda: inbox.wishes(job), attended=True)
    try:
        if not task.request.quick:  # what the user said is stored, even if the window closes meanwhile
            reporter.check_cancelled()
        reporter.emit(Started, kind=type(task.request).__name__.lower())
        reporter.emit(Result, value=run(task.request, reporter))
    except Cancelled:
        reporter.emit(Stopped)
    except Exception as error:
        failure = failure_of(error)
        if failure.code == "BUG":
            log.exception("job %s failed: %r", job, task.request)
        reporter.emit(Failed, code=failure.code, params=failure.params, message=failure.message, hint=failure.hint)


def _log_to_file(role: Role) -> None:
    folder = places.log_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(folder / f"{role}.log", maxBytes=1_000_000, backupCount=2)
    except OSError:
        return  # a full or read-only disk must not keep the engine from starting
    logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
