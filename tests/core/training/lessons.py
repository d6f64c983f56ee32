"""A small lesson for tests of the loop: three "stages" and a head on random vectors, with everything that can vary."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.events import Batch, Event, Reporter, Steer
from core.recipe import Schedule
from core.training.checkpoints import Position, latest
from core.training.examples import CPU, Examples
from core.training.lesson import Scores
from core.training.loop import Pace, learn
from core.training.steering import Steering
from core.training.stepping import accelerator_for

CLASSES, WIDTH, SAMPLES = 3, 12, 50
PACE = Pace(
    epochs=4,
    batch_size=16,
    rates={"stage 0": 0.002, "stage 1": 0.004, "stage 2": 0.01, "head": 0.02},
    schedule=Schedule(kind="cosine", warmup=0.2),
    gradient_clip=0.5,
    label_smoothing=0.1,
    seed=3,
)
EVERYTHING = replace(
    PACE,
    schedule=Schedule(kind="warm_restarts", cycles=3, warmup=0.2),
    ema=0.9,
    l1=0.01,
    mixup=0.2,
    cutmix=1.0,
    balanced=True,
    gradual=True,
)


class Noisy:
    """Vectors shaped as little pictures [N, 3, 2, 2], with noise that the seed draws."""

    def __init__(self, count: int = SAMPLES, noise: float = 0.1) -> None:
        generator = torch.Generator().manual_seed(5)
        self.labels = (torch.arange(count) % 7).clamp_max(CLASSES - 1)  # the last class is by far the largest
        self.vectors = torch.randn(count, WIDTH, generator=generator) + self.labels[:, None]
        self.noise = noise

    def inputs(self, positions: Tensor, seed: int, device: torch.device = CPU) -> Tensor:
        drawn = torch.randn(len(positions), WIDTH, generator=torch.Generator().manual_seed(seed))
        return (self.vectors[positions] + self.noise * drawn).view(-1, 3, 2, 2).to(device)


def model() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(WIDTH, 16, bias=False),  # a bias before a norm has no gradient but rounding
        nn.BatchNorm1d(16),
        nn.Sequential(nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 16)),
        nn.Linear(16, CLASSES),
    )


STAGES = {1: 0, 2: 1, 3: 2}  # which stage a child of the model belongs to; what is left is the head


class SmallLesson:
    """Implements `Lesson`. `judge_with` looks at the model as it stands."""

    def __init__(
        self, examples: Examples | None = None, judge_with: Callable[[nn.Module], Scores | None] | None = None,
        planned: int = 0,
    ) -> None:  # fmt: skip
        self.model = model()
        self.head: nn.Linear = self.model[4]
        self.examples = examples or Noisy()
        self.top, self.planned, self.floor = 3, planned, 3
        self._judge = judge_with or _likelihood
        self._first = {name: value.clone() for name, value in self.model.state_dict().items()}

    def open(self, floor: int) -> None:
        self.floor = floor
        for child, stage in STAGES.items():
            self.model[child].requires_grad_(stage >= floor)

    def set_mode(self) -> None:
        self.model.train()
        for child, stage in STAGES.items():
            self.model[child].train(stage >= self.floor)

    def judge(self) -> Scores | None:
        self.model.eval()
        return self._judge(self.model)

    def changing(self) -> Mapping[str, Tensor]:
        frozen = tuple(f"{child}." for child, stage in STAGES.items() if stage < self.floor)
        return {name: value for name, value in self.model.state_dict().items() if not name.startswith(frozen)}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        self.model.load_state_dict({**self._first, **tensors})

    def optimizer(self, kind: type[torch.optim.Optimizer] = torch.optim.AdamW) -> torch.optim.Optimizer:
        rows: list[dict[str, Any]] = [
            {"name": f"stage {stage}", "params": list(self.model[child].parameters()), "weight_decay": 0.05}
            for child, stage in STAGES.items()
        ]
        return kind([*rows, {"name": "head", "params": list(self.head.parameters()), "weight_decay": 0.0}], lr=1.0)


def _likelihood(model: nn.Module) -> Scores:
    """Loss and accuracy on vectors that were never learned from."""
    fresh = Noisy(30)
    with torch.inference_mode():
        logits = model(fresh.inputs(torch.arange(30), 99))
    loss = nn.functional.cross_entropy(logits, fresh.labels)
    return {"loss": float(loss), "accuracy": float((logits.argmax(1) == fresh.labels).float().mean())}


class Listener:
    """Hears every event; cancels or steers when a step is reached."""

    def __init__(
        self, cancel_at: int | None = None, wishes: Mapping[int, list[Steer]] | None = None, attended: bool = False
    ) -> None:
        self.events: list[Event] = []
        self.wishes = {step: list(some) for step, some in (wishes or {}).items()}
        self.step = 0
        self._cancel_at = cancel_at
        self._attended = attended

    def hear(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Batch):
            self.step = event.step

    def reporter(self) -> Reporter:
        return Reporter("test", self.hear, lambda: self.step == self._cancel_at, self._take, self._attended)

    def _take(self) -> tuple[Steer, ...]:
        return tuple(self.wishes.pop(self.step, ()))

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def train(
    folder: Path, listener: Listener | None = None, pace: Pace = PACE, lesson: SmallLesson | None = None,
    replay: list[dict[str, Any]] | None = None, class_weights: Tensor | None = None,
) -> tuple[nn.Module, Position]:  # fmt: skip
    lesson, listener = lesson or SmallLesson(), listener or Listener()
    saved, reporter = latest(folder), listener.reporter()
    listener.step = saved.position.step if saved else 0
    position = learn(
        lesson, lesson.optimizer(), class_weights, pace, accelerator_for("cpu", "fp32"), folder, reporter,
        Steering(reporter, replay or ()),
    )  # fmt: skip
    return lesson.model, position


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def steered(listener: Listener) -> list[dict[str, Any]]:
    """The steering events as a run stores them."""
    from core.events import Steered

    return [{"step": e.step, "action": e.action, "value": e.value} for e in listener.of(Steered)]


def soon(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()
