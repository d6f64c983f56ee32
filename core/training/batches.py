"""What each step learns from, a pure function of the seed and the step; prepared while the one before is computed."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.errors import UserError
from core.memory import is_out_of_memory
from core.training.examples import CPU, Examples, balanced_order, order
from core.training.mixing import mixed


@dataclass(frozen=True, slots=True)
class Batch:
    """`inputs` [B, …] and `labels` [B]. Where pictures are mixed, `others` [B] are right as well, by 1 - `share`."""

    inputs: Tensor
    labels: Tensor
    others: Tensor | None = None
    share: float = 1.0

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, index: int, count: int) -> "Batch":
        """One of `count` parts of nearly equal length, some of them perhaps empty."""
        return self._slice(len(self) * index // count, len(self) * (index + 1) // count)

    def _slice(self, start: int, end: int) -> "Batch":
        others = None if self.others is None else self.others[start:end]
        return Batch(self.inputs[start:end], self.labels[start:end], others, self.share)


@dataclass(frozen=True, slots=True)
class Course:
    """Which examples each step sees, and what is done to them; batches lie on `device`."""

    examples: Examples
    batch_size: int
    seed: int
    balanced: bool = False
    mixup: float = 0.0
    cutmix: float = 0.0
    device: torch.device = CPU
    _orders: dict[int, Tensor] = field(default_factory=dict, repr=False, compare=False)

    @property
    def per_epoch(self) -> int:
        """The last batch is what is left. A single picture goes with the batch before: alone it has no statistics."""
        whole, left = divmod(len(self.examples.labels), self.batch_size)
        return max(1, whole + (left > 1))

    def seed_of(self, step: int) -> int:
        """What all that is random in a step is drawn from."""
        return self.seed * 1_000_003 + step

    def positions(self, step: int) -> Tensor:
        """Which examples the step (from 0) sees [B]."""
        epoch, number = step // self.per_epoch + 1, step % self.per_epoch
        if epoch not in self._orders:
            labels = self.examples.labels
            drawn = balanced_order(labels, epoch, self.seed) if self.balanced else order(len(labels), epoch, self.seed)
            self._orders.clear()
            self._orders[epoch] = drawn
        last, start = number + 1 == self.per_epoch, number * self.batch_size
        return self._orders[epoch][start:] if last else self._orders[epoch][start : start + self.batch_size]

    def batch(self, step: int) -> Batch:
        positions, seed = self.positions(step), self.seed_of(step)
        inputs, labels = self.examples.inputs(positions, seed, self.device), self.examples.labels[positions]
        if not (self.mixup or self.cutmix):
            return Batch(inputs, labels.to(self.device))
        inputs, partners, share = mixed(inputs, self.mixup, self.cutmix, seed)
        return Batch(inputs, labels.to(self.device), labels[partners].to(self.device), share)


class Ahead:
    """Prepares the batch after the one that is asked for, in a thread of its own. Close it when the training ends."""

    def __init__(self, course: Course, steps: int) -> None:
        self._course = course
        self._steps = steps
        self._thread = ThreadPoolExecutor(1, "batches")
        self._waiting: dict[int, Future[Batch]] = {}

    def take(self, step: int) -> Batch:
        """The batch of a step. Raises what preparing it raised, and UserError OUT_OF_MEMORY."""
        future = self._waiting.pop(step, None) or self._thread.submit(self._course.batch, step)
        self.forget()
        if step + 1 < self._steps:
            self._waiting[step + 1] = self._thread.submit(self._course.batch, step + 1)
        try:
            return future.result()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise UserError("OUT_OF_MEMORY") from error

    def forget(self) -> None:
        """What was prepared is not wanted any more: another step comes, or stages were opened."""
        for future in self._waiting.values():
            future.cancel()
        self._waiting.clear()

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.shutdown(cancel_futures=True)
