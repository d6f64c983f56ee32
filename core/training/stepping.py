"""One step of gradient descent, by one process or several, in as many pieces as memory asks for."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from core.errors import UserError
from core.events import Advice, Reporter
from core.memory import is_out_of_memory
from core.training.batches import Batch
from core.training.lesson import Lesson, statistics
from core.training.team import losses


@dataclass(frozen=True, slots=True)
class Objective:
    """What is minimised. `class_weights` [C] or None; `l1` is the weight of the sum of |w| over the head's weights."""

    class_weights: Tensor | None = None
    label_smoothing: float = 0.0
    l1: float = 0.0
    gradient_clip: float = 0.0

    def loss(self, logits: Tensor, piece: Batch, whole: Batch) -> Tensor:
        """The piece's share of the mean cross-entropy of the whole batch."""
        loss = piece.share * self._part(logits, piece.labels, whole.labels)
        if piece.others is not None and whole.others is not None:
            loss = loss + (1 - piece.share) * self._part(logits, piece.others, whole.others)
        return loss

    def _part(self, logits: Tensor, labels: Tensor, all_labels: Tensor) -> Tensor:
        weights = self.class_weights
        total = len(all_labels) if weights is None else weights[all_labels].sum()
        summed = functional.cross_entropy(
            logits, labels, weights, label_smoothing=self.label_smoothing, reduction="sum"
        )
        return summed / total


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did. With `out_of_memory` it did nothing; with a loss that is no finite number it stopped short."""

    loss: float = 0.0
    correct: int = 0
    out_of_memory: Exception | None = None


def accelerator_for(device: str, precision: str) -> Accelerator:
    """A fresh accelerator; accelerate keeps one state a process, and a trainer trains many times."""
    AcceleratorState._reset_state(reset_partial_state=True)
    names = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}
    threads = torch.get_num_threads()
    accelerator = Accelerator(cpu=device == "cpu", mixed_precision=names[precision])
    torch.set_num_threads(threads)  # with several processes accelerate may have other ideas
    return accelerator


def take_step(
    model: nn.Module,
    head: nn.Linear,
    optimizer: Optimizer,
    batch: Batch,
    objective: Objective,
    accelerator: Accelerator,
    most: int,
) -> Outcome:
    """One step on a batch that lies on the device; each process takes its part, `most` pictures at once."""
    optimizer.zero_grad()
    before = [(buffer, buffer.clone()) for buffer in statistics(model)]
    failure: Exception | None = None
    loss, correct = torch.zeros((), device=accelerator.device), torch.zeros((), device=accelerator.device)
    try:
        own, count = batch.part(accelerator.process_index, accelerator.num_processes), accelerator.num_processes
        passes = math.ceil(math.ceil(len(batch) / count) / most)  # as many in every process
        for piece in (own.part(number, passes) for number in range(passes)):
            if not (len(piece) or before):
                continue  # fewer pictures than processes; norms that adapt want even this pass
            with accelerator.autocast():
                logits = model(piece.inputs).float()
            part = objective.loss(logits, piece, batch)
            penalty = objective.l1 * head.weight.abs().sum() * (len(piece) / len(batch)) if objective.l1 else 0.0
            accelerator.backward(part + penalty)
            loss += part.detach()
            correct += (logits.argmax(1) == piece.labels).sum()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        failure = error.with_traceback(None)  # which holds every tensor of the attempt, and with it the memory
    told = torch.stack([loss, correct, torch.full_like(loss, failure is not None)])
    if accelerator.num_processes > 1:
        told = _gathered(model.parameters(), told, accelerator)
    total, hits, failures = told.tolist()
    if failures:
        optimizer.zero_grad()
        for buffer, value in before:
            buffer.copy_(value)
        return Outcome(out_of_memory=failure or RuntimeError("another process ran out of memory"))
    if math.isfinite(total):
        if objective.gradient_clip:
            accelerator.clip_grad_norm_(model.parameters(), objective.gradient_clip)
        optimizer.step()
    return Outcome(total, int(hits))


def smaller(error: Exception, pieces: int, batch: int, reporter: Reporter) -> int:
    """Twice as many pieces after running out of memory. Raises UserError OUT_OF_MEMORY if nothing is left to divide."""
    if pieces >= batch:
        raise UserError("OUT_OF_MEMORY") from error
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    reporter.emit(Advice, code="OUT_OF_MEMORY", params={"pieces": pieces * 2})
    return pieces * 2


def try_step(
    lesson: Lesson, optimizer: Optimizer, batch: Batch, objective: Objective, accelerator: Accelerator, pieces: int,
    seed: int, reporter: Reporter,
) -> tuple[Outcome, int]:  # fmt: skip
    """A step of a single process that is no part of a training, in so many pieces or more; and how many they were."""
    while True:
        torch.manual_seed(seed)
        lesson.set_mode()
        most = -(-len(batch) // pieces)
        did = take_step(lesson.model, lesson.head, optimizer, batch, objective, accelerator, most)
        if not did.out_of_memory:
            return did, pieces
        pieces = smaller(did.out_of_memory, pieces, len(batch), reporter)


def _gathered(parameters: Iterable[nn.Parameter], told: Tensor, accelerator: Accelerator) -> Tensor:
    """Add up gradients and figures over all processes, in one message, so that every process takes the same step.

    Not DistributedDataParallel: it averages, which is wrong for parts of unequal length, and must know beforehand which
    parameters will ever learn.
    """
    learning = [parameter for parameter in parameters if parameter.requires_grad]
    for parameter in learning:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    gradients = [parameter.grad for parameter in learning if parameter.grad is not None]
    together = torch.cat([*(gradient.flatten() for gradient in gradients), told])
    with losses():
        summed: Tensor = accelerator.reduce(together, reduction="sum")
    start = 0
    for gradient in gradients:
        gradient.copy_(summed[start : start + gradient.numel()].view_as(gradient))
        start += gradient.numel()
    return summed[start:]
