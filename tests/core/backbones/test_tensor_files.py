"""What the system says while tensors are being written is what the user is told."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.backbones.tensor_files import write_tensors
from core.errors import UserError

LIMIT = 64 * 1024


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may grow beyond the limit: a write that the system refuses, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_the_system_refuses_is_told_and_leaves_what_was_there(tmp_path: Path, small_files: None) -> None:
    path = tmp_path / "model.safetensors"
    write_tensors(path, {"small": torch.arange(10.0)})
    with pytest.raises(UserError) as caught:
        write_tensors(path, {"large": torch.zeros(LIMIT)})
    assert caught.value.code == "CANNOT_WRITE"
    assert torch.equal(load_file(path)["small"], torch.arange(10.0))
    assert list(tmp_path.iterdir()) == [path]
