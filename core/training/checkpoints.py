"""Checkpoints, written whole: weights, their average, the optimiser, and last the JSON that makes them count.

A checkpoint without its JSON never happened; so a crash or a full disk at any moment leaves the one before intact.
Random numbers need no saving: each step's are drawn from the seed and the step's number.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.backbones.tensor_files import write_tensors
from core.errors import UserError
from core.project import atomic

KEPT = 2
SUFFIXES = (".json", ".average.safetensors", ".optimizer.safetensors", ".safetensors")


@dataclass(slots=True)
class Position:
    """Where a training stands. `step` steps are done; the sums run over the epoch that is under way.

    `floor` is the lowest stage that learns. `pieces`: so many parts make up a batch since memory ran short. `scaler`
    is the state of the one that keeps gradients of half precision in range; empty where there is none.
    """

    step: int = 0
    floor: int = 0
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
    scaler: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> "Position":
        values = {name: getattr(self, name) for name in self.__slots__}
        return Position(**{**values, "history": list(self.history)})


@dataclass(frozen=True, slots=True)
class Saved:
    """What a checkpoint holds: all that may have changed, its running average (or nothing), the optimiser's state."""

    position: Position
    model: Mapping[str, Tensor]
    average: Mapping[str, Tensor]
    optimizer: Mapping[str, Any]

    def copy(self) -> "Saved":
        """To go back to: what the training does from now on leaves it alone."""
        tensors, plain = _flatten(self.optimizer)
        optimizer = _unflatten(_cloned(tensors), json.loads(json.dumps(plain)))
        return Saved(self.position.copy(), _cloned(self.model), _cloned(self.average), optimizer)


def save(folder: Path, saved: Saved, beside: int | None = None) -> Path:
    """Write a checkpoint and drop all but the last two and the one at step `beside`.

    Raises UserError DISK_FULL or CANNOT_WRITE.
    """
    name = f"step-{saved.position.step:08d}"
    tensors, plain = _flatten(saved.optimizer)
    path = folder / f"{name}.safetensors"
    write_tensors(path, saved.model)
    write_tensors(folder / f"{name}.optimizer.safetensors", tensors)
    write_tensors(folder / f"{name}.average.safetensors", saved.average)
    atomic.write_json(folder / f"{name}.json", {"position": asdict(saved.position), "optimizer": plain})
    for old in steps_in(folder)[:-KEPT]:
        if old != beside:
            _drop(folder, old)
    return path


def steps_in(folder: Path) -> list[int]:
    """The steps at which whole checkpoints stand, in order."""
    return sorted(int(card.stem.removeprefix("step-")) for card in folder.glob("step-*.json"))


def drop_after(folder: Path, step: int) -> None:
    """Forget checkpoints of a course that the training has turned away from."""
    for later in steps_in(folder):
        if later > step:
            _drop(folder, later)


def _drop(folder: Path, step: int) -> None:
    for suffix in SUFFIXES:
        (folder / f"step-{step:08d}{suffix}").unlink(missing_ok=True)


def save_best(folder: Path, epoch: int, model: Mapping[str, Tensor]) -> Path:
    """The best state, found at the end of an epoch. The best before it stays: an older checkpoint may tell of it."""
    path = folder / f"best-{epoch:06d}.safetensors"
    write_tensors(path, model)
    for old in sorted(folder.glob("best-*.safetensors"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def save_snapshot(folder: Path, step: int, model: Mapping[str, Tensor]) -> Path:
    """The weights at a moment that is worth keeping. A snapshot is never dropped."""
    path = folder / f"snapshot-{step:08d}.safetensors"
    write_tensors(path, model)
    return path


def snapshots(folder: Path) -> dict[int, Path]:
    """All snapshots by step, in order."""
    found = sorted(folder.glob("snapshot-*.safetensors"))
    return {int(path.stem.removeprefix("snapshot-")): path for path in found}


def load_best(folder: Path, epoch: int) -> dict[str, Tensor] | None:
    try:
        return load_file(folder / f"best-{epoch:06d}.safetensors")
    except (OSError, SafetensorError):
        return None


def latest(folder: Path) -> Saved | None:
    """The last whole checkpoint that can be read; None where none was written yet.

    Raises UserError NO_CHECKPOINT where none of several can be read: to begin anew would be to lose what they hold.
    """
    steps = steps_in(folder)
    found = next((saved for step in reversed(steps) if (saved := load(folder, step))), None)
    if found is None and steps:
        raise UserError("NO_CHECKPOINT", path=str(folder))
    return found


def load(folder: Path, step: int) -> Saved | None:
    """The checkpoint at a step; None where there is none, or it was damaged from outside."""
    name = f"step-{step:08d}"
    try:
        kept = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        model, average, tensors = (
            load_file(folder / f"{name}{middle}.safetensors") for middle in ("", ".average", ".optimizer")
        )
        return Saved(Position(**kept["position"]), model, average, _unflatten(tensors, kept["optimizer"]))
    except (OSError, ValueError, TypeError, SafetensorError):
        return None


def _cloned(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


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
