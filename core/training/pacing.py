"""How long an epoch takes on this machine, found out by a few steps."""

import math
import statistics
import time

from accelerate import Accelerator
from torch import Tensor
from torch.optim import Optimizer

from core.events import Reporter
from core.training.batches import Ahead
from core.training.lesson import Lesson
from core.training.loop import Pace
from core.training.stepping import try_step

STAGE = "pace"
STEPS = 4  # the first is left out: it finds room in memory
FORWARD = 1 / 3
"""The share of a step that looking alone takes, without the way back."""


def seconds_an_epoch(
    lesson: Lesson, optimizer: Optimizer, class_weights: Tensor | None, pace: Pace, judged: int,
    accelerator: Accelerator, reporter: Reporter,
) -> float:  # fmt: skip
    """Of learning and then judging so many pictures. The lesson learns a little by it: train another. Raises
    Cancelled."""
    lesson.model.to(accelerator.device)
    lesson.open(lesson.planned)
    optimizer = accelerator.prepare_optimizer(optimizer, device_placement=True)
    course = pace.course(lesson.examples, accelerator.device)
    objective = pace.objective(class_weights, accelerator.device)
    taken = []
    pieces = 1
    with Ahead(course, STEPS) as ahead:
        for step in range(STEPS):
            reporter.progress(STAGE, step, STEPS)
            began = time.monotonic()
            batch = ahead.take(step)
            _, pieces = try_step(
                lesson, optimizer, batch, objective, accelerator, pieces, course.seed_of(step), reporter
            )
            taken.append(time.monotonic() - began)
    reporter.progress(STAGE, STEPS, STEPS)
    return statistics.median(taken[1:]) * (course.per_epoch + FORWARD * math.ceil(judged / pace.batch_size))
