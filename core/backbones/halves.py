"""Cuts a network in two at a stage: below it, what a picture becomes; above it, what that becomes.

Any network of timm or torchvision is cut the same way, without knowing how its `forward` is written. The half that is
not wanted is put to sleep: a view of the network, sharing every parameter, in which those modules answer at once with
an empty tensor of one sample. What the forward pass does between modules (position tables, class tokens) then costs
next to nothing, and the module at the cut gives what was kept instead of what it would compute.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from core.backbones.network import Network

# Cutting reorders nothing; what differs by more than this share of the largest feature was not the same computation.
LARGEST_DIFFERENCE = 1e-4


class Halves:
    """`lower` and `upper` of a network at a stage; `shape` is that of what passes between them for one picture.

    The parameters are the network's own: train the network and these halves have learned. `upper` follows the
    training mode of the network's modules.
    """

    def __init__(self, network: Network, stage: int) -> None:
        self._cut = f"layers.{network.stages[stage].name}"
        self._size = network.image_size
        trace = _trace(network, self._size)
        self.shape = trace.shapes[self._cut][1:]
        self._given = _Given()
        self._ancestors: list[tuple[nn.Module, nn.Module]] = []
        below = trace.before(self._cut)
        self._upper = self._view(network, "", {name: trace.shapes[name] for name in below}, self._given)
        self._catch = _Catch()
        above = trace.after(self._cut)
        boundary = nn.Sequential(network.get_submodule(self._cut), self._catch)
        self._lower = self._view(network, "", {name: trace.shapes[name] for name in above}, boundary)

    def lower(self, pictures: Tensor) -> Tensor:
        """What the stage at the cut gives, [N, …], of normalised pictures [N, 3, S, S]."""
        self._follow()
        self._lower(pictures)
        return self._catch.release()

    def upper(self, given: Tensor) -> Tensor:
        """Features [N, D] of what `lower` gave."""
        self._follow()
        self._given.output = given
        try:
            features: Tensor = self._upper(given.new_zeros(1, 3, self._size, self._size))
        finally:
            self._given.output = None
        return features

    def takes(self, inputs: Tensor) -> bool:
        """Whether these are inputs of `upper`, and not pictures."""
        return tuple(inputs.shape[1:]) == self.shape

    def _follow(self) -> None:
        for view, original in self._ancestors:
            view.training = original.training

    def _view(
        self, module: nn.Module, name: str, asleep: Mapping[str, tuple[int, ...]], boundary: nn.Module
    ) -> nn.Module:
        """The module with the same parameters, in which some modules sleep and `boundary` stands at the cut."""
        if name == self._cut:
            return boundary
        if name in asleep:
            return _Asleep(asleep[name])
        inside = f"{name}." if name else ""
        if not any(other.startswith(inside) for other in (*asleep, self._cut)):
            return module
        view = copy.copy(module)
        self._ancestors.append((view, module))
        view._modules = {
            child: None if inner is None else self._view(inner, f"{inside}{child}", asleep, boundary)
            for child, inner in module._modules.items()
        }
        return view


def halves(network: Network, stage: int) -> Halves | None:
    """The network cut above `stage`; None where more than one tensor passes there, so that no cut gives the same.

    The network must be in evaluation mode; whether the halves agree with it is tried on two pictures of noise.
    """
    try:
        cut = Halves(network, stage)
        example = torch.randn(2, 3, network.image_size, network.image_size, generator=torch.Generator().manual_seed(0))
        example = example.to(next(network.parameters()).device)
        with torch.no_grad():
            whole, joined = network(example), cut.upper(cut.lower(example))
    except (RuntimeError, KeyError, ValueError, TypeError, IndexError):  # a forward pass that needs what sleeps
        return None
    same = whole.shape == joined.shape and (whole - joined).abs().max() <= LARGEST_DIFFERENCE * whole.abs().max()
    return cut if same and cut.shape != tuple(example.shape[1:]) else None


@dataclass(slots=True)
class _Trace:
    """When modules ran, by name, as first entry and last exit; shapes of those that gave one tensor each time."""

    clock: int = 0
    first: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def before(self, cut: str) -> list[str]:
        """What had done all its work when the module at the cut had."""
        return [name for name, left in self.last.items() if left < self.last[cut] and self._may_sleep(name, cut)]

    def after(self, cut: str) -> list[str]:
        """What began only then."""
        return [name for name, began in self.first.items() if began > self.last[cut] and self._may_sleep(name, cut)]

    def _may_sleep(self, name: str, cut: str) -> bool:
        return name in self.shapes and not name.startswith(f"{cut}.")

    def enter(self, name: str) -> Callable[[nn.Module, Any], None]:
        def note(module: nn.Module, inputs: Any) -> None:
            self.clock += 1
            self.first.setdefault(name, self.clock)

        return note

    def leave(self, name: str) -> Callable[[nn.Module, Any, Any], None]:
        def note(module: nn.Module, inputs: Any, output: Any) -> None:
            self.clock += 1
            self.last[name] = self.clock
            if isinstance(output, Tensor):
                self.shapes[name] = tuple(output.shape)

        return note


def _trace(network: Network, size: int) -> _Trace:
    trace, handles = _Trace(), []
    for name, module in network.named_modules():
        if name:
            handles.append(module.register_forward_pre_hook(trace.enter(name)))
            handles.append(module.register_forward_hook(trace.leave(name)))
    try:
        with torch.no_grad():
            network(torch.zeros(1, 3, size, size, device=next(network.parameters()).device))
    finally:
        for handle in handles:
            handle.remove()
    return trace


class _Asleep(nn.Module):
    """Answers with zeros in the shape that its module would have given for one picture."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self._shape = shape

    def forward(self, inputs: Tensor, *_: Any, **__: Any) -> Tensor:
        return inputs.new_zeros(self._shape)


class _Given(nn.Module):
    """Answers with what was put in."""

    def __init__(self) -> None:
        super().__init__()
        self.output: Tensor | None = None

    def forward(self, inputs: Tensor, *_: Any, **__: Any) -> Tensor:
        if self.output is None:
            raise RuntimeError("nothing was given")
        return self.output


class _Catch(nn.Module):
    """Keeps what comes by, and sends one empty sample on in its place."""

    def __init__(self) -> None:
        super().__init__()
        self._caught: Tensor | None = None

    def forward(self, inputs: Tensor) -> Tensor:
        self._caught = inputs
        return inputs.new_zeros(1, *inputs.shape[1:])

    def release(self) -> Tensor:
        if self._caught is None:
            raise RuntimeError("the stage did not run")
        caught, self._caught = self._caught, None
        return caught
