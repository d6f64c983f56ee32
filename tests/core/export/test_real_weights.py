"""The whole way with real weights and real photographs: learn, keep, export, predict."""

from pathlib import Path

import numpy as np
import torch

from core.backbones import catalogue, weights
from core.backbones.features import extract
from core.backbones.network import build
from core.data.decode import decode
from core.data.preprocessing import Preprocessing, to_square
from core.evaluation.ensemble import load_ensemble
from core.evaluation.predict import open_model, predict_files
from core.evaluation.table import write_csv
from core.events import silent
from core.export.formats import export_model
from core.export.nasty import COUNT
from core.training.classifier import Classifier, ModelCard, save_classifier
from core.training.head import fit_head

CLASSES = ("ants", "bees")


def _files(folder: Path, count: int) -> list[Path]:
    return [path for name in CLASSES for path in sorted((folder / name).iterdir())[:count]]


def test_a_model_of_ants_and_bees_answers_the_same_elsewhere(shared: Path, tmp_path: Path) -> None:
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
    save_classifier(classifier, tmp_path / "model")

    judged = _files(shared / "data" / "ants-bees" / "val", 30)
    known = [(path, CLASSES.index(path.parent.name)) for path in judged]
    result = export_model(load_ensemble(tmp_path / "model"), "onnx", tmp_path / "m.onnx", known, silent())
    assert result["parity"]["images"] == 60 + COUNT
    assert result["parity"]["verified"], result["parity"]

    names = [str(path) for path in judged]
    by_run = predict_files(open_model(tmp_path / "model"), names, silent(), threads=2)
    by_export = predict_files(open_model(tmp_path / "m.onnx"), names, silent(), threads=2)
    assert [row["label"] for row in by_run] == [row["label"] for row in by_export]
    right = [row["label"] == path.parent.name for row, path in zip(by_run, judged, strict=True)]
    assert np.mean(right) >= 0.8
    write_csv(by_export, CLASSES, tmp_path / "answers.csv")
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 61
