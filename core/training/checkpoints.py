"""Checkpoints, written whole: model and optimiser as safetensors, then a JSON beside them that makes them count.

A checkpoint without its JSON never happened; so a crash or a full disk at any moment leaves the one before intact.
Random numbers need no saving: each step's are drawn from the seed and the step's number.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim import Optimizer

from core.project import atomic

KEPT = 2


@dataclass(slots=True)
class Position:
    """Where a training stands. `step` steps are done; the sums run over the epoch that is under way."""

    step: int = 0
    rate_scale: float = 1.0
    recovered: bool = False
    pieces: int = 1
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    best_epoch: int = 0
    best_accuracy: float = -1.0
    best_loss: float = float("inf")
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a checkpoint holds, in memory."""

    position: Position
    model: Mapping[str, Tensor]
    optimizer: Mapping[str, Any]


def save(folder: Path, position: Position, model: Mapping[str, Tensor], optimizer: Optimizer) -> Path:
    """Write a checkpoint and drop all but the last two. Raises UserError DISK_FULL or CANNOT_WRITE."""
    name = f"step-{position.step:08d}"
    tensors, plain = _flatten(optimizer.state_dict())
    path = folder / f"{name}.safetensors"
    _write_tensors(path, model)
    _write_tensors(folder / f"{name}.optimizer.safetensors", tensors)
    atomic.write_json(folder / f"{name}.json", {"position": asdict(position), "optimizer": plain})
    for old in sorted(folder.glob("step-*.json"))[:-KEPT]:
        for suffix in (".json", ".optimizer.safetensors", ".safetensors"):
            old.with_suffix(suffix).unlink(missing_ok=True)
    return path


def save_best(folder: Path, model: Mapping[str, Tensor]) -> Path:
    path = folder / "best.safetensors"
    _write_tensors(path, model)
    return path


def load_best(folder: Path) -> dict[str, Tensor] | None:
    try:
        return load_file(folder / "best.safetensors")
    except (OSError, SafetensorError):
        return None


def latest(folder: Path) -> Saved | None:
    """The last whole checkpoint, or None."""
    for card in sorted(folder.glob("step-*.json"), reverse=True):
        try:
            kept = json.loads(card.read_text(encoding="utf-8"))
            model = load_file(card.with_suffix(".safetensors"))
            tensors = load_file(card.with_suffix(".optimizer.safetensors"))
        except (OSError, ValueError, SafetensorError):
            continue  # damaged from outside: the one before serves
        return Saved(Position(**kept["position"]), model, _unflatten(tensors, kept["optimizer"]))
    return None


def in_memory(position: Position, model: Mapping[str, Tensor], optimizer: Optimizer) -> Saved:
    """A copy to go back to when the loss leaves all bounds."""
    tensors, plain = _flatten(optimizer.state_dict())
    copied = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    copy = Position(**{**asdict(position), "history": list(position.history)})
    return Saved(copy, {n: t.detach().clone() for n, t in model.items()}, _unflatten(copied, plain))


def _write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    with atomic.whole(path) as temporary:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary)


def _flatten(state: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimiser's state as tensors by name, and the rest as JSON."""
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {"param_groups": state["param_groups"], "state": {}}
    for index, values in state["state"].items():
        plain["state"][str(index)] = {}
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"{index}.{name}"] = value
            else:
                plain["state"][str(index)][name] = value
    return tensors, plain


def _unflatten(tensors: Mapping[str, Tensor], plain: Mapping[str, Any]) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {int(index): dict(values) for index, values in plain["state"].items()}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = tensor
    groups = [dict(group) for group in plain["param_groups"]]
    for group in groups:
        if "betas" in group:
            group["betas"] = tuple(group["betas"])
    return {"state": state, "param_groups": groups}


def to_device(tensors: Mapping[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    return {name: tensor.to(device) for name, tensor in tensors.items()}
