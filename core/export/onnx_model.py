"""ONNX: `image` uint8 [N, H, W, 3] in, `probabilities` float32 [N, C] out, everything in between inside."""

import contextlib
import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from onnxscript import ir

from core import __version__
from core.data.preprocessing import to_json
from core.evaluation.onnx_file import open_onnx
from core.export.answers import Answers
from core.export.graph import capture, exporting
from core.training.classifier import Classifier, ModelCard

OPSET = 20
AXES = ("number", "height", "width")


def write(classifier: Classifier, path: Path) -> None:
    """Write the one file. Raises UserError EXPORT_FAILED."""
    with exporting("onnx"), _quiet():
        program = torch.onnx.export(
            capture(classifier), (), dynamo=True, opset_version=OPSET, input_names=["image"],
            output_names=["probabilities"], verbose=False,
        )  # fmt: skip
        assert program is not None
        _name_axes(program.model)
        program.model.metadata_props.update(description(classifier.card))
        program.save(str(path), external_data=False)


def description(card: ModelCard) -> Mapping[str, str]:
    """What an export tells about itself."""
    return {
        "labels": json.dumps(list(card.classes)),
        "recipe": json.dumps(dict(card.recipe)),
        "preprocessing": json.dumps(to_json(card.preprocessing)),
        "graft_version": __version__,
    }


def answers(path: Path) -> Answers:
    """The file, answered by onnxruntime."""
    model = open_onnx(path, threads=1)
    return lambda file, pixels: model.answer(pixels)


def _name_axes(model: ir.Model) -> None:
    """Give the open axes of pictures readable names, wherever they stand; the capture calls them u0, u1 and so on."""
    image = model.graph.inputs[0]
    assert image.shape is not None
    names = {str(axis): name for axis, name in zip(image.shape, AXES, strict=False)}
    for value in (image, *model.graph.outputs, *(output for node in model.graph for output in node.outputs)):
        if value.shape is not None:
            value.shape = ir.Shape([names.get(str(axis), axis) for axis in value.shape])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells programmers many things that are no news to a user."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
