"""The reporter: every event counted, progress that neither floods nor guesses, cancelling at safe points."""

import pytest

from core import events
from core.errors import Cancelled
from core.events import Event, Failed, Found, Progress, Reporter, Result, Steered, as_json


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


def test_progress_is_thinned_and_time_left_counts_only_what_was_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, heard = Clock(), list[Event]()
    monkeypatch.setattr(events, "time", clock)
    reporter = Reporter("job", heard.append)
    for done in range(500, 1001):  # resumed at the half
        reporter.progress("train", done, 1000)
        clock.now += 0.01
    told = [event for event in heard if isinstance(event, Progress)]
    assert 60 < len(told) < 110
    assert (told[0].done, told[0].seconds_left) == (500, None)
    middle = next(event for event in told if event.done >= 750)
    assert middle.seconds_left == pytest.approx((1000 - middle.done) * 0.01, rel=0.05)
    assert told[-1].done == 1000
    assert [event.count for event in heard] == list(range(len(heard)))


@pytest.mark.parametrize("ends", ["go_on", "stop"])
def test_a_pause_counts_neither_as_work_nor_towards_the_time_left(monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    clock, heard = Clock(), list[Event]()
    monkeypatch.setattr(events, "time", clock)
    reporter = Reporter("job", heard.append)
    began = reporter.clock()
    for done in range(101):
        if done == 50:
            reporter.emit(Steered, step=50, action="pause", value=None)
            clock.now += 3600
            reporter.emit(Steered, step=50, action="decay", value=0.1)
            assert reporter.clock() - began == pytest.approx(5)
            reporter.emit(Steered, step=50, action=ends, value=None)
        reporter.progress("train", done, 100)
        clock.now += 0.1
    left = {event.done: event.seconds_left for event in heard if isinstance(event, Progress)}
    assert left[60] == pytest.approx(4.0, rel=0.05)
    assert reporter.clock() - began == pytest.approx(10.1)


def test_cancel_is_met_at_the_next_report() -> None:
    wish = {"cancel": False}
    reporter = Reporter("job", lambda event: None, lambda: wish["cancel"])
    reporter.progress("scan", 1, 10)
    wish["cancel"] = True
    with pytest.raises(Cancelled):
        reporter.progress("scan", 2, 10)


def test_json_puts_fields_where_scripts_look() -> None:
    heard: list[Event] = []
    reporter = Reporter("job", heard.append)
    reporter.emit(Result, value={"images": 3})
    reporter.found("TRUNCATED", "a.jpg")
    reporter.emit(Failed, code="BUG", params={}, message="m", hint="h")
    result, found, failed = map(as_json, heard)
    assert (result["event"], result["images"]) == ("result", 3)
    assert (found["event"], found["code"], found["path"]) == ("found", "TRUNCATED", "a.jpg")
    assert found["hint"]
    assert (failed["event"], failed["code"], failed["message"], failed["hint"]) == ("error", "BUG", "m", "h")
    assert isinstance(heard[1], Found)
