"""A real engine process, spoken to through its pipe as the window does."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from core import requests
from core.engine import process
from core.engine.protocol import Cancel, Do, Quit
from core.events import Event, Failed, Result, Started, Stopped
from core.project.index import Index
from core.recipe import Data, Recipe

Engine = tuple[BaseProcess, Connection]


@pytest.fixture
def engine() -> Iterator[Engine]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=process.main, args=("worker", theirs))
    child.start()
    theirs.close()
    yield child, ours
    ours.close()
    child.join(20)
    assert child.exitcode is not None, "the engine outlived its window"


def _until_end(connection: Connection, job: str) -> list[Event]:
    heard: list[Event] = []
    while connection.poll(60):
        heard += [event for event in connection.recv() if event.job == job]
        if heard and isinstance(heard[-1], (Result, Failed, Stopped)):
            return heard
    raise TimeoutError(job)


def test_answers_in_order_and_ends_when_the_window_does(engine: Engine) -> None:
    child, connection = engine
    connection.send(Do("a", requests.ListBackbones()))
    heard = _until_end(connection, "a")
    assert isinstance(heard[0], Started)
    assert [event.count for event in heard] == list(range(len(heard)))
    result = heard[-1]
    assert isinstance(result, Result)
    assert len(result.value["backbones"]) >= 12
    connection.send(Quit())
    child.join(5)
    assert child.exitcode == 0


def test_a_user_error_comes_back_as_code_and_hint_and_the_engine_goes_on(engine: Engine, tmp_path: Path) -> None:
    _, connection = engine
    recipe = Recipe(data=Data(folder=str(tmp_path / "nowhere")))
    connection.send(Do("a", requests.Scan(project=str(tmp_path / "project"), recipe=recipe)))
    failed = _until_end(connection, "a")[-1]
    assert isinstance(failed, Failed)
    assert failed.code == "NO_SUCH_FOLDER"
    assert failed.hint
    connection.send(Do("b", requests.ListBackbones()))
    assert isinstance(_until_end(connection, "b")[-1], Result)


def test_a_job_cancelled_while_it_waits_never_begins(engine: Engine) -> None:
    _, connection = engine
    connection.send(Cancel("b"))
    connection.send(Do("b", requests.ListBackbones()))
    assert [type(event) for event in _until_end(connection, "b")] == [Stopped]


def test_death_is_seen_at_once(engine: Engine) -> None:
    child, connection = engine
    connection.send(Do("a", requests.ListBackbones()))
    _until_end(connection, "a")
    assert child.pid is not None
    began = time.monotonic()
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(EOFError):
        connection.recv()
    assert time.monotonic() - began < 2


def test_what_the_user_said_is_stored_even_if_the_window_closes_at_once(engine: Engine, tmp_path: Path) -> None:
    child, connection = engine
    names = [f"class {number}" for number in range(40)]
    for name in names:
        connection.send(Do(name, requests.EditClass(project=str(tmp_path), label=name, name=name)))
    connection.send(Quit())
    child.join(20)
    with Index.open(tmp_path, read_only=True) as index:
        assert [edit.name for edit in index.kept_edits()] == names
