"""What the curve shows: every point of one training, on one common axis of epochs. Knows no Qt."""

from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.events import Advice, Batch, Epoch, Steered

NAN = float("nan")
COLUMNS = (
    "epoch", "train_loss", "val_loss", "train_accuracy", "val_accuracy", "average_loss", "average_accuracy",
    "learning_rate", "seconds",
)  # fmt: skip

_STEPS_TOO_LARGE, _COULD_LEARN_MORE = ("DIVERGING", "PLATEAU"), ("UNDERFITTING", "PLATEAU")
ANSWERED_BY: Mapping[str, tuple[str, ...]] = {
    "decay": _STEPS_TOO_LARGE,
    "set_rate": _STEPS_TOO_LARGE,
    "unfreeze": _COULD_LEARN_MORE,
    "go_on": ("DISK_FULL", "CANNOT_WRITE"),
}
"""Acts, and the advice that has been taken with them: it is not said until the training says it again."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A wish of the user that was met: `step` where, `action` and `value` what, `after` the epoch it came after."""

    step: int
    action: str
    value: float | None
    after: float


class CurveData:
    """Keeps all that was ever said; drawing may be throttled, this is not.

    Batches speak in steps, epochs in epochs: `at(step)` lays steps onto the axis of epochs, piece by piece between
    the ends of epochs that are known, and beyond the last one at the pace of the epoch before.
    """

    def __init__(self) -> None:
        self.steps = array("d")
        self.batch_losses = array("d")
        self.batch_rates = array("d")
        self.epochs = array("d")
        self.train_loss = array("d")
        self.val_loss = array("d")
        self.train_accuracy = array("d")
        self.val_accuracy = array("d")
        self.learning_rate = array("d")
        self.seconds = array("d")
        self.average_loss = array("d")  # of the running average of the weights, where one is kept
        self.average_accuracy = array("d")
        self.marks: list[Mark] = []
        self.advice: tuple[str, Mapping[str, Any]] | None = None  # the last, as code and params
        self.rates: Mapping[str, float] = {}  # the last, by parameter group that learns
        self.best: float | None = None
        self.planned = 0
        self.version = 0  # grows with every point: tells a drawing whether it is old
        self._end_steps = array("d")
        self._end_epochs = array("d")
        self._step = 0

    def add(self, event: object) -> bool:
        """Take one event; False where it is none of the curve's."""
        if isinstance(event, Batch):
            self._batch(event.step, event.loss, event.learning_rates)
        elif isinstance(event, Epoch):
            self._epoch(event)
        elif isinstance(event, Steered):
            self._mark(event.step, event.action, event.value)
        elif isinstance(event, Advice):
            self.advice = (event.code, event.params)
        else:
            return False
        self.version += 1
        return True

    def add_json(self, event: Mapping[str, Any]) -> bool:
        """Take one event as `events.jsonl` keeps it; tolerant of what is missing."""
        kind = event.get("event")
        if kind == "epoch":
            self._epoch_fields(event)
        elif kind == "steered":
            self._mark(int(event.get("step", 0)), str(event.get("action", "")), event.get("value"))
        elif kind == "advice":
            self.advice = (str(event.get("code", "")), event.get("params") or {})
        else:
            return False
        self.version += 1
        return True

    def add_step(self, step: int, loss: float, rate: float) -> None:
        """One step. Where it is done again, after a resume or a recovery, it takes the place of what came then."""
        while self.steps and self.steps[-1] >= step:
            for column in (self.steps, self.batch_losses, self.batch_rates):
                column.pop()
        self._step = step
        self.steps.append(step)
        self.batch_losses.append(loss)
        self.batch_rates.append(rate)

    def at(self, step: float) -> float:
        """Where a step lies on the axis of epochs."""
        steps, epochs = self._end_steps, self._end_epochs
        if not steps:
            return step / max(self._step, 1)
        index = bisect_right(steps, step)
        if index < len(steps):
            low_step, low_epoch = (steps[index - 1], epochs[index - 1]) if index else (0.0, 0.0)
            span = steps[index] - low_step
            return low_epoch + (epochs[index] - low_epoch) * (step - low_step) / span if span else epochs[index]
        before = (steps[-2], epochs[-2]) if len(steps) > 1 else (0.0, 0.0)
        pace = (steps[-1] - before[0]) / max(epochs[-1] - before[1], 1e-9)
        return min(epochs[-1] + (step - steps[-1]) / max(pace, 1e-9), epochs[-1] + 1)

    @property
    def ends(self) -> tuple[Sequence[float], Sequence[float]]:
        """The last step of every epoch that is known, and those epochs."""
        return self._end_steps, self._end_epochs

    def place(self, mark: Mark) -> float:
        """Where a mark stands; kept events hold no steps, so there it is in the middle of its epoch."""
        return self.at(mark.step) if self._end_steps or self.steps else mark.after + 0.5

    @property
    def end(self) -> float:
        """The right end of what is known."""
        last = self.at(self.steps[-1]) if self.steps else 0.0
        return max(last, self.epochs[-1] if self.epochs else 0.0)

    @property
    def best_accuracy(self) -> float:
        """Of validation at the best epoch; NaN where it is not known."""
        rows = [row for row, epoch in enumerate(self.epochs) if epoch == self.best]
        return self.val_accuracy[rows[-1]] if rows else NAN

    def sheet(self) -> list[list[object]]:
        """Titles, then a row an epoch with what the user did in it; None where nothing is known."""
        rows: list[list[object]] = [[*COLUMNS, "steered"]]
        for row in zip(self.epochs, *(getattr(self, name) for name in COLUMNS[1:]), strict=True):
            acts = [mark for mark in self.marks if row[0] - 1 < self.place(mark) <= row[0]]
            done = "; ".join(mark.action if mark.value is None else f"{mark.action} {mark.value:g}" for mark in acts)
            figures = [None if value != value else float(f"{value:.6g}") for value in row[1:]]
            rows.append([round(row[0]), *figures, done])
        return rows

    def turn_back(self, step: int) -> None:
        """Forget what was done from this step on."""
        self.marks = [mark for mark in self.marks if mark.step < step]
        self.version += 1

    def _mark(self, step: int, action: str, value: float | None) -> None:
        if self.advice is not None and self.advice[0] in ANSWERED_BY.get(action, ()):
            self.advice = None
        self.marks.append(Mark(step, action, value, self.epochs[-1] if self.epochs else 0.0))

    def _batch(self, step: int, loss: float, rates: Mapping[str, float]) -> None:
        self.add_step(step, loss, max(rates.values(), default=NAN))
        self.rates = rates

    def _epoch(self, event: Epoch) -> None:
        self._epoch_fields(
            {
                "epoch": event.epoch,
                "epochs": event.epochs,
                "train": event.train,
                "val": event.val,
                "learning_rates": event.learning_rates,
                "seconds": event.seconds,
                "best": event.best,
                "average": event.average,
                "step": event.step,
            }
        )

    def _epoch_fields(self, event: Mapping[str, Any]) -> None:
        epoch = float(event.get("epoch", len(self.epochs) + 1))
        self._forget_from(epoch)
        train, val, average = event.get("train") or {}, event.get("val") or {}, event.get("average") or {}
        self.epochs.append(epoch)
        self.train_loss.append(_number(train.get("loss")))
        self.val_loss.append(_number(val.get("loss")))
        self.train_accuracy.append(_number(train.get("accuracy")))
        self.val_accuracy.append(_number(val.get("accuracy")))
        self.average_loss.append(_number(average.get("loss")))
        self.average_accuracy.append(_number(average.get("accuracy")))
        self.learning_rate.append(max((event.get("learning_rates") or {}).values(), default=NAN))
        self.planned = int(event.get("epochs", 0) or self.planned)
        self.seconds.append(_number(event.get("seconds"), 0.0))
        if event.get("best"):
            self.best = epoch
        step = int(event.get("step") or 0) or self._step
        self._step = max(self._step, step)
        if epoch > 0 and step > (self._end_steps[-1] if self._end_steps else 0):
            self._end_steps.append(step)
            self._end_epochs.append(epoch)

    def _forget_from(self, epoch: float) -> None:
        """A resumed run repeats the epochs since its last checkpoint."""
        while self._end_epochs and self._end_epochs[-1] >= epoch:
            self._end_epochs.pop()
            self._end_steps.pop()
        while self.epochs and self.epochs[-1] >= epoch:
            for column in (self.epochs, *(getattr(self, name) for name in COLUMNS[1:])):
                column.pop()


def _number(value: Any, missing: float = NAN) -> float:
    return float(value) if isinstance(value, (int, float)) else missing
