"""Memory that a step of training frees stays with the process, for the next step to use.

By itself glibc gives every large block back to the system and gets it anew, zeroed page by page: a quarter of a step.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of glibc's mallopt(3)
_FROM_THE_HEAP = 2**30
_NEVER = 2**31 - 1


@contextmanager
def kept() -> Iterator[None]:
    """Within the block what is freed is kept; at its end it is given back. Without glibc nothing happens."""
    glibc = _glibc()
    if glibc is not None:
        glibc.mallopt(_MMAP_THRESHOLD, _FROM_THE_HEAP)
        glibc.mallopt(_TRIM_THRESHOLD, _NEVER)
    try:
        yield
    finally:
        if glibc is not None:
            glibc.malloc_trim(0)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, whichever device it was. torch has a class of its own (by its name
    here, for it may not be loaded), but not for a processor's memory."""
    told, known = str(error).lower(), type(error).__name__ == "OutOfMemoryError"
    return isinstance(error, MemoryError) or known or "out of memory" in told or "can't allocate memory" in told


@cache
def _glibc() -> Any:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
