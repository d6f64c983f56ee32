"""Tensors in a file, whole or absent."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from core.project import atomic


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raises UserError DISK_FULL or CANNOT_WRITE.

    Not by safetensors' own writer: its error does not tell a full disk, which a training waits out, from a bug.
    """
    atomic.write_bytes(path, save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}))
