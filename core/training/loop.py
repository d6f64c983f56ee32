"""The training loop: steps of gradient descent, judged after every epoch, steerable, never lost.

Everything random is a function of the seed and the number of the step, so a run that is resumed from a checkpoint
goes on bit for bit as if nothing had happened.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from core.errors import Cancelled, UserError
from core.events import Advice, Batch, Checkpoint, Epoch, Reporter, Steered
from core.recipe import Schedule
from core.training import checkpoints
from core.training.checkpoints import Position
from core.training.examples import Examples, order
from core.training.schedules import rate_share
from core.training.steering import DECAY, Steering

# Loss and accuracy of the model as it stands, on pictures it does not learn from; None where there are none.
Judge = Callable[[], dict[str, float] | None]


@dataclass(frozen=True, slots=True)
class Pace:
    """The numbers that shape a training. `rates` holds the full learning rate of each parameter group, by name."""

    epochs: int
    batch_size: int
    rates: dict[str, float]
    schedule: Schedule
    gradient_clip: float
    label_smoothing: float
    patience: int
    seed: int
    checkpoint_seconds: float = 30.0


def accelerator_for(device: str, precision: str) -> Accelerator:
    """A fresh accelerator; accelerate keeps one state a process, and a trainer trains many times."""
    AcceleratorState._reset_state(reset_partial_state=True)
    names = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}
    return Accelerator(cpu=device == "cpu", mixed_precision=names[precision])


def learn(
    model: nn.Module,
    set_mode: Callable[[], object],
    optimizer: Optimizer,
    examples: Examples,
    class_weights: Tensor | None,
    judge: Judge,
    pace: Pace,
    accelerator: Accelerator,
    folder: Path,
    reporter: Reporter,
    steering: Steering,
) -> Position:
    """Train `model` and leave it in its best state; goes on from the last checkpoint in `folder` if there is one.

    `set_mode` puts the model into training mode as the plan wants it (frozen BatchNorm stays in evaluation mode).
    Raises Cancelled, and UserError OUT_OF_MEMORY or DISK_FULL.
    """
    model, optimizer = accelerator.prepare(model, optimizer)
    device = accelerator.device
    count = len(examples.labels)
    per_epoch = math.ceil(count / pace.batch_size)
    steps = per_epoch * pace.epochs
    keeper = _Keeper(folder, accelerator.unwrap_model(model), optimizer, pace, reporter)
    position = keeper.resume(device) or Position()
    steering.rate_scale = position.rate_scale
    weights = None if class_weights is None else class_weights.to(device)

    if position.step == 0:
        keeper.judged(position, 0, {}, judge(), 0.0)
        keeper.checkpoint(position)
    good = checkpoints.in_memory(position, keeper.state(), optimizer)
    started = time.monotonic()
    while position.step < steps and not steering.stopped and not _patience_spent(position, pace):
        epoch = position.step // per_epoch + 1
        share = rate_share(position.step, steps, pace.schedule)
        steering.meet(position.step, max(pace.rates.values()) * share)
        if steering.stopped:
            break
        position.rate_scale = steering.rate_scale
        for group in optimizer.param_groups:
            group["lr"] = pace.rates[group["name"]] * share * position.rate_scale

        here = (position.step % per_epoch) * pace.batch_size
        chosen = order(count, epoch, pace.seed)[here : here + pace.batch_size]
        seed = pace.seed * 1_000_003 + position.step
        set_mode()
        try:
            inputs = examples.inputs(chosen, seed).to(device)
            labels = examples.labels[chosen].to(device)
            torch.manual_seed(seed)
            loss, correct = _step(model, optimizer, inputs, labels, weights, pace, accelerator, position.pieces)
        except RuntimeError as error:
            position.pieces = _smaller(error, position.pieces, len(chosen), reporter)
            optimizer.zero_grad()
            continue
        if not math.isfinite(loss):
            if position.recovered:
                reporter.emit(Advice, code="DIVERGED", params={"step": position.step})
                break
            position = keeper.restore(good, device)
            position.recovered = True
            position.rate_scale = steering.rate_scale = position.rate_scale * DECAY
            reporter.emit(Steered, step=position.step, action="recover", value=DECAY)
            continue

        position.step += 1
        position.loss_sum += loss * len(chosen)
        position.correct += correct
        position.seen += len(chosen)
        rates = {group["name"]: group["lr"] for group in optimizer.param_groups}
        reporter.emit(Batch, step=position.step, epoch=epoch, loss=loss, learning_rates=rates)
        if position.step % per_epoch == 0:
            train = {"loss": position.loss_sum / position.seen, "accuracy": position.correct / position.seen}
            keeper.judged(position, epoch, train, judge(), time.monotonic() - started)
            started = time.monotonic()
        if position.step % per_epoch == 0 or keeper.due() or steering.snapshot_wanted:
            keeper.checkpoint(position)
            steering.snapshot_wanted = False
            good = checkpoints.in_memory(position, keeper.state(), optimizer)
        keeper.safe_point(position, steps)
    keeper.finish(position, device)
    accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    return position


def _step(
    model: nn.Module,
    optimizer: Optimizer,
    inputs: Tensor,
    labels: Tensor,
    class_weights: Tensor | None,
    pace: Pace,
    accelerator: Accelerator,
    pieces: int,
) -> tuple[float, int]:
    """One step on a batch, its gradient gathered in `pieces` so that less memory is needed. Loss and hits."""
    total, correct = 0.0, 0
    optimizer.zero_grad()
    for some, wanted in zip(inputs.chunk(pieces), labels.chunk(pieces), strict=True):
        logits = model(some).float()
        loss = functional.cross_entropy(logits, wanted, class_weights, label_smoothing=pace.label_smoothing)
        share = len(some) / len(inputs)
        accelerator.backward(loss * share)
        total += float(loss.detach()) * share
        correct += int((logits.argmax(1) == wanted).sum())
    if math.isfinite(total):
        if pace.gradient_clip:
            accelerator.clip_grad_norm_(model.parameters(), pace.gradient_clip)
        optimizer.step()
    return total, correct


def _smaller(error: RuntimeError, pieces: int, batch: int, reporter: Reporter) -> int:
    """Twice as many pieces after running out of memory; any other error is a bug and goes on its way."""
    told = str(error)
    if not isinstance(error, torch.OutOfMemoryError) and "out of memory" not in told and "can't allocate" not in told:
        raise error
    if pieces >= batch:
        raise UserError("OUT_OF_MEMORY") from error
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    reporter.emit(Advice, code="OUT_OF_MEMORY", params={"pieces": pieces * 2})
    return pieces * 2


def _patience_spent(position: Position, pace: Pace) -> bool:
    epochs_done = len(position.history) - 1
    return bool(pace.patience) and epochs_done - position.best_epoch >= pace.patience


class _Keeper:
    """Keeps what must not be lost: checkpoints, the best state, the history of epochs."""

    def __init__(self, folder: Path, model: nn.Module, optimizer: Optimizer, pace: Pace, reporter: Reporter) -> None:
        self._folder = folder
        self._model = model
        self._optimizer = optimizer
        self._pace = pace
        self._reporter = reporter
        self._last = time.monotonic()
        self._cost = 0.0

    def state(self) -> dict[str, Tensor]:
        return dict(self._model.state_dict())

    def resume(self, device: torch.device) -> Position | None:
        saved = checkpoints.latest(self._folder)
        return None if saved is None else self.restore(saved, device)

    def restore(self, saved: checkpoints.Saved, device: torch.device) -> Position:
        self._model.load_state_dict(checkpoints.to_device(saved.model, device))
        self._optimizer.load_state_dict(dict(saved.optimizer))
        return Position(**{**_as_dict(saved.position), "history": list(saved.position.history)})

    def due(self) -> bool:
        """Every 30 seconds, or 50 times as long as the last one took, if that is more."""
        return time.monotonic() - self._last > max(self._pace.checkpoint_seconds, 50 * self._cost)

    def safe_point(self, position: Position, steps: int) -> None:
        """Report progress; when the user cancels, leave a checkpoint of this very step behind."""
        try:
            self._reporter.progress("train", position.step, steps)
        except Cancelled:
            self.checkpoint(position)
            raise

    def checkpoint(self, position: Position) -> None:
        began = time.monotonic()
        path = checkpoints.save(self._folder, position, self.state(), self._optimizer)
        self._last = time.monotonic()
        self._cost = self._last - began
        self._reporter.emit(Checkpoint, step=position.step, path=str(path))

    def judged(
        self, position: Position, epoch: int, train: dict[str, float], val: dict[str, float] | None, seconds: float
    ) -> None:
        """Enter an epoch into the history; keep the state if it is the best so far (without validation: the last)."""
        position.loss_sum, position.correct, position.seen = 0.0, 0, 0
        accuracy, loss = (val["accuracy"], val["loss"]) if val else (0.0, float(-epoch))
        best = math.isfinite(loss) and (accuracy, -loss) > (position.best_accuracy, -position.best_loss)
        if best:
            position.best_epoch, position.best_accuracy, position.best_loss = epoch, accuracy, loss
            checkpoints.save_best(self._folder, self.state())
        rates = {group["name"]: group["lr"] for group in self._optimizer.param_groups}
        entry: dict[str, Any] = {
            "epoch": epoch,
            "epochs": self._pace.epochs,
            "train": train,
            "val": val or {},
            "learning_rates": rates,
            "seconds": seconds,
            "best": best,
        }
        position.history.append({**entry, "step": position.step})
        self._reporter.emit(Epoch, **entry)

    def finish(self, position: Position, device: torch.device) -> None:
        best = checkpoints.load_best(self._folder)
        if best is not None:
            self._model.load_state_dict(checkpoints.to_device(best, device))


def _as_dict(position: Position) -> dict[str, Any]:
    return {name: getattr(position, name) for name in position.__slots__}
