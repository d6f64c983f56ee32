"""Says what the curve of a training says, each time that this changes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from core.events import Advice, Epoch, Event, Reporter, Steered, as_json
from core.training.curve import Point, Setting, point_of, read

CHANGES_COURSE = ("decay", "set_rate", "unfreeze", "recover")
POINTS, MOVED = ("gap", "val", "train"), 3  # figures in percent: so far away from what was said they are said anew
LAST_WORD = "DIVERGED"  # said by the loop; nothing that the curve says matters beside it


class Adviser:
    """Hears the events of a training (`reporter.heard_by(adviser.hear)`) and answers with `Advice`."""

    def __init__(self, reporter: Reporter, setting: Setting, before: Iterable[Mapping[str, Any]] = ()) -> None:
        """`before` holds the events of a run that goes on, as JSON objects."""
        self._reporter = reporter
        self._setting = setting
        self._points: list[Point] = []
        self._last = ""
        self._params: Mapping[str, Any] = {}
        for event in before:
            self._take(event)

    def hear(self, event: Event) -> None:
        if isinstance(event, (Epoch, Steered, Advice)):
            self._take(as_json(event))
        if isinstance(event, Epoch):
            self._say()

    def ended(self) -> None:
        """The training is over: what its curve says as a whole."""
        self._setting = replace(self._setting, ended=True)
        self._say(last=True)

    def _take(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "epoch":
            point = point_of(event)
            self._points = [*(earlier for earlier in self._points if earlier.epoch < point.epoch), point]
            self._setting = replace(self._setting, epochs=int(event.get("epochs", 0)))
        elif event["event"] == "steered" and event["action"] in CHANGES_COURSE:
            last = self._points[-1].epoch if self._points else 0.0
            self._setting = replace(self._setting, steered=last + 1)  # the epoch under way is half of each
            if self._last != LAST_WORD:
                self._last = ""  # something was done about it: what the curve says from here on is said anew
        elif event["event"] == "advice":
            self._last, self._params = event["code"], event["params"]

    def _say(self, last: bool = False) -> None:
        """What is new, also where the same is to be said with quite other figures; at the end with those of the end."""
        told = read(self._points, self._setting, "" if last else self._last)
        if told is None or self._last == LAST_WORD:
            return
        figures = [name for name in POINTS if name in told.params]
        moved = any(abs(told.params[name] - self._params.get(name, 0)) >= MOVED for name in figures)
        if told.code != self._last or moved or (last and dict(told.params) != dict(self._params)):
            self._last, self._params = told.code, told.params
            self._reporter.emit(Advice, code=told.code, params=told.params)
