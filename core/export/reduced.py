"""Exported ONNX files with smaller numbers. What that costs is measured afterwards, with the answers."""

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from core.data.decode import decode
from core.errors import UserError
from core.events import Reporter

Precision = Literal["fp32", "fp16", "int8"]
PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8")
CALIBRATION = 100
"""Pictures, at most, from which the ranges of the intermediate results are learned."""
SMALL = 64
"""Tensors of fewer numbers stay as they are: there is nothing to gain."""

# Clip and Relu too: between a convolution and its clipping the range is many times that of what is kept of it. With
# the clipped range alone, 98 % of MobileNetV2's answers on ants and bees stayed the same, else 90 %.
_MULTIPLIED = ("Conv", "Gemm", "MatMul")
_ROUNDED = (*_MULTIPLIED, "Clip", "Relu")


@dataclass(frozen=True, slots=True)
class Reduction:
    """How an export is to be stored. `calibration` are picture files, needed for `int8` alone."""

    precision: Precision
    calibration: Sequence[Path]
    reporter: Reporter


def reduce(path: Path, reduction: Reduction) -> None:
    """Rewrite an ONNX file in place. Raises UserError NO_IMAGES where `int8` has no picture to learn from."""
    if reduction.precision == "fp16":
        _halve(path)
    elif reduction.precision == "int8":
        _quantise(path, reduction.calibration, reduction.reporter)


def _halve(path: Path) -> None:
    """Store the weights in 16 bits; the runtime widens them once, when it loads the file, and computes as before.

    So that the file runs wherever the full one does, and as fast: few processors compute in 16 bits.
    """
    model = onnx.load(path)
    graph = model.graph
    widened: list[NodeProto] = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < SMALL:
            continue
        half = numpy_helper.to_array(tensor).astype(np.float16)
        if not np.isfinite(half).all():
            continue  # numbers beyond 65504
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        widened.append(helper.make_node("Cast", [tensor.name], [name], name=f"{name}.widen", to=TensorProto.FLOAT))
    nodes = [*widened, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, path)


def _quantise(path: Path, pictures: Sequence[Path], reporter: Reporter) -> None:
    """Weights and intermediate results in 8 bits, their ranges learned from pictures (static quantisation, QDQ).

    Both unsigned: the signed product overflows on processors without VNNI, and answers would depend on the machine.
    The first and the last layer, where rounding costs most and little is saved, stay as they are.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    samples = _Samples(_spread(pictures), reporter)
    if samples.first is None:
        raise UserError("NO_IMAGES", folder=str(path.parent))
    with _quiet():
        quantize_static(
            path, path, samples, quant_format=QuantFormat.QDQ, op_types_to_quantize=list(_ROUNDED), per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QUInt8, nodes_to_exclude=_ends(onnx.load(path)),
            calibrate_method=CalibrationMethod.MinMax,
        )  # fmt: skip


class _Samples:
    """What the calibration reads: each picture in its own shape; those that cannot be read are passed over."""

    def __init__(self, pictures: Sequence[Path], reporter: Reporter) -> None:
        self._count = len(pictures)
        self._reporter = reporter
        found = self._read(pictures)
        self.first = next(found, None)
        self._waiting = chain([] if self.first is None else [self.first], found)

    def _read(self, pictures: Sequence[Path]) -> Iterator[NDArray[np.uint8]]:
        for done, path in enumerate(pictures, 1):
            with contextlib.suppress(UserError):
                yield decode(path)
            self._reporter.progress("calibrate", done, self._count)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        pixels = next(self._waiting, None)
        return None if pixels is None else {"image": pixels[None]}


def _spread(pictures: Sequence[Path]) -> list[Path]:
    count = min(len(pictures), CALIBRATION)
    return [pictures[i * len(pictures) // count] for i in range(count)]


def _ends(model: Any) -> list[str]:
    """The first and the last node that multiply by weights."""
    names = [node.name for node in model.graph.node if node.op_type in _MULTIPLIED]
    return [names[0], names[-1]] if names else []


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The quantiser gives advice for programmers through the root logger."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
