"""A folder to copy anywhere: the ONNX file and one Python file that needs onnxruntime, numpy and pillow."""

from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.evaluation.ensemble import Ensemble
from core.export import onnx_model
from core.export.answers import Answers, run_source
from core.export.reduced import Reduction

MODEL, SCRIPT = "model.onnx", "predict.py"
OWN = frozenset({MODEL, SCRIPT, "__pycache__"})


def write(model: Ensemble, folder: Path, reduction: Reduction | None = None) -> int:
    """Write both files into a new folder; the model's bytes in full precision. Raises UserError EXPORT_FAILED."""
    folder.mkdir()
    size = onnx_model.write(model, folder / MODEL, reduction)
    script = files("core.export").joinpath("standalone.py").read_text(encoding="utf-8")
    (folder / SCRIPT).write_text(script, encoding="utf-8")
    return size


def answers(folder: Path) -> Answers:
    """The folder, answered by its own Python file, which reads the pictures itself."""
    model = run_source(folder / SCRIPT)["Model"](folder / MODEL)

    def answer(file: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        row: NDArray[np.float32] = model.probabilities(file)
        return row

    return answer
