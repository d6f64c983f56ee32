"""Main functions of engine processes that behave as a test wants: the same pipe, the same messages, no torch."""

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

from core.engine.protocol import Cancel, Do, Quit, SteerJob
from core.events import Progress, Result, Started, Steered, Stopped
from core.requests import EditClass, Predict


def progress(job: str, step: int) -> Progress:
    return Progress(job=job, count=step, stage="x", done=step, total=10_000, seconds_left=None)


def obedient(role: str, connection: Connection) -> None:
    """Answers `ListBackbones` with `backbones` []; a `Predict` does what its model's name says:

    `burst` 10,000 events, `wait` until cancelled or steered, `deaf` never listens, `die` kills the process.
    `EditClass` takes its time to make the file that it names as its project.
    """
    waiting = ""
    while True:
        message = connection.recv()
        match message:
            case Do(job, Predict(model=model)):
                connection.send([Started(job=job, count=0, kind="predict")])
                if model == "burst":
                    for start in range(1, 10_001, 50):
                        steps = range(start, start + 50)
                        connection.send([progress(job, step) for step in steps])
                    connection.send([Result(job=job, count=10_001, value={})])
                elif model == "wait":
                    waiting = job
                elif model == "deaf":
                    time.sleep(600)
                elif model == "die":
                    os.kill(os.getpid(), signal.SIGKILL)
                else:
                    environment = os.environ.get("OMP_WAIT_POLICY", "")
                    connection.send([Result(job=job, count=1, value={"role": role, "omp": environment})])
            case Do(job, EditClass(project=file)):
                time.sleep(1.5)
                Path(file).touch()
            case Do(job, request):
                connection.send([Started(job=job, count=0, kind=type(request).__name__.lower())])
                connection.send([Result(job=job, count=1, value={"backbones": []})])
            case Cancel(job) if job == waiting:
                connection.send([Stopped(job=job, count=1)])
            case SteerJob(job, steer) if job == waiting:
                connection.send([Steered(job=job, count=1, step=7, action=steer.action, value=steer.value)])
            case Quit():
                return
