"""The whole way from pixels to probabilities as one graph, with the very functions that the app itself uses."""

import contextlib
import traceback
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.export import ExportedProgram
from torch.fx.experimental.dynamic_spec import ParamsSpec, ShapesSpec, ShapeVar, TensorSpec
from torch.nn import functional

from core.errors import UserError
from core.evaluation.ensemble import Ensemble

LONGEST_SIDE = 2**20
"""Pixels. A bound that no picture meets; the capture wants one."""


def capture(model: Ensemble) -> ExportedProgram:
    """The model as a graph: preprocessing, members, views and temperature inside; number, height and width stay open.

    The three are captured as unbacked symbols. With `torch.export.Dim` the memory layout of a picture 1 pixel high
    or wide became a guard, and the saved program refused such pictures.
    """
    number, height, width = (ShapeVar(name, min=1, max=LONGEST_SIDE) for name in ("number", "height", "width"))
    shapes = ShapesSpec(params=ParamsSpec({"image": TensorSpec([number, height, width, 3])}))
    example = torch.zeros(2, 40, 30, 3, dtype=torch.uint8)
    whole = model.cpu().eval()
    with torch.no_grad(), _no_activation_in_place(whole), _of_any_layout():
        return torch.export.export(whole, (example,), dynamic_shapes=shapes)


@contextlib.contextmanager
def _no_activation_in_place(module: nn.Module) -> Iterator[None]:
    """`relu6_` is taken apart into five operators on its way to ONNX, `relu6` is not: 4.0 s instead of 5.5 s for
    MobileNetV2."""
    changed = [part for part in module.modules() if getattr(part, "inplace", False) is True]
    for part in changed:
        setattr(part, "inplace", False)  # noqa: B010 - no class of torch declares it for all
    try:
        yield
    finally:
        for part in changed:
            setattr(part, "inplace", True)  # noqa: B010


@contextlib.contextmanager
def _of_any_layout() -> Iterator[None]:
    """Two functions whose results lie in memory as torch sees fit, which the capture cannot know for an open number of
    pictures: written so that it does not matter.

    The average over a whole map becomes the mean that it is (the capture of ConvNeXt failed). What attention gives is
    laid out plainly: torch chooses its kernel anew on the way to ONNX, and with a mask (BEiT) the shapes that had been
    captured did not fit the other one's layout. Attention within windows (Hiera) has an axis more than ONNX's, which
    is taken as one of pictures.
    """
    average, attention = functional.adaptive_avg_pool2d, functional.scaled_dot_product_attention

    def mean(input: Tensor, output_size: Any) -> Tensor:
        return input.mean((-2, -1), keepdim=True) if output_size in (1, (1, 1)) else average(input, output_size)

    def plain(query: Tensor, key: Tensor, value: Tensor, *given: Any, **named: Any) -> Tensor:
        if query.ndim == 5 and not given and named.get("attn_mask") is None:
            found = attention(query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1), **named).contiguous()
            return found.reshape(*query.shape[:2], *found.shape[1:])
        return attention(query, key, value, *given, **named).contiguous()

    functional.adaptive_avg_pool2d, functional.scaled_dot_product_attention = mean, plain
    try:
        yield
    finally:
        functional.adaptive_avg_pool2d, functional.scaled_dot_product_attention = average, attention


@contextlib.contextmanager
def exporting(name: str) -> Iterator[None]:
    """Around the exporters, which raise dozens of kinds: what matters to the user is where. Raises EXPORT_FAILED."""
    try:
        yield
    except (UserError, OSError, MemoryError):
        raise
    except Exception as error:
        found = list(_operators(error))
        operator = found[-1] if found else type(error).__name__
        raise UserError("EXPORT_FAILED", format=name, operator=operator) from error


def _operators(error: BaseException | None) -> Iterator[str]:
    """Operators that were being handled, outermost first: the exporters raise text, but their frames hold nodes."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for value in frame.f_locals.values():
                if isinstance(value, fx.Node) and value.op == "call_function":
                    yield str(value.target)
                elif isinstance(value, torch._ops.OpOverload):
                    yield str(value)
        error = error.__cause__ or error.__context__
