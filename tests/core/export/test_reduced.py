"""Smaller numbers, several members, several views: what leaves is one model, and its price is measured."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from core.errors import UserError
from core.evaluation.ensemble import Ensemble, EnsembleCard, as_ensemble
from core.evaluation.onnx_file import open_onnx
from core.evaluation.predict import open_model, predict_files
from core.evaluation.trained import TrainedTogether
from core.events import silent
from core.export import nasty, onnx_model, pt2, safetensors_model
from core.export.formats import export_model
from core.export.reduced import Reduction, reduce
from core.training.classifier import Classifier


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(3)
    paths = [folder / f"{number}.png" for number in range(24)]
    for path in paths:
        coarse = generator.integers(0, 256, (5, 5, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((90, 70), Image.Resampling.BICUBIC).save(path)
    return paths


@pytest.mark.parametrize(("precision", "share", "allowed"), [("fp16", 0.6, 0.01), ("int8", 0.4, 0.15)])
def test_smaller_numbers_keep_the_contract_and_nearly_the_answers(
    precision: str, share: float, allowed: float, onnx_file: Path, pictures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "m.onnx"
    shutil.copyfile(onnx_file, out)
    reduce(out, Reduction(precision, [tmp_path / "gone.png", *pictures[:12]], silent()))  # type: ignore[arg-type]
    assert out.stat().st_size < share * onnx_file.stat().st_size
    assert os.listdir(tmp_path) == ["m.onnx"]
    onnx.checker.check_model(onnx.load(out), full_check=True)
    full, small = open_onnx(onnx_file), open_onnx(out)
    assert small.classes == full.classes
    for path in pictures[12:]:
        pixels = np.asarray(Image.open(path))
        assert small.answer(pixels) == pytest.approx(full.answer(pixels), abs=allowed)


def test_the_price_is_measured_and_certified(
    model: Ensemble, onnx_file: Path, pictures: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(_: Ensemble, path: Path, reduction: Reduction) -> int:
        shutil.copyfile(onnx_file, path)
        reduce(path, reduction)
        return onnx_file.stat().st_size

    row = next(row for row in export_formats() if row.name == "onnx")
    monkeypatch.setattr("core.export.formats.FORMATS", (replace(row, write=write),))
    monkeypatch.setattr(nasty, "draw", lambda folder: [])
    asked = [(path, number % 3) for number, path in enumerate(pictures)]
    out = tmp_path / "m.onnx"
    result = export_model(model, "onnx", out, asked, silent(), "int8", pictures)
    rows = predict_files(TrainedTogether(model), [str(path) for path in pictures], silent(), 2)
    after = predict_files(open_model(out), [str(path) for path in pictures], silent(), 2)
    truth = [model.card.classes[label] for _, label in asked]
    cost = result["cost"]
    assert cost["images"] == len(pictures)
    assert cost["before"] == np.mean([row["label"] == name for row, name in zip(rows, truth, strict=True)])
    assert cost["after"] == np.mean([row["label"] == name for row, name in zip(after, truth, strict=True)])
    assert cost["bytes"] == out.stat().st_size < cost["bytes_before"] == onnx_file.stat().st_size
    assert json.loads((tmp_path / "m.onnx.parity.json").read_text())["cost"] == cost


def export_formats() -> tuple:  # type: ignore[type-arg]
    from core.export.formats import FORMATS

    return FORMATS


def test_formats_without_a_choice_say_so(model: Ensemble, tmp_path: Path) -> None:
    for name, precision in (("pt2", "int8"), ("safetensors", "fp16"), ("onnx", "int4")):
        with pytest.raises(UserError) as caught:
            export_model(model, name, tmp_path / "m", [], silent(), precision)
        assert caught.value.code == "BAD_OPTION"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("exporter", [onnx_model, pt2], ids=["onnx", "pt2"])
def test_an_ensemble_with_views_leaves_as_one_model(
    exporter: object, make_classifier: Callable[..., Classifier], pictures: list[Path], tmp_path: Path
) -> None:
    """Two members that prepare pictures differently, three views of each, temperatures before and after the mean."""
    members = [make_classifier(size=64), make_classifier("test_resnet", size=48, fit="letterbox")]
    card = EnsembleCard(members[0].card.classes, views="flip", temperature=0.8, threshold=0.6)
    model = Ensemble(members, card).eval()
    exporter.write(model, tmp_path / "model")  # type: ignore[attr-defined]
    answers = exporter.answers(tmp_path / "model")  # type: ignore[attr-defined]
    app = TrainedTogether(model)
    for path in pictures[:8]:
        pixels = np.asarray(Image.open(path))
        assert answers(path, pixels) == pytest.approx(app.answer([app.prepare(pixels)]).probabilities[0], abs=1e-3)
    if exporter is onnx_model:
        assert open_onnx(tmp_path / "model").threshold == 0.6
    with pytest.raises(UserError):
        safetensors_model.write(model, tmp_path / "m.safetensors")


def test_views_are_averaged_by_the_python_beside_the_numbers(
    classifier: Classifier, pictures: list[Path], tmp_path: Path
) -> None:
    seen = Classifier(classifier.network, replace(classifier.card, views="ten"))
    seen.head = classifier.head
    model = as_ensemble(seen.eval())
    safetensors_model.write(model, tmp_path / "m.safetensors")
    answers, app = safetensors_model.answers(tmp_path / "m.safetensors"), TrainedTogether(model)
    for path in pictures[:6]:
        pixels = np.asarray(Image.open(path))
        assert answers(path, pixels) == pytest.approx(app.answer([app.prepare(pixels)]).probabilities[0], abs=1e-4)
