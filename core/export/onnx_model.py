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
from core.evaluation.ensemble import Ensemble
from core.evaluation.onnx_file import open_onnx
from core.export.answers import Answers
from core.export.graph import capture, exporting
from core.export.reduced import Reduction, reduce
from core.training import deciding

OPSET = 20
AXES = ("number", "height", "width")


def write(model: Ensemble, path: Path, reduction: Reduction | None = None) -> int:
    """Write the one file; the bytes that it takes in full precision. Raises UserError EXPORT_FAILED, NO_IMAGES."""
    with exporting("onnx"), _quiet():
        program = torch.onnx.export(
            capture(model), (), dynamo=True, opset_version=OPSET, input_names=["image"],
            output_names=["probabilities"], verbose=False,
        )  # fmt: skip
        assert program is not None
        _forget_its_making(program.model)
        _name_axes(program.model)
        program.model.metadata_props.update(description(model))
        program.save(str(path), external_data=False)
        size = path.stat().st_size
        if reduction is not None:
            reduce(path, reduction)
    return size


def description(model: Ensemble) -> Mapping[str, str]:
    """What an export tells about itself, as JSON. `recipe` and `preprocessing` are lists where it has several members.

    `temperature` and `views` are in the graph already; `threshold` and `line` (null: none) are for the program that
    asks: it is not sure below the one, and answers the line's class from its threshold on.
    """
    cards = [member.card for member in model.members]
    recipes = [dict(card.recipe) for card in cards]
    ways = [to_json(card.preprocessing) for card in cards]
    return {
        "labels": json.dumps(list(model.card.classes)),
        "recipe": json.dumps(recipes[0] if len(cards) == 1 else recipes),
        "preprocessing": json.dumps(ways[0] if len(cards) == 1 else ways),
        "temperature": json.dumps(model.card.temperature),
        "threshold": json.dumps(model.card.threshold),
        "line": json.dumps(deciding.to_json(model.card.line)),
        "views": json.dumps(model.card.views),
        "graft_version": __version__,
    }


def answers(path: Path) -> Answers:
    """The file, answered by onnxruntime."""
    model = open_onnx(path, threads=1)
    return lambda file, pixels: model.answer(pixels)


def _forget_its_making(model: ir.Model) -> None:
    """The exporter notes at every operator the source line that it came from, with this machine's folders."""
    for part in (model.graph, *model.graph, *(value for node in model.graph for value in node.outputs)):
        part.metadata_props.clear()
    for value in (*model.graph.inputs, *model.graph.initializers.values()):
        value.metadata_props.clear()


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
