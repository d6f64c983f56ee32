"""Divides a network into stages: the groups of blocks between two changes of resolution.

timm says where its stages end (`feature_info`); torchvision's networks are watched while one empty picture passes.
What shrinks the picture less than four times counts to the stem, and so to the first stage; what follows the last
stage (a final convolution or norm) counts to the last. Networks of one resolution, such as vision transformers,
are divided into four equal groups of blocks.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

STEM_SHRINKS_LESS_THAN = 4
GROUPS_OF_ONE_RESOLUTION = 4


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. `name` is the module it ends with, `resolution` the side of its feature map at the usual size."""

    index: int
    name: str
    channels: int
    resolution: int
    parameters: int


@dataclass(frozen=True, slots=True)
class Division:
    """The stages, the stage of every parameter and buffer by name, and the number of features at the end."""

    stages: tuple[Stage, ...]
    stage_of: Mapping[str, int]
    feature_count: int


@dataclass(frozen=True, slots=True)
class _Row:
    """A place where a stage may end: a module, its kind, and how many times smaller than the picture it gives."""

    module: str
    kind: type
    shrinks: int


@dataclass(slots=True)
class _Trace:
    """What one forward pass did: modules in the order of entering and leaving, and the outputs' shapes."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    output: tuple[int, ...] = ()

    def enter(self, name: str) -> Callable[[nn.Module, Any], None]:
        return lambda module, inputs: self.steps.append(("enter", name))

    def leave(self, name: str) -> Callable[[nn.Module, Any, Any], None]:
        def note(module: nn.Module, inputs: Any, output: Any) -> None:
            self.steps.append(("leave", name))
            self.shapes[name] = tuple(first_tensor(output).shape)

        return note


def divide(layers: nn.Module, image_size: int) -> Division:
    """Find the stages of a network by one forward pass of an empty picture of `image_size` pixels a side."""
    trace = _trace(layers, image_size)
    rows = _ends(_told_rows(layers, trace) or _seen_rows(layers, trace, image_size))
    stage_of = _assign(layers, trace, [row.module for row in rows])
    counts = [0] * len(rows)
    for name, parameter in layers.named_parameters():
        counts[stage_of[name]] += parameter.numel()
    stages = tuple(
        Stage(i, row.module, channels_of(trace.shapes[row.module]), _side(trace.shapes[row.module]), counts[i])
        for i, row in enumerate(rows)
    )
    return Division(stages, stage_of, trace.output[1])


def first_tensor(output: Any) -> Tensor:
    while not isinstance(output, Tensor):
        output = next(iter(output.values())) if isinstance(output, Mapping) else output[0]
    return output


def is_channels_last(shape: Sequence[int]) -> bool:
    """Whether a map [N, ?, ?, ?] has its channels at the end: its two sides are equal where a picture is square."""
    return len(shape) == 4 and shape[1] == shape[2] != shape[3]


def channels_of(shape: Sequence[int]) -> int:
    return shape[1] if len(shape) == 4 and not is_channels_last(shape) else shape[-1]


def _side(shape: Sequence[int]) -> int:
    if len(shape) == 3:
        return math.isqrt(shape[1])
    return shape[1] if is_channels_last(shape) else shape[2]


def _trace(layers: nn.Module, image_size: int) -> _Trace:
    trace = _Trace()
    modules = dict(layers.named_modules())
    handles = [module.register_forward_pre_hook(trace.enter(name)) for name, module in modules.items()]
    handles += [module.register_forward_hook(trace.leave(name)) for name, module in modules.items()]
    was_training = layers.training
    try:
        with torch.no_grad():
            output = layers.eval()(torch.zeros(1, 3, image_size, image_size))
    finally:
        layers.train(was_training)
        for handle in handles:
            handle.remove()
    trace.output = tuple(output.shape)
    return trace


def _told_rows(layers: nn.Module, trace: _Trace) -> list[_Row]:
    """timm's own list of stages, or nothing where it has none or names a module that did not run."""
    told = list(getattr(layers, "feature_info", ()) or ())
    ran = [row for row in told if len(trace.shapes.get(row["module"], ())) in (3, 4) and row.get("reduction")]
    if len(ran) < len(told) or len(told) < 2:
        return []
    modules = dict(layers.named_modules())
    return [_Row(row["module"], type(modules[row["module"]]), int(row["reduction"])) for row in told]


def _seen_rows(layers: nn.Module, trace: _Trace, image_size: int) -> list[_Row]:
    """Every block that gave a feature map, in order. The map only ever shrinks on the way to the features."""
    blocks = _blocks(layers)
    modules = dict(layers.named_modules())
    rows: list[_Row] = []
    for step, name in trace.steps:
        shape = trace.shapes[name]
        if step == "leave" and name in blocks and len(shape) in (3, 4) and _side(shape) > 1:
            rows.append(_Row(name, type(modules[name]), round(image_size / _side(shape))))
    return rows


def _blocks(layers: nn.Module) -> set[str]:
    """Names of the units between which a network may be divided: what stands in its plain sequences.

    A child that is no sequence but holds more than half of all numbers (torchvision's `encoder`) is looked into.
    """
    half = sum(parameter.numel() for parameter in layers.parameters()) / 2
    names: set[str] = set()
    waiting = [(name, child, True) for name, child in layers.named_children()]
    while waiting:
        name, module, at_top = waiting.pop()
        is_sequence = isinstance(module, nn.Sequential | nn.ModuleList)
        holds_most = at_top and sum(parameter.numel() for parameter in module.parameters()) > half
        children = list(module.named_children())
        if children and (is_sequence or holds_most):
            waiting += [(f"{name}.{inner}", child, False) for inner, child in children]
        else:
            names.add(name)
    return names


def _ends(rows: list[_Row]) -> list[_Row]:
    """The last row of each resolution; with one resolution alone, four rows at equal distances."""
    past_stem = [row for row in rows if row.shrinks >= STEM_SHRINKS_LESS_THAN] or rows
    ends: list[_Row] = []
    for row in past_stem:
        while ends and row.shrinks <= ends[-1].shrinks:
            ends.pop()
        ends.append(row)
    if len(ends) > 1:
        return ends
    [(commonest, _)] = Counter(row.kind for row in past_stem).most_common(1)
    alike = [row for row in past_stem if row.kind is commonest]
    groups = min(GROUPS_OF_ONE_RESOLUTION, len(alike))
    return [alike[round(len(alike) * (i + 1) / groups) - 1] for i in range(groups)]


def _assign(layers: nn.Module, trace: _Trace, ends: list[str]) -> dict[str, int]:
    """The stage of every parameter and buffer: the stage in which its module first runs."""
    entered: dict[str, int] = {}
    stage = 0
    for step, name in trace.steps:
        if step == "enter":
            entered.setdefault(name, min(stage, len(ends) - 1))
        elif name in ends:
            stage = ends.index(name) + 1
    stage_of = {}
    names = [name for name, _ in layers.named_parameters()] + [name for name, _ in layers.named_buffers()]
    for name in names:
        owner = name.rpartition(".")[0]
        while owner not in entered:  # used without being called, as in a fused attention: its parent's stage
            owner = owner.rpartition(".")[0]
        stage_of[name] = entered[owner]
    return stage_of
