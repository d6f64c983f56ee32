"""What the user does to a running training, met between two steps; recorded, so that it can be replayed."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from core.events import Reporter, Steer, Steered

DECAY = 0.1
REPLAYED = ("decay", "set_rate", "snapshot", "stop")  # a pause changes nothing, and faults return by themselves


class Steering:
    """Meets the wishes of the user, live and replayed, at the start of each step.

    `replay` holds `steered` events of an earlier run as JSON objects. `rate_scale` multiplies every learning rate;
    `stopped` says that training is to end here and keep its best.
    """

    def __init__(self, reporter: Reporter, replay: Iterable[Mapping[str, Any]] = ()) -> None:
        self._reporter = reporter
        self._replay: dict[int, list[Steer]] = {}
        for event in replay:
            if event["action"] in REPLAYED:
                self._replay.setdefault(event["step"], []).append(Steer(event["action"], event["value"]))
        self.rate_scale = 1.0
        self.stopped = False
        self.snapshot_wanted = False

    def meet(self, step: int, scheduled_rate: float) -> None:
        """`scheduled_rate` is the head's learning rate at this step before the user's own factor."""
        for wish in (*self._replay.pop(step, ()), *self._reporter.take_steering()):
            self._meet(wish, step, scheduled_rate)

    def _meet(self, wish: Steer, step: int, scheduled_rate: float) -> None:
        if wish.action == "decay":
            self.rate_scale *= wish.value or DECAY
        elif wish.action == "set_rate" and wish.value is not None:
            self.rate_scale = wish.value / max(scheduled_rate, 1e-12)
        elif wish.action == "snapshot":
            self.snapshot_wanted = True
        elif wish.action == "stop":
            self.stopped = True
        elif wish.action == "pause":
            self._reporter.emit(Steered, step=step, action="pause", value=None)
            self._wait(step, scheduled_rate)
        if wish.action not in REPLAYED:
            return
        self._reporter.emit(Steered, step=step, action=wish.action, value=wish.value)

    def _wait(self, step: int, scheduled_rate: float) -> None:
        while not self.stopped:
            self._reporter.check_cancelled()
            for wish in self._reporter.take_steering():
                if wish.action == "go_on":
                    self._reporter.emit(Steered, step=step, action="go_on", value=None)
                    return
                if wish.action != "pause":
                    self._meet(wish, step, scheduled_rate)
            time.sleep(0.05)
