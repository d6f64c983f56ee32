"""The window's side of the engine against real processes with a made-up main function."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer

from core.events import Event, Failed, Progress, Result, Started, Steer, Steered, Stopped
from core.requests import EditClass, ListBackbones, Predict
from gui import engine_client
from gui.engine_client import EngineClient
from tests.gui import fake_engine


@pytest.fixture(params=[False, True], ids=["notifier", "reader thread"])
def client(request: pytest.FixtureRequest, qtbot: Any) -> Iterator[EngineClient]:
    made = EngineClient(target=fake_engine.obedient, with_threads=request.param)
    yield made
    made.close()
    assert not made.process_ids()


@pytest.fixture
def heard(client: EngineClient) -> list[Event]:
    events: list[Event] = []
    client.received.connect(events.append)
    return events


def asked(model: str) -> Predict:
    return Predict(model=model, paths=())


def ended(heard: list[Event], job: str) -> Callable[[], bool]:
    return lambda: any(event.job == job and isinstance(event, (Result, Failed, Stopped)) for event in heard)


def test_an_answer_comes_back_in_order_and_the_environment_is_set(
    client: EngineClient, heard: list[Event], qtbot: Any
) -> None:
    job = client.submit(asked("plain"))
    qtbot.waitUntil(ended(heard, job), timeout=20_000)
    assert [type(event) for event in heard] == [Started, Result]
    result = heard[-1]
    assert isinstance(result, Result)
    assert result.value == {"role": "worker", "omp": "PASSIVE"}


def test_a_burst_of_events_is_whole_and_leaves_the_window_responsive(
    client: EngineClient, heard: list[Event], qtbot: Any
) -> None:
    client.submit(asked("plain"))
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=20_000)
    gaps: list[float] = []
    last = [time.monotonic()]

    def tick() -> None:
        now = time.monotonic()
        gaps.append(now - last[0])
        last[0] = now

    def work(event: Event) -> None:
        """As much as a page does with an event: the burst takes a second, whatever the machine."""
        until = time.monotonic() + 1e-4
        while time.monotonic() < until:
            pass

    client.received.connect(work)
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(tick)
    timer.start()
    job = client.submit(asked("burst"))
    qtbot.waitUntil(ended(heard, job), timeout=30_000)
    timer.stop()
    steps = [event.done for event in heard if isinstance(event, Progress)]
    assert steps == list(range(1, 10_001))
    median = sorted(gaps)[len(gaps) // 2]
    assert median < 0.05, f"median gap between 5 ms ticks: {median:.3f} s"


def test_cancel_is_asked_and_steering_arrives(client: EngineClient, heard: list[Event], qtbot: Any) -> None:
    job = client.submit(asked("wait"))
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=20_000)
    client.steer(job, Steer("set_rate", 0.01))
    qtbot.waitUntil(lambda: any(isinstance(event, Steered) for event in heard), timeout=5000)
    client.cancel(job)
    qtbot.waitUntil(ended(heard, job), timeout=5000)
    assert isinstance(heard[-1], Stopped)


def test_a_deaf_job_is_killed_and_the_next_one_starts_a_new_process(
    client: EngineClient, heard: list[Event], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_client, "GRACE_SECONDS", 0.3)
    job = client.submit(asked("deaf"))
    waiting = client.submit(ListBackbones())
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=20_000)
    before = client.process_ids()["worker"]
    client.cancel(waiting)
    assert isinstance(heard[-1], Stopped), "a job that waits is gone at once"
    assert heard[-1].job == waiting
    client.cancel(job)
    qtbot.waitUntil(ended(heard, job), timeout=5000)
    assert isinstance(heard[-1], Stopped), "the user asked for it, so it is no failure"
    again = client.submit(asked("plain"))
    qtbot.waitUntil(ended(heard, again), timeout=20_000)
    assert client.process_ids()["worker"] != before


def test_what_waits_behind_a_deaf_job_is_done_all_the_same(
    client: EngineClient, heard: list[Event], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training that is asked for while the pictures are still being measured: measuring makes room, or is killed."""
    monkeypatch.setattr(engine_client, "GRACE_SECONDS", 0.3)
    job = client.submit(asked("deaf"))
    waiting = client.submit(asked("plain"))
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=30_000)
    client.cancel(job)
    qtbot.waitUntil(ended(heard, waiting), timeout=30_000)
    assert [type(event) for event in heard if event.job == waiting] == [Started, Result]
    assert [type(event) for event in heard if event.job == job] == [Started, Stopped]


def test_death_is_noticed_within_two_seconds_and_fails_every_job_of_the_process(
    client: EngineClient, heard: list[Event], qtbot: Any
) -> None:
    died: list[str] = []
    client.process_died.connect(died.append)
    job = client.submit(asked("wait"))
    queued = client.submit(ListBackbones())
    qtbot.waitUntil(lambda: len(heard) >= 1, timeout=20_000)
    heard.clear()
    os.kill(client.process_ids()["worker"], signal.SIGKILL)
    began = time.monotonic()
    qtbot.waitUntil(lambda: died == ["worker"], timeout=2000)
    assert time.monotonic() - began < 2
    failures = [event for event in heard if isinstance(event, Failed)]
    assert {event.job for event in failures} <= {job, queued}
    assert job in {event.job for event in failures}
    assert {event.code for event in failures} == {"ENGINE_DIED"}
    after = client.submit(asked("plain"))
    qtbot.waitUntil(ended(heard, after), timeout=20_000)
    assert isinstance(heard[-1], Result)


def test_a_job_that_kills_its_process_takes_nothing_else_along(
    client: EngineClient, heard: list[Event], qtbot: Any
) -> None:
    job = client.submit(asked("die"))
    qtbot.waitUntil(ended(heard, job), timeout=20_000)
    assert isinstance(heard[-1], Failed)
    assert heard[-1].code == "ENGINE_DIED"


def test_closing_ends_processes_that_do_not_listen(qtbot: Any) -> None:
    client = EngineClient(target=fake_engine.obedient)
    heard: list[Event] = []
    client.received.connect(heard.append)
    client.submit(asked("deaf"))
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=20_000)
    process = client.process_ids()["worker"]
    began = time.monotonic()
    client.close(0.3)
    assert time.monotonic() - began < 3
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_closing_waits_until_edits_are_stored(
    client: EngineClient, heard: list[Event], qtbot: Any, tmp_path: Path
) -> None:
    job = client.submit(asked("plain"))
    qtbot.waitUntil(ended(heard, job), timeout=30_000)
    client.submit(EditClass(project=str(tmp_path / "stored"), label="ants"))
    client.close(0.1)
    assert (tmp_path / "stored").exists()


def test_what_writes_where_it_stands_is_given_time_for_it(
    client: EngineClient, heard: list[Event], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_client, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr(Predict, "keeps", True)
    job = client.submit(asked("deaf"))
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=30_000)
    client.cancel(job)
    qtbot.wait(1000)
    assert not ended(heard, job)()
