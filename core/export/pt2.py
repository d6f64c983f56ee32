"""PT2: torch.export's own file, loaded by `torch.export.load(path).module()` without any of Graft's code."""

import io
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.evaluation.ensemble import Ensemble
from core.export.answers import Answers
from core.export.graph import capture, exporting
from core.export.onnx_model import description
from core.export.reduced import Reduction


def write(model: Ensemble, path: Path, reduction: Reduction | None = None) -> int:
    """Write the one file, in full precision; its bytes. What it tells about itself lies in it as `labels.json`, ...

    Raises UserError EXPORT_FAILED.
    """
    told = {f"{name}.json": text for name, text in description(model).items()}
    whole = io.BytesIO()
    with exporting("pt2"):
        torch.export.save(capture(model), whole, extra_files=told)
    return path.write_bytes(whole.getvalue())


def answers(path: Path) -> Answers:
    """The file, loaded afresh and answered by torch."""
    module = torch.export.load(io.BytesIO(path.read_bytes())).module()

    def answer(file: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            row: NDArray[np.float32] = module(torch.from_numpy(pixels)[None])[0].numpy()
        return row

    return answer
