"""Memory that is freed stays with the process while a job runs; and what counts as having run out of it."""

import resource
import sys

import numpy as np
import pytest
import torch

from core import memory

MEGABYTES_64 = 2**26


def _faults_of_a_step() -> int:
    """Pages that the system had to hand out while a block was taken, filled and freed."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = np.full(MEGABYTES_64, 1, np.uint8)
    del block
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(sys.platform != "linux" or memory._glibc() is None, reason="only glibc can be told")
def test_a_block_that_was_freed_is_taken_again() -> None:
    with memory.kept():
        _faults_of_a_step()
        assert min(_faults_of_a_step() for _ in range(5)) < 100  # of 16,384 pages


def test_what_says_that_memory_ran_out() -> None:
    for error in (
        MemoryError(), torch.OutOfMemoryError("full"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    ):  # fmt: skip
        assert memory.is_out_of_memory(error)
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**55)
    assert memory.is_out_of_memory(caught.value)
    with pytest.raises(RuntimeError) as caught:
        torch.zeros(2) @ torch.zeros(3)
    assert not memory.is_out_of_memory(caught.value)
