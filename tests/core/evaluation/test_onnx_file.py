"""Models from strangers: refused by what they say, before any runtime sees them."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import UserError
from core.evaluation.onnx_file import open_onnx

LABELS = ["ant", "=bee", "黄蜂"]


def _model() -> onnx.ModelProto:
    """The mean colour of a picture, as three probabilities."""
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", "h", "w", 3])
    answers = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 3])
    axes = numpy_helper.from_array(np.array([1, 2], dtype=np.int64), "axes")
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float", "axes"], ["mean"], keepdims=0),
        helper.make_node("Softmax", ["mean"], ["probabilities"], axis=-1),
    ]
    graph = helper.make_graph(nodes, "whole", [image], [answers], [axes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    helper.set_model_props(model, {"labels": json.dumps(LABELS)})
    return model


def _outside(name: str = "outside") -> onnx.TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="../../etc/passwd")
    return tensor


def _in_initializer(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(_outside())


def _in_constant(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=_outside()))


def _in_sparse(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.add().values.CopyFrom(_outside())


def _in_branch(model: onnx.ModelProto) -> None:
    deep = helper.make_graph([helper.make_node("Constant", [], ["c"], value=_outside())], "deep", [], [])
    branch = helper.make_graph([helper.make_node("If", ["x"], ["y"], then_branch=deep)], "branch", [], [])
    model.graph.node.append(helper.make_node("If", ["x"], ["y"], then_branch=branch))


def _in_function(model: onnx.ModelProto) -> None:
    node = helper.make_node("Constant", [], ["c"], value=_outside())
    model.functions.append(helper.make_function("own", "f", [], ["c"], [node], [helper.make_opsetid("", 20)]))


def _unmarked(model: onnx.ModelProto) -> None:
    """Only the entries, without the mark."""
    tensor = _outside()
    tensor.data_location = TensorProto.DEFAULT
    model.graph.initializer.append(tensor)


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a runtime saw the file")

    monkeypatch.setattr(onnxruntime, "InferenceSession", refuse)


def _code(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        open_onnx(path)
    return caught.value.code


@pytest.mark.usefixtures("no_session")
@pytest.mark.parametrize("spoil", [_in_initializer, _in_constant, _in_sparse, _in_branch, _in_function, _unmarked])
def test_references_to_other_files_are_refused(spoil: Callable[[onnx.ModelProto], None], tmp_path: Path) -> None:
    model = _model()
    spoil(model)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    assert _code(tmp_path / "m.onnx") == "UNSAFE_MODEL"


@pytest.mark.usefixtures("no_session")
def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    assert _code(path) == "NO_SUCH_FILE"
    assert _code(tmp_path) == "NOT_A_MODEL"
    os.mkfifo(tmp_path / "pipe")
    assert _code(tmp_path / "pipe") == "NOT_A_MODEL"

    whole = _model().SerializeToString()
    for content in (b"", b"<html>not here</html>", whole[: len(whole) // 2], bytes(range(256))):
        path.write_bytes(content)
        assert _code(path) == "NOT_A_MODEL"

    def refused(change: Callable[[onnx.ModelProto], object]) -> bool:
        model = _model()
        change(model)
        path.write_bytes(model.SerializeToString())
        return _code(path) == "NOT_A_MODEL"

    assert refused(lambda model: model.ClearField("metadata_props"))
    assert refused(lambda model: helper.set_model_props(model, {"labels": "[1, 2"}))
    assert refused(lambda model: helper.set_model_props(model, {"labels": '{"a": 1}'}))
    assert refused(lambda model: helper.set_model_props(model, {"labels": "[1, 2, 3]"}))
    assert refused(lambda model: helper.set_model_props(model, {"labels": '["two", "names"]'}))
    assert refused(lambda model: setattr(model.graph.input[0], "name", "pixels"))
    assert refused(lambda model: setattr(model.graph.input[0].type.tensor_type, "elem_type", TensorProto.FLOAT))
    assert refused(
        lambda model: model.graph.node.append(helper.make_node("EPContext", [], ["c"], domain="com.microsoft"))
    )


def test_a_whole_model_answers(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(_model().SerializeToString())
    model = open_onnx(path)
    assert model.classes == tuple(LABELS)
    pixels = np.full((5, 9, 3), (1, 2, 3), dtype=np.uint8)
    assert model.answer(pixels) == pytest.approx(np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum(), abs=1e-6)
