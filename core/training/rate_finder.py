"""The learning-rate finder (Smith, 2017): rates from very small to too large, one step each, and what the loss does.

The rule for the suggestion: a tenth of the rate at which the smoothed loss was lowest. There the loss still falls, and
fast; at its lowest the steps are already so large that gain and damage are even. The head begins untaught even where a
training would fit it first: else there is so little left to learn that chance alone moves the loss. Where the loss
never fell by a hundredth of what it was, nothing is suggested.
"""

import math

from accelerate import Accelerator
from torch import Tensor
from torch.optim import Optimizer

from core.events import Batch, Reporter
from core.training.batches import Ahead
from core.training.lesson import Lesson
from core.training.loop import Pace
from core.training.stepping import try_step

LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 70
SMOOTHING = 0.8
TOO_MUCH = 4.0
FELL = 0.01
Points = list[tuple[float, float]]


def find(
    lesson: Lesson, optimizer: Optimizer, class_weights: Tensor | None, pace: Pace, accelerator: Accelerator,
    reporter: Reporter,
) -> tuple[Points, float | None]:  # fmt: skip
    """Points (rate of the head, smoothed loss), and the suggestion. The lesson is left as it was. Raises Cancelled."""
    device = accelerator.device
    lesson.model.to(device)
    lesson.open(lesson.planned)
    before = {name: value.detach().clone() for name, value in lesson.changing().items()}
    optimizer = accelerator.prepare_optimizer(optimizer, device_placement=True)
    course = pace.course(lesson.examples, accelerator.device)
    objective = pace.objective(class_weights, accelerator.device)
    highest, points, mean = max(pace.rates.values()), Points(), 0.0
    pieces = 1
    with Ahead(course, STEPS) as ahead:
        for step in range(STEPS):
            reporter.progress("find_rate", step, STEPS)
            rate = rate_at(step)
            rates = {name: rate * full / highest for name, full in pace.rates.items()}
            for group in optimizer.param_groups:
                group["lr"] = rates[group["name"]]
            batch = ahead.take(step)
            did, pieces = try_step(
                lesson, optimizer, batch, objective, accelerator, pieces, course.seed_of(step), reporter
            )
            mean = SMOOTHING * mean + (1 - SMOOTHING) * did.loss
            smooth = mean / (1 - SMOOTHING ** (step + 1))
            if not math.isfinite(smooth) or (points and smooth > TOO_MUCH * min(loss for _, loss in points)):
                break
            points.append((rate, smooth))
            reporter.emit(Batch, step=step + 1, epoch=0, loss=did.loss, learning_rates=rates)
    reporter.progress("find_rate", STEPS, STEPS)
    lesson.load(before)
    return points, suggestion(points)


def rate_at(step: int) -> float:
    """The rate of a step: from the lowest to the highest in equal ratios."""
    return float(LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1)))


def suggestion(points: Points) -> float | None:
    """By the rule above, rounded to two digits."""
    if not points:
        return None
    rate, lowest = min(points, key=lambda point: point[1])
    if lowest > (1 - FELL) * points[0][1]:
        return None
    return float(f"{rate / 10:.1e}")
