"""The whole way with real weights and real photographs: learn, keep, export, predict."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.backbones import catalogue, weights
from core.backbones.features import extract
from core.backbones.network import build
from core.data.decode import decode
from core.data.preprocessing import Preprocessing, to_square
from core.evaluation.ensemble import load_ensemble
from core.evaluation.predict import open_model, predict_files
from core.evaluation.table import write_csv
from core.events import silent
from core.export import onnx_model, web_page
from core.export.formats import export_model
from core.export.nasty import COUNT
from core.training.classifier import Classifier, ModelCard, save_classifier
from core.training.head import fit_head
from tests.core.export.browser import find, open_tab

CLASSES = ("ants", "bees")


def _files(folder: Path, count: int) -> list[Path]:
    return [path for name in CLASSES for path in sorted((folder / name).iterdir())[:count]]


@pytest.fixture(scope="module")
def run_model(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linear head on the pretrained network, learned from 80 photographs, in a folder as a run keeps it."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_HOME", str(folder / "home"))
        file = shared / "weights" / "mobilenetv2_035.imagenet.safetensors"
        weights.import_file(file, "mobilenetv2_035", mean=0.5, std=0.5, settings={"pad_type": "same"})
        entry = catalogue.find("mobilenetv2_035")
        network = build(entry, weights.local(entry))
    preprocessing = Preprocessing(network.image_size, "crop", network.mean, network.std)
    learned = _files(shared / "data" / "ants-bees" / "train", 40)
    pixels = [torch.from_numpy(decode(path)) for path in learned]
    squares = np.stack([to_square(one, preprocessing.size, preprocessing.fit).numpy() for one in pixels])
    features = torch.from_numpy(extract(network, squares, preprocessing))
    card = ModelCard("mobilenetv2_035", network.settings, CLASSES, preprocessing, 0.0, True, {})
    classifier = Classifier(network, card)
    classifier.head = fit_head(features, torch.arange(80) // 40, 2, weight_decay=0.1).head
    save_classifier(classifier, folder / "model")
    return folder / "model"


@pytest.fixture(scope="module")
def judged(shared: Path) -> list[Path]:
    return _files(shared / "data" / "ants-bees" / "val", 30)


@pytest.fixture(scope="module")
def exported(run_model: Path, judged: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The ONNX file, and the result of its export."""
    out = tmp_path_factory.mktemp("out") / "m.onnx"
    known = [(path, CLASSES.index(path.parent.name)) for path in judged]
    return out, export_model(load_ensemble(run_model), "onnx", out, known, silent())


def test_a_model_of_ants_and_bees_answers_the_same_elsewhere(
    run_model: Path, judged: list[Path], exported: tuple[Path, Any], tmp_path: Path
) -> None:
    out, result = exported
    assert result["parity"]["images"] == 60 + COUNT
    assert result["parity"]["verified"], result["parity"]

    names = [str(path) for path in judged]
    by_run = predict_files(open_model(run_model), names, silent(), threads=2)
    by_export = predict_files(open_model(out), names, silent(), threads=2)
    assert [row["label"] for row in by_run] == [row["label"] for row in by_export]
    right = [row["label"] == path.parent.name for row, path in zip(by_run, judged, strict=True)]
    assert np.mean(right) >= 0.8
    write_csv(by_export, CLASSES, tmp_path / "answers.csv")
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 61


def test_the_web_page_answers_photographs_as_the_app_does(
    run_model: Path, judged: list[Path], exported: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty: ten as they were taken, ten others as PNG, whose pixels every program reads alike."""
    program = find()
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    photographs = judged[::6]
    for path in judged[3::6]:
        photographs.append(tmp_path / f"{path.stem}.png")
        with Image.open(path) as image:
            image.convert("RGB").save(photographs[-1])
    assert len(photographs) == 20
    monkeypatch.setattr(onnx_model, "write", lambda _, path, reduction: len(shutil.copyfile(exported[0], path).name))
    web_page.write(load_ensemble(run_model), tmp_path / "page")

    with open_tab(program, tmp_path / "profile") as tab:
        tab.ask("Page.navigate", url=(tmp_path / "page" / "index.html").as_uri())
        tab.wait_for("window.graft && graft.ready")
        tab.choose("#files", photographs)
        tab.wait_for("graft.answers.length === 20 && !working")
        shown = tab.value("graft.answers")
    ours = predict_files(open_model(run_model), [str(path) for path in photographs], silent(), threads=2)
    for path, page, app in zip(photographs, shown, ours, strict=True):
        allowed = 1e-3 if path.suffix == ".png" else 0.02  # a browser decodes JPEG in its own way
        expected = list(app["probabilities"].values())
        assert page["probabilities"] == pytest.approx(expected, abs=allowed), path.name
        if abs(expected[0] - expected[1]) > 2 * allowed:
            assert CLASSES[int(np.argmax(page["probabilities"]))] == app["label"], path.name
