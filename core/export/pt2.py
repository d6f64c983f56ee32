"""PT2: torch.export's own file, loaded by `torch.export.load(path).module()` without any of Graft's code."""

import io
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.export.answers import Answers
from core.export.graph import capture, exporting
from core.export.onnx_model import description
from core.training.classifier import Classifier


def write(classifier: Classifier, path: Path) -> None:
    """Write the one file; labels, recipe and preprocessing lie in it as extra files (`labels.json`, ...).

    Raises UserError EXPORT_FAILED.
    """
    told = {f"{name}.json": text for name, text in description(classifier.card).items()}
    whole = io.BytesIO()
    with exporting("pt2"):
        torch.export.save(capture(classifier), whole, extra_files=told)
    path.write_bytes(whole.getvalue())


def answers(path: Path) -> Answers:
    """The file, loaded afresh and answered by torch."""
    module = torch.export.load(io.BytesIO(path.read_bytes())).module()

    def answer(file: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            row: NDArray[np.float32] = module(torch.from_numpy(pixels)[None])[0].numpy()
        return row

    return answer
