"""What must not be lost: checkpoints, the best state, snapshots, the history of epochs, and a state to go back to."""

import math
import time
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from torch import Tensor
from torch.optim import Optimizer

from core.errors import Cancelled, UserError
from core.events import Checkpoint, Epoch, Reporter
from core.training import checkpoints
from core.training.averaging import Average
from core.training.checkpoints import Position, Saved
from core.training.lesson import Lesson, Scores
from core.training.steering import Steering
from core.training.team import Team

SECONDS = 30.0
TIMES_THE_COST = 50


class Keeper:
    """Only the main process reads and writes. `good` is where the epoch under way began: the state to return to."""

    def __init__(
        self, folder: Path, lesson: Lesson, optimizer: Optimizer, average: Average, accelerator: Accelerator,
        reporter: Reporter, steering: Steering, team: Team, epochs: int, per_epoch: int, seconds: float = SECONDS,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._lesson = lesson
        self._optimizer = optimizer
        self._average = average
        self._accelerator = accelerator
        self._reporter = reporter
        self._steering = steering
        self._team = team
        self._epochs = epochs
        self._per_epoch = per_epoch
        self._seconds = seconds
        self._last, self._epoch_began = time.monotonic(), reporter.clock()
        self._cost = 0.0
        self._best: dict[str, Tensor] | None = None
        self._best_written = -1
        self.good: Saved

    def begin(self) -> Position:
        """Where the last checkpoint stands, or the very beginning, judged. Every process begins at the same place."""
        kept = self._team.told(self._kept)
        if kept is None:
            position = Position(floor=self._lesson.floor)
            self.judged(position, 0, {})
            self.checkpoint(position)
            return position
        saved, self.good = kept
        return self.restore(saved)

    def _kept(self) -> tuple[Saved, Saved] | None:
        """The last checkpoint, and the one where its epoch began."""
        saved = checkpoints.latest(self._folder)
        if saved is None:
            return None
        start = saved.position.step - saved.position.step % self._per_epoch
        return saved, saved if saved.position.step == start else checkpoints.load(self._folder, start) or saved

    def restore(self, saved: Saved) -> Position:
        self._lesson.open(saved.position.floor)
        self._lesson.load(saved.model)
        self._average.load(saved.average, self._accelerator.device)
        self._optimizer.load_state_dict(dict(saved.copy().optimizer))
        if self._accelerator.scaler and saved.position.scaler:
            self._accelerator.scaler.load_state_dict(saved.position.scaler)
        return saved.position.copy()

    def go_back(self) -> Position:
        """Return to where the epoch began: the loss left all bounds since."""
        position = self.restore(self.good)
        position.recovered = True
        self._steering.recovered(position)
        self._team.told(lambda: checkpoints.drop_after(self._folder, position.step))
        self.checkpoint(position)
        return position

    def judged(self, position: Position, epoch: int, train: Scores) -> None:
        """Judge, enter the epoch into the history, and remember the state if it is the best (unjudged: the last)."""
        position.loss_sum, position.correct, position.seen = 0.0, 0, 0
        val, average = self._judge(), Scores()
        if self._average and self._average.tensors:
            with self._average.in_place_of(self._lesson.changing()):
                average = self._judge()
        figures = val or {"accuracy": 0.0, "loss": float(-epoch)}
        averaged = bool(average) and _merit(average) > _merit(figures)
        figures = average if averaged else figures
        best = math.isfinite(figures["loss"]) and _merit(figures) > (position.best_accuracy, -position.best_loss)
        if best:
            position.best_epoch = epoch
            position.best_accuracy, position.best_loss = figures["accuracy"], figures["loss"]
            source = self._average.tensors if averaged else self._lesson.changing()
            self._best = {name: value.detach().clone() for name, value in source.items()}
        now = self._reporter.clock()
        entry: dict[str, Any] = {
            "epoch": epoch,
            "epochs": self._epochs,
            "train": train,
            "val": val,
            "learning_rates": rates_of(self._optimizer),
            "seconds": now - self._epoch_began,
            "best": best,
            "average": average,
            "step": position.step,
        }
        self._epoch_began = now
        position.history.append(entry)
        self._reporter.emit(Epoch, **entry)
        self.good = self._state(position).copy()

    def after_step(self, position: Position, steps: int) -> None:
        """Write what is due. A safe point: when the user cancels, a checkpoint of this very step stays behind."""
        self._team.told(lambda: self._write_if_due(position, steps))

    def _write_if_due(self, position: Position, steps: int) -> None:
        at_end = position.step % self._per_epoch == 0
        waited = time.monotonic() - self._last
        if waited > TIMES_THE_COST * self._cost and (at_end or waited > self._seconds):
            self._checkpoint(position)
        try:
            self._reporter.progress("train", position.step, steps)
        except Cancelled:
            self._checkpoint(position)
            raise

    def checkpoint(self, position: Position) -> None:
        """Write where the training stands, and whatever is not on the disk yet that it would need."""
        self._team.told(lambda: self._checkpoint(position))

    def _checkpoint(self, position: Position) -> None:
        began = self._reporter.clock()  # which stands still while the training waits for room on the disk
        path = self._steering.insist(lambda: self._write(position), position)
        self._last, self._cost = time.monotonic(), self._reporter.clock() - began
        self._reporter.emit(Checkpoint, step=position.step, path=str(path))

    def snapshot(self, position: Position) -> None:
        """Keep the weights as they are, beside all that follows."""
        self._steering.snapshot_wanted = False
        self._team.told(lambda: self._snapshot(position))

    def _snapshot(self, position: Position) -> None:
        weights = self._lesson.changing()
        self._steering.insist(lambda: checkpoints.save_snapshot(self._folder, position.step, weights), position)

    def finish(self, position: Position) -> None:
        """Leave the model in its best state, and a last checkpoint behind."""
        if not self._steering.discarded:
            self.checkpoint(position)
        best = self._best or (checkpoints.load_best(self._folder, position.best_epoch) if self._team.main else None)
        if best is not None:
            self._lesson.load(best)

    def _write(self, position: Position) -> Path:
        if not self._folder.parent.is_dir():  # renamed or unplugged: made anew it would hold half a run
            raise UserError("CANNOT_WRITE", path=str(self._folder), reason="its folder is gone")
        start = self.good.position.step
        if start < position.step and start not in checkpoints.steps_in(self._folder):
            checkpoints.save(self._folder, self.good)
        if self._best is not None and position.best_epoch != self._best_written:
            checkpoints.save_best(self._folder, position.best_epoch, self._best)
            self._best_written = position.best_epoch
        return checkpoints.save(self._folder, self._state(position), beside=start)

    def _judge(self) -> Scores:
        """The main process judges, all go on from its figures; empty where there is nothing to judge by."""
        return self._team.told(lambda: self._lesson.judge() or {})

    def _state(self, position: Position) -> Saved:
        if self._accelerator.scaler:
            position.scaler = self._accelerator.scaler.state_dict()
        return Saved(position, self._lesson.changing(), self._average.tensors, self._optimizer.state_dict())


def rates_of(optimizer: Optimizer) -> dict[str, float]:
    """The learning rate of each parameter group that learns, by name."""
    return {
        group["name"]: group["lr"]
        for group in optimizer.param_groups
        if any(parameter.requires_grad for parameter in group["params"])
    }


def _merit(figures: Scores) -> tuple[float, float]:
    return figures["accuracy"], -figures["loss"]
