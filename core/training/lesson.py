"""What the loop trains and what it learns from, while stages may be opened one after another."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _NormBase

from core.memory import is_out_of_memory
from core.strategy.opening import at_floor
from core.strategy.plan import NETWORK_PREFIX, Group, apply
from core.training.classifier import Classifier
from core.training.examples import Examples

JUDGED_AT_ONCE = 64
Scores = dict[str, float]


class Lesson(Protocol):
    """What the loop knows of a training. `top` and `planned` bound the floor, the lowest stage that learns; the user
    may take it down to 0."""

    @property
    def model(self) -> nn.Module: ...

    head: nn.Linear
    examples: Examples
    top: int
    planned: int
    floor: int

    def open(self, floor: int) -> None:
        """Let stages from `floor` on learn, and only these."""

    def set_mode(self) -> None:
        """What takes the place of `model.train()`: frozen stages and kept statistics stay in evaluation mode."""

    def judge(self) -> Scores | None:
        """Loss and accuracy as the model stands, on pictures it does not learn from; None where there are none."""

    def changing(self) -> Mapping[str, Tensor]:
        """All that may change, by name, as the model holds it."""

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over what `changing` gave; what was not open by then is as it was in the beginning."""


class ClassifierLesson:
    """Implements `Lesson`. `groups` is the widest plan; `to_judge` are examples that are never learned from."""

    def __init__(
        self, classifier: Classifier, groups: Sequence[Group], top: int, planned: int, examples: Examples,
        to_judge: Examples,
    ) -> None:  # fmt: skip
        self.model = classifier
        self.head = classifier.head
        self.examples = examples
        self.top, self.planned, self.floor = top, planned, top
        self._to_judge = to_judge
        self._groups = groups
        self._untouched: dict[str, Tensor] = {}
        self._set_mode: Callable[[], None] = apply(at_floor(groups, top, top), classifier)

    def open(self, floor: int) -> None:
        for name, value in self._from(floor).items():
            if name not in self._untouched:
                self._untouched[name] = value.detach().clone()
        self.floor = floor
        self._set_mode = apply(at_floor(self._groups, floor, self.top), self.model)

    def set_mode(self) -> None:
        self._set_mode()

    def judge(self) -> Scores | None:
        if not len(self._to_judge.labels):
            return None
        logits = logits_of(self.model, self._to_judge)
        return scores(logits, self._to_judge.labels)

    def changing(self) -> Mapping[str, Tensor]:
        return self._from(self.floor)

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                source = tensors.get(name, self._untouched.get(name))
                if source is not None:
                    value.copy_(source)

    def _from(self, floor: int) -> dict[str, Tensor]:
        """Parameters and buffers of the head and of the stages from `floor` on."""
        stage_of = self.model.network.stage_of
        return {
            name: value
            for name, value in self.model.state_dict().items()
            if not name.startswith(NETWORK_PREFIX) or floor <= stage_of(name.removeprefix(NETWORK_PREFIX)) < self.top
        }


def logits_of(model: nn.Module, examples: Examples, at_once: int = JUDGED_AT_ONCE) -> Tensor:
    """What the model in evaluation mode makes of all examples [N, C], in full precision; of fewer at once where the
    memory does not hold so many."""
    device = next(model.parameters()).device
    model.eval()
    try:
        with torch.inference_mode():
            batches = torch.split(torch.arange(len(examples.labels)), at_once)
            return torch.cat([model(examples.inputs(some, 0, device)).float().cpu() for some in batches])
    except (RuntimeError, MemoryError) as error:
        if at_once == 1 or not is_out_of_memory(error):
            raise
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return logits_of(model, examples, at_once // 2)


def scores(logits: Tensor, labels: Tensor) -> Scores:
    loss = functional.cross_entropy(logits, labels)
    return {"loss": float(loss), "accuracy": float((logits.argmax(1) == labels).float().mean())}


def statistics(model: nn.Module) -> list[Tensor]:
    """Running statistics that a forward pass in training mode changes."""
    moving = (module for module in model.modules() if isinstance(module, _NormBase) and module.training)
    return [buffer for module in moving for buffer in module.buffers()]
