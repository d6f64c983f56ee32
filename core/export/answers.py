"""How an export is asked for its answer while it is being checked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# From a picture file, and its pixels uint8 [H, W, 3] as the app decodes them, to probabilities float32 [C]. An export
# that brings its own decoding reads the file; the others take the pixels.
Answers = Callable[[Path, NDArray[np.uint8]], NDArray[np.floating[Any]]]


def run_source(path: Path) -> dict[str, Any]:
    """The names that a Python file defines which an export has just written; leaves no bytecode beside it."""
    names: dict[str, Any] = {"__file__": str(path), "__name__": "exported"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return names
