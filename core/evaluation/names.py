"""Names of the file system in numpy's files, which hold no objects."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def packed(names: Sequence[str]) -> NDArray[np.uint8]:
    """Names, perhaps no text at all, as bytes; no name holds a zero."""
    return np.frombuffer(b"\0".join(map(os.fsencode, names)), np.uint8)


def unpacked(content: NDArray[np.uint8]) -> tuple[str, ...]:
    """The inverse of `packed`."""
    joined = content.tobytes()
    return tuple(map(os.fsdecode, joined.split(b"\0"))) if joined else ()
