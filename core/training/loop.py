"""The training loop: steps of gradient descent, judged after every epoch, steerable, never lost.

Everything random is a function of the seed and the number of the step, so a run that is resumed from a checkpoint
goes on bit for bit as if nothing had happened.
"""

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.optim import Optimizer

from core.events import Advice, Batch, Reporter
from core.recipe import Schedule
from core.strategy.opening import floor_at
from core.training.averaging import Average
from core.training.batches import Ahead, Course
from core.training.checkpoints import Position
from core.training.examples import Examples
from core.training.keeping import SECONDS, Keeper, rates_of
from core.training.lesson import Lesson
from core.training.norms import bring_together
from core.training.schedules import cycles_over, rate_share
from core.training.steering import Steering
from core.training.stepping import Objective, smaller, take_step
from core.training.team import ALONE, Team


@dataclass(frozen=True, slots=True)
class Pace:
    """The numbers that shape a training. `rates` holds the full learning rate of each parameter group, by name."""

    epochs: int
    batch_size: int
    rates: dict[str, float]
    schedule: Schedule
    gradient_clip: float = 0.0
    label_smoothing: float = 0.0
    l1: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    ema: float = 0.0
    balanced: bool = False
    gradual: bool = False
    patience: int = 0
    seed: int = 0
    checkpoint_seconds: float = SECONDS

    def course(self, examples: Examples, device: torch.device) -> Course:
        return Course(examples, self.batch_size, self.seed, self.balanced, self.mixup, self.cutmix, device)

    def objective(self, class_weights: Tensor | None, device: torch.device) -> Objective:
        weights = None if class_weights is None else class_weights.to(device)
        return Objective(weights, self.label_smoothing, self.l1, self.gradient_clip)


def learn(
    lesson: Lesson,
    optimizer: Optimizer,
    class_weights: Tensor | None,
    pace: Pace,
    accelerator: Accelerator,
    folder: Path,
    reporter: Reporter,
    steering: Steering,
    team: Team = ALONE,
) -> Position:
    """Train the lesson's model and leave it in its best state; goes on from the last checkpoint in `folder`, if any.

    Raises Cancelled, and UserError OUT_OF_MEMORY, DISK_FULL, CANNOT_WRITE or PROCESS_LOST.
    """
    device = accelerator.device
    lesson.model.to(device)
    if team.several:
        bring_together(lesson.model)
    optimizer = accelerator.prepare_optimizer(optimizer, device_placement=True)
    course, objective = pace.course(lesson.examples, device), pace.objective(class_weights, device)
    steps = course.per_epoch * pace.epochs
    average = Average(pace.ema)
    keeper = Keeper(
        folder, lesson, optimizer, average, accelerator, reporter, steering, team, pace.epochs, course.per_epoch,
        pace.checkpoint_seconds,
    )  # fmt: skip
    lesson.open(_floor(0, steps, lesson, pace))
    _set_rates(optimizer, pace, rate_share(0, steps, pace.schedule))
    position = keeper.begin()

    with Ahead(course, steps) as ahead:
        while position.step < steps and not _patience_spent(position, pace):
            share = rate_share(position.step, steps, pace.schedule)
            position.floor = min(position.floor, _floor(position.step, steps, lesson, pace))
            steering.meet(position, max(pace.rates.values()) * share)
            if steering.stopped:
                break
            if position.floor != lesson.floor:
                lesson.open(position.floor)
                ahead.forget()  # what frozen stages made of the next pictures is not what passes now
            _set_rates(optimizer, pace, share * position.rate_scale)

            batch = ahead.take(position.step)
            torch.manual_seed(course.seed_of(position.step) + (team.place.index << 32))
            lesson.set_mode()
            most = -(-max(pace.batch_size, len(batch)) // position.pieces)
            did = take_step(lesson.model, lesson.head, optimizer, batch, objective, accelerator, most)
            if did.out_of_memory:
                halved = partial(smaller, did.out_of_memory, position.pieces, pace.batch_size, reporter)
                position.pieces = team.told(halved)
                continue
            if not math.isfinite(did.loss):
                if position.recovered:
                    reporter.emit(Advice, code="DIVERGED", params={"step": position.step})
                    break
                position = keeper.go_back()
                continue

            position.step += 1
            position.loss_sum += did.loss * len(batch)
            position.correct += did.correct
            position.seen += len(batch)
            if average:
                average.update(lesson.changing(), position.step)
            epoch, at_end = -(-position.step // course.per_epoch), position.step % course.per_epoch == 0
            reporter.emit(Batch, step=position.step, epoch=epoch, loss=did.loss, learning_rates=rates_of(optimizer))
            if at_end:
                train = {"loss": position.loss_sum / position.seen, "accuracy": position.correct / position.seen}
                keeper.judged(position, epoch, train)
            if steering.snapshot_wanted or cycles_over(position.step, steps, pace.schedule):
                keeper.snapshot(position)
            keeper.after_step(position, steps)
    keeper.finish(position)
    return position


def _floor(step: int, steps: int, lesson: Lesson, pace: Pace) -> int:
    return floor_at(step / max(steps, 1), lesson.top, lesson.planned, pace.gradual)


def _set_rates(optimizer: Optimizer, pace: Pace, share: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = pace.rates[group["name"]] * share


def _patience_spent(position: Position, pace: Pace) -> bool:
    epochs_done = len(position.history) - 1
    return bool(pace.patience) and epochs_done - position.best_epoch >= pace.patience
