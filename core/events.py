"""What work says while it runs: frozen events to one sink. The command line prints them, the window draws them."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from core.errors import Cancelled, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`job` names the work that speaks; `count` grows by one with each of its events and orders them."""

    job: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Event):
    """`stage` is a code such as `scan` or `features`; `seconds_left` is None while it cannot be known."""

    stage: str
    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources(Event):
    """How the places that pictures come from will be read; said before they are. See the `scan` result."""

    sources: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Event):
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Event):
    """One optimiser step; `learning_rates` by parameter group."""

    step: int
    epoch: int
    loss: float
    learning_rates: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch(Event):
    """`train` and `val` hold `loss` and `accuracy`; epochs count from 1, the untrained state is 0.

    `average` is `val` of the running average of the weights; empty where none is kept. `step` is the last one of the
    epoch.
    """

    epoch: int
    epochs: int
    train: Mapping[str, float]
    val: Mapping[str, float]
    learning_rates: Mapping[str, float]
    seconds: float
    best: bool
    average: Mapping[str, float] = field(default_factory=dict)
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung(Event):
    """A rung of a race begins (`number` from 1, `of` so many) with these strategies; `budget` and `spent` in
    seconds."""

    number: int
    of: int
    strategies: tuple[str, ...]
    budget: float
    spent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap(Event):
    """A strategy of a race was judged: after so many of its own seconds, at `epoch` of `epochs`, it had `accuracy` of
    the validation pictures right."""

    strategy: str
    rung: int
    epoch: int
    epochs: int
    seconds: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered(Event):
    step: int
    action: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice(Event):
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Event):
    step: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Event):
    """The end of a job that went well; `value` holds its result fields, ready for JSON."""

    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    code: str
    params: Mapping[str, object]
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Event):
    """The job ended because the user cancelled it."""


@dataclass(frozen=True, slots=True)
class Steer:
    """A wish of the user for the running training.

    `decay` (by the factor `value`, 0.1 where it is None), `set_rate` (the head's rate to `value`), `pause`, `go_on`,
    `unfreeze` (one more stage), `snapshot`, `stop` (keeps the best), `discard` (stops, and the run goes).
    """

    action: str
    value: float | None = None


Sink = Callable[[Event], None]


def as_json(event: Event) -> dict[str, Any]:
    """The event as a JSON object; a result's fields stand at the top level."""
    body = asdict(event)
    if isinstance(event, Result):
        body |= dict(body.pop("value"))
    if isinstance(event, Found):
        problem = body.pop("problem")
        body |= {**problem, "message": event.problem.message, "hint": event.problem.hint}
    name = "error" if isinstance(event, Failed) else type(event).__name__.lower()
    return {"event": name, **body}


class Reporter:
    """What a stage of work holds to speak and to listen: it emits events and meets the user's wishes.

    `cancelled` is asked at every progress report and raises `Cancelled` there; `steering` hands over (and
    forgets) what the user wished since it was last asked. `attended`: somebody is there who could answer.
    """

    def __init__(
        self,
        job: str,
        sink: Sink,
        cancelled: Callable[[], bool] = lambda: False,
        steering: Callable[[], tuple[Steer, ...]] = tuple,
        attended: bool = False,
    ) -> None:
        self.job = job
        self.attended = attended
        self.take_steering = steering
        self._sinks = [sink]
        self._cancelled = cancelled
        self._count = 0
        self._stage = ""
        self._stage_started = 0.0
        self._last_progress = 0.0
        self._done_before = 0
        self._paused = 0.0  # seconds, all pauses that are over
        self._pause_began: float | None = None

    def emit(self, kind: type[Event], /, **fields: Any) -> None:
        event = kind(job=self.job, count=self._count, **fields)
        self._count += 1
        if isinstance(event, Steered):
            self._stand_still_or_go_on(event.action)
        for sink in self._sinks:
            sink(event)

    @contextlib.contextmanager
    def heard_by(self, sink: Sink) -> Iterator[None]:
        """Within the block every event goes to `sink` as well."""
        self._sinks.append(sink)
        try:
            yield
        finally:
            self._sinks.remove(sink)

    def clock(self) -> float:
        """Monotonic seconds that stand still during a pause: what work is timed with."""
        return (time.monotonic() if self._pause_began is None else self._pause_began) - self._paused

    def _stand_still_or_go_on(self, action: str) -> None:
        if action == "pause" and self._pause_began is None:
            self._pause_began = time.monotonic()
        elif action in ("go_on", "stop", "discard") and self._pause_began is not None:
            self._paused += time.monotonic() - self._pause_began
            self._pause_began = None

    def found(self, code: str, path: str = "", **params: object) -> None:
        self.emit(Found, problem=Problem(code, path, params))

    def check_cancelled(self) -> None:
        if self._cancelled():
            raise Cancelled

    def progress(self, stage: str, done: int, total: int) -> None:
        """A safe point: raises `Cancelled`. Emits at most 20 events a second, and always the first and last."""
        self.check_cancelled()
        now = self.clock()
        if stage != self._stage or done == 0:
            self._stage, self._stage_started, self._last_progress = stage, now, 0.0
            self._done_before = done  # a resumed stage does not begin at nothing
        if done < total and now - self._last_progress < 0.05:
            return
        self._last_progress = now
        elapsed, here = now - self._stage_started, done - self._done_before
        left = elapsed / here * (total - done) if here > 0 and elapsed > 0.5 else None
        self.emit(Progress, stage=stage, done=done, total=total, seconds_left=left)


def silent(job: str = "silent") -> Reporter:
    """A reporter that nobody listens to."""
    return Reporter(job, lambda event: None)
