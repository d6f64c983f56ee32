"""Exported models, opened as what they are: files from strangers. Imports no torch.

The bytes are read once, checked, and the very same bytes go to the runtime, which therefore knows of no folder in
which it could look for more.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.training.deciding import Line, line_of

STANDARD = frozenset({"", "ai.onnx"})
"""The operator sets of an export; others may hold operators that read files (`EPContext`)."""
LARGEST = 2**31
"""Bytes: a protocol buffer cannot be larger."""


class OnnxModel:
    """A model that Graft exported. `classes` in the order of the probabilities; one below `threshold` is "not sure";
    `line` is drawn for one class."""

    def __init__(self, content: bytes, told: "_Told", threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.classes, self.threshold, self.line = told.classes, told.threshold, told.line
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def answer(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities [C] of one picture uint8 [H, W, 3]. May be called from several threads."""
        (answers,) = self._session.run(["probabilities"], {"image": pixels[None]})
        row: NDArray[np.float32] = answers[0]
        return row


def open_onnx(path: Path, threads: int = 0) -> OnnxModel:
    """Open an exported model; `threads` 0 means all. Nothing runs before the file has passed.

    Raises UserError NO_SUCH_FILE, NO_PERMISSION, NOT_A_MODEL, UNSAFE_MODEL.
    """
    return open_content(_read(path), path, threads)


def open_content(content: bytes, path: Path, threads: int = 0) -> OnnxModel:
    """Open an exported model that was found in the file `path`. Raises UserError NOT_A_MODEL, UNSAFE_MODEL."""
    told = _checked(content, path)
    try:
        return OnnxModel(content, told, threads)
    except Exception as error:  # onnxruntime raises a dozen kinds of its own for files that are not whole
        raise UserError("NOT_A_MODEL", path=str(path)) from error


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():  # nothing else is opened: a pipe would wait for ever
            raise UserError("NOT_A_MODEL" if path.exists() else "NO_SUCH_FILE", path=str(path))
        if path.stat().st_size > LARGEST:
            raise UserError("NOT_A_MODEL", path=str(path))
        return path.read_bytes()
    except PermissionError as error:
        raise UserError("NO_PERMISSION", path=str(path)) from error


@dataclass(frozen=True, slots=True)
class _Told:
    classes: tuple[str, ...]
    threshold: float | None
    line: Line | None


def _checked(content: bytes, path: Path) -> _Told:
    """What a file says that is whole, self-contained and Graft's; runs nothing."""
    import onnx

    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own kind, and others for odd bytes
        raise UserError("NOT_A_MODEL", path=str(path)) from error
    if any(_is_outside(message) for message in _messages(model)):
        raise UserError("UNSAFE_MODEL", path=str(path))
    own = {function.domain for function in model.functions}
    nodes = (message for message in _messages(model) if isinstance(message, onnx.NodeProto))
    if any(node.domain not in STANDARD | own for node in nodes) or not _has_our_shape(model):
        raise UserError("NOT_A_MODEL", path=str(path))
    told = {row.key: row.value for row in model.metadata_props}
    try:
        classes, threshold = json.loads(told["labels"]), json.loads(told.get("threshold", "null"))
        line = line_of(json.loads(told.get("line", "null")))
    except (KeyError, ValueError) as error:
        raise UserError("NOT_A_MODEL", path=str(path)) from error
    count = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    if not isinstance(classes, list) or len(classes) != count or not all(isinstance(name, str) for name in classes):
        raise UserError("NOT_A_MODEL", path=str(path))
    return _Told(tuple(classes), float(threshold) if isinstance(threshold, (int, float)) else None, line)


def _has_our_shape(model: Any) -> bool:
    """One input `image`, uint8 of rank four; one output `probabilities`, float32 of rank two."""
    import onnx

    wanted = (("image", onnx.TensorProto.UINT8, 4), ("probabilities", onnx.TensorProto.FLOAT, 2))
    values = (*model.graph.input, *model.graph.output)
    if len(model.graph.input) != 1 or len(model.graph.output) != 1:
        return False
    found = tuple((v.name, v.type.tensor_type.elem_type, len(v.type.tensor_type.shape.dim)) for v in values)
    return found == wanted


def _is_outside(message: Any) -> bool:
    """Whether a tensor says that its numbers lie in another file."""
    import onnx

    if not isinstance(message, onnx.TensorProto):
        return False
    return message.data_location == onnx.TensorProto.EXTERNAL or len(message.external_data) > 0


def _messages(message: Any) -> Iterator[Any]:
    """Every part of a protocol buffer, however deep: tensors hide in attributes, subgraphs, functions, training."""
    waiting = [message]
    while waiting:
        current = waiting.pop()
        yield current
        for field, value in current.ListFields():
            if field.message_type is not None:
                parts: Iterable[Any] = value if _repeats(field) else (value,)
                waiting.extend(parts)


def _repeats(field: Any) -> bool:
    """protobuf renamed this question; both names are in use."""
    return bool(field.is_repeated) if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED
