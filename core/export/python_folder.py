"""A folder to copy anywhere: the ONNX file and one Python file that needs onnxruntime, numpy and pillow."""

from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.export import onnx_model
from core.export.answers import Answers, run_source
from core.training.classifier import Classifier

MODEL, SCRIPT = "model.onnx", "predict.py"
OWN = frozenset({MODEL, SCRIPT, "__pycache__"})


def write(classifier: Classifier, folder: Path) -> None:
    """Write both files into a new folder. Raises UserError EXPORT_FAILED."""
    folder.mkdir()
    onnx_model.write(classifier, folder / MODEL)
    script = files("core.export").joinpath("standalone.py").read_text(encoding="utf-8")
    (folder / SCRIPT).write_text(script, encoding="utf-8")


def answers(folder: Path) -> Answers:
    """The folder, answered by its own Python file, which reads the pictures itself."""
    model = run_source(folder / SCRIPT)["Model"](folder / MODEL)

    def answer(file: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        row: NDArray[np.float32] = model.probabilities(file)
        return row

    return answer
