"""What the user does to a running training, met between two steps; recorded, so that it can be replayed."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from core.errors import UserError
from core.events import Advice, Reporter, Steer, Steered
from core.training.checkpoints import Position
from core.training.team import ALONE, Team

DECAY = 0.1
RECOVER = "recover"
REPLAYED = ("decay", "set_rate", "unfreeze", "snapshot", "stop", "discard")
"""What is met again in a replay. A pause changes nothing."""

TRY_AGAIN_SECONDS = 10.0
WAIT_SECONDS = 0.05
MENDABLE = ("DISK_FULL", "CANNOT_WRITE")

T = TypeVar("T")


class Steering:
    """Meets the wishes of the user, live and replayed, at the start of each step.

    `replay` holds `steered` events of an earlier run as JSON objects, in order; what stands after a `recover` waits
    until this training has recovered too. `stopped`: training is to end here and keep its best; `discarded`: nothing of
    it is to stay. Of several processes the main one meets the wishes, and all take over what came of them.
    """

    def __init__(self, reporter: Reporter, replay: Iterable[Mapping[str, Any]] = (), team: Team = ALONE) -> None:
        self._reporter = reporter
        self._team = team
        self._replay = deque(event for event in replay if event["action"] in (*REPLAYED, RECOVER))
        self._kept: list[Steer] = []
        self.stopped = False
        self.discarded = False
        self.snapshot_wanted = False

    def meet(self, position: Position, scheduled_rate: float) -> None:
        """`scheduled_rate` is the head's learning rate at this step before the user's own factor."""

        def met() -> tuple[int, float, bool, bool, bool]:
            for wish in (*self._due(position.step), *self._taken()):
                self._meet(wish, position, scheduled_rate)
            return position.floor, position.rate_scale, self.stopped, self.discarded, self.snapshot_wanted

        came = self._team.told(met)
        position.floor, position.rate_scale, self.stopped, self.discarded, self.snapshot_wanted = came

    def recovered(self, position: Position) -> None:
        """The loss left all bounds: the training goes on from an earlier step, at a lower rate."""
        position.rate_scale *= DECAY
        while self._replay and self._replay.popleft()["action"] != RECOVER:
            pass  # wishes for steps that are never reached now
        self._reporter.emit(Steered, step=position.step, action=RECOVER, value=DECAY)

    def insist(self, write: Callable[[], T], position: Position) -> T:
        """Write something; while there is no room for it the training pauses, where somebody is there to make some.

        It is tried again when the user says `go_on`, and now and then. Raises UserError where nobody is there, and
        Cancelled.
        """
        paused = False
        while True:
            try:
                written = write()
            except UserError as error:
                if error.code not in MENDABLE or not self._reporter.attended:
                    raise
                if not paused:
                    self._reporter.emit(Advice, code=error.code, params=error.params)
                    self._reporter.emit(Steered, step=position.step, action="pause", value=None)
                paused = True
                self._wait_for_room()
            else:
                if paused:
                    self._reporter.emit(Steered, step=position.step, action="go_on", value=None)
                return written

    def _due(self, step: int) -> list[Steer]:
        due = []
        while self._replay and self._replay[0]["step"] <= step and self._replay[0]["action"] != RECOVER:
            event = self._replay.popleft()
            due.append(Steer(event["action"], event["value"]))
        return due

    def _taken(self) -> tuple[Steer, ...]:
        kept, self._kept = self._kept, []
        return (*kept, *self._reporter.take_steering())

    def _meet(self, wish: Steer, position: Position, scheduled_rate: float) -> None:
        if wish.action == "decay":
            position.rate_scale *= wish.value or DECAY
        elif wish.action == "set_rate" and wish.value is not None:
            position.rate_scale = wish.value / max(scheduled_rate, 1e-12)
        elif wish.action == "unfreeze" and position.floor > 0:
            position.floor -= 1
        elif wish.action == "snapshot":
            self.snapshot_wanted = True
        elif wish.action in ("stop", "discard"):
            self.stopped = True
            self.discarded |= wish.action == "discard"
        elif wish.action == "pause":
            self._reporter.emit(Steered, step=position.step, action="pause", value=None)
            self._wait(position, scheduled_rate)
            return
        else:
            return
        self._reporter.emit(Steered, step=position.step, action=wish.action, value=wish.value)

    def _wait(self, position: Position, scheduled_rate: float) -> None:
        while not self.stopped:
            self._reporter.check_cancelled()
            for wish in self._taken():
                if wish.action == "go_on":
                    self._reporter.emit(Steered, step=position.step, action="go_on", value=None)
                    return
                if wish.action != "pause":
                    self._meet(wish, position, scheduled_rate)
            time.sleep(WAIT_SECONDS)

    def _wait_for_room(self) -> None:
        until = time.monotonic() + TRY_AGAIN_SECONDS
        while time.monotonic() < until:
            self._reporter.check_cancelled()
            wishes = self._reporter.take_steering()
            self._kept += [wish for wish in wishes if wish.action not in ("go_on", "pause")]
            if any(wish.action == "go_on" for wish in wishes):
                return
            time.sleep(WAIT_SECONDS)
