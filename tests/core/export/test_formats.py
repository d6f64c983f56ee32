"""Each format written, checked and put in place whole; and what happens when that cannot be."""

import base64
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from core import __version__
from core.data.decode import decode
from core.data.preprocessing import normalise, to_json, to_square
from core.errors import UserError
from core.evaluation.ensemble import Ensemble, as_ensemble
from core.evaluation.onnx_file import open_onnx
from core.evaluation.predict import open_model, predict_files
from core.evaluation.trained import Trained
from core.events import silent
from core.export import nasty, onnx_model, standalone
from core.export.formats import FORMATS, certificate_of, export_model
from core.training import deciding
from core.training.classifier import Classifier
from tests.core.export.conftest import CLASSES

NAMES = {"onnx": "m.onnx", "pt2": "m.pt2", "safetensors": "m.safetensors", "python": "folder", "web": "page"}
FILES = {
    "onnx": {"m.onnx", "m.onnx.parity.json"},
    "pt2": {"m.pt2", "m.pt2.parity.json"},
    "safetensors": {"m.safetensors", "m.card.json", "load_m.py", "m.safetensors.parity.json"},
    "python": {"folder", "folder.parity.json"},
    "web": {"page", "page.parity.json"},
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(0)
    paths = [folder / f"{i}.png" for i in range(6)]
    for path in paths:
        coarse = generator.integers(0, 256, (4, 6, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((150, 100)).save(path)
    return [*paths, folder / "gone.png"]


Exports = Callable[[str], tuple[Path, dict[str, Any]]]


@pytest.fixture(scope="module")
def exports(
    model: Ensemble, onnx_file: Path, pictures: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Exports:
    """Where a format lies, and the result of its export."""

    @functools.cache
    def export(name: str) -> tuple[Path, dict[str, Any]]:
        out = tmp_path_factory.mktemp("out") / NAMES[name]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(onnx_model, "write", lambda *given: _copied(onnx_file, given[1]))
            return out, export_model(model, name, out, [(path, None) for path in pictures], silent())

    return export


def _copied(file: Path, path: Path) -> int:
    shutil.copyfile(file, path)
    return path.stat().st_size


def _expected(classifier: Classifier, pixels: np.ndarray) -> np.ndarray:
    """The plain network, without the app's own shortcuts."""
    preprocessing = classifier.card.preprocessing
    square = to_square(torch.from_numpy(pixels), preprocessing.size, preprocessing.fit)
    with torch.inference_mode():
        logits = classifier(normalise(square[None], preprocessing))
        return torch.softmax(logits / classifier.card.temperature, -1)[0].numpy()


def _answer(name: str, out: Path, pixels: np.ndarray) -> np.ndarray:
    """As its user would ask, without any of the app's code."""
    if name in ("onnx", "python", "web"):
        parts = sorted(out.glob("model-*.js"))
        model = b"".join(base64.b64decode(re.findall('"(.+)"', part.read_text())[0]) for part in parts)
        session = onnxruntime.InferenceSession(model or str(out / "model.onnx" if out.is_dir() else out))
        return session.run(None, {"image": pixels[None]})[0][0]
    if name == "pt2":
        return torch.export.load(str(out)).module()(torch.from_numpy(pixels)[None])[0].detach().numpy()
    card = json.loads((out.parent / "m.card.json").read_text())
    model = timm.create_model(card["backbone"], num_classes=len(card["classes"]), **card["settings"]).eval()
    model.load_state_dict(load_file(out))
    size, mean, std = (card["preprocessing"][key] for key in ("size", "mean", "std"))
    assert pixels.shape == (size, size, 3)
    picture = torch.from_numpy((pixels / 255 - np.array(mean)) / np.array(std)).permute(2, 0, 1).float()
    with torch.inference_mode():
        return torch.softmax(model(picture[None]) / card["temperature"], -1)[0].numpy()


@pytest.mark.parametrize("name", [row.name for row in FORMATS])
def test_export_is_verified_whole_and_certified(name: str, exports: Exports, classifier: Classifier) -> None:
    out, result = exports(name)
    assert {path.name for path in out.parent.iterdir()} == FILES[name]
    assert set(result) == {"path", "format", "precision", "parity", "cost"}
    assert (result["path"], result["format"]) == (str(out), name)
    parity = result["parity"]
    assert set(parity) == {"images", "top1_agreement", "max_abs_probability_difference", "verified"}
    assert (parity["images"], parity["top1_agreement"], parity["verified"]) == (6 + nasty.COUNT, 1.0, True)
    assert parity["max_abs_probability_difference"] <= 1e-3

    certificate = json.loads(certificate_of(out).read_text(encoding="utf-8"))
    assert {key: certificate[key] for key in result} == result
    assert [(row["pictures"], row["images"]) for row in certificate["checks"]] == [
        ("your pictures", 6),
        ("awkward pictures", nasty.COUNT),
    ]
    assert len(certificate["rows"]) == 6 + nasty.COUNT
    assert not any(row["fault"] for row in certificate["rows"])

    pixels = np.random.default_rng(5).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert _answer(name, out, pixels) == pytest.approx(_expected(classifier, pixels), abs=1e-4)


def test_onnx_keeps_its_contract(exports: Exports, classifier: Classifier) -> None:
    out, _ = exports("onnx")
    model = onnx.load(out)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(str(out))
    (image,), (answers,) = session.get_inputs(), session.get_outputs()
    assert (image.name, image.type, image.shape) == ("image", "tensor(uint8)", ["number", "height", "width", 3])
    assert (answers.name, answers.type, answers.shape) == ("probabilities", "tensor(float)", ["number", 3])
    told = {row.key: row.value for row in model.metadata_props}
    assert set(told) == {
        "labels",
        "recipe",
        "preprocessing",
        "temperature",
        "threshold",
        "line",
        "views",
        "graft_version",
    }
    assert tuple(json.loads(told["labels"])) == classifier.card.classes
    assert json.loads(told["recipe"]) == classifier.card.recipe
    assert json.loads(told["preprocessing"]) == to_json(classifier.card.preprocessing)
    assert told["graft_version"] == __version__
    assert json.loads(told["temperature"]) == classifier.card.temperature
    content = out.read_bytes()
    assert str(Path(__file__).parents[3]).encode() not in content  # where it was made is nobody's business

    generator = np.random.default_rng(1)
    for height, width in ((1, 1), (3, 7), (5, 400), (63, 65), (3000, 2500)):
        pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
        (answer,) = session.run(None, {"image": pixels[None]})
        assert answer.shape == (1, 3)
        assert answer[0] == pytest.approx(_expected(classifier, pixels), abs=1e-3)
    several = generator.integers(0, 256, (5, 40, 90, 3), dtype=np.uint8)
    (together,) = session.run(None, {"image": several})
    assert together == pytest.approx(np.stack([_expected(classifier, pixels) for pixels in several]), abs=1e-3)


def test_onnx_predicts_as_the_run_does(exports: Exports, classifier: Classifier, pictures: list[Path]) -> None:
    out, _ = exports("onnx")
    files = [str(path) for path in pictures]
    by_run = predict_files(Trained(classifier), files, silent(), threads=2)
    by_export = predict_files(open_model(out), files, silent(), threads=2)
    for one, other in zip(by_run, by_export, strict=True):
        assert (one["path"], one["label"], one["status"]) == (other["path"], other["label"], other["status"])
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-3)
    assert by_run[-1]["status"] == "NO_SUCH_FILE"


def test_a_line_goes_along(onnx_file: Path, tmp_path: Path) -> None:
    """In what the file tells; and the Python file draws it as the app does."""
    line = deciding.Line(CLASSES[2], 0.25)
    stored = onnx.load(onnx_file)
    next(row for row in stored.metadata_props if row.key == "line").value = json.dumps(deciding.to_json(line))
    onnx.save(stored, tmp_path / "model.onnx")
    assert open_onnx(tmp_path / "model.onnx").line == line
    model = standalone.Model(tmp_path / "model.onnx")
    chances = np.random.default_rng(0).dirichlet((1, 1, 1), 200)
    assert [model.answer(row) for row in chances] == deciding.decide(chances, CLASSES, line).tolist()
    assert [model.answer(row) for row in chances] != chances.argmax(1).tolist()
    assert standalone.Model(onnx_file).answer(chances[0]) == chances[0].argmax()


def _only(folder: Path) -> Path:
    """The Python of a fresh environment with the three packages that the folder asks for; skips where none can be had.

    uv takes them from its cache, as it holds them since the project was set up, and asks the registry only if not.
    """
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("there is no uv on this machine")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    packages = [f"{name}=={version(name)}" for name in ("onnxruntime", "numpy", "pillow")]
    root = Path(__file__).parents[3]
    quiet = {"cwd": root, "capture_output": True, "check": False, "timeout": 200}
    made = subprocess.run([uv, "venv", "--python", sys.executable, str(folder)], **quiet)
    for offline in (["--offline"], []):
        install = [uv, "pip", "install", *offline, "--python", str(python), *packages]
        if made.returncode == 0 and subprocess.run(install, **quiet).returncode == 0:
            return python
    pytest.skip("onnxruntime, numpy and pillow could not be had for a fresh environment")


def test_python_folder_runs_with_its_three_packages_alone(
    exports: Exports, classifier: Classifier, tmp_path: Path
) -> None:
    out, _ = exports("python")
    python = _only(tmp_path / "environment")
    missing = "import importlib.util as i; print([n for n in ('torch', 'timm', 'onnx', 'core') if i.find_spec(n)])"
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    names = ("exif-6.jpg", "cmyk.jpg", "16-bit.png", "la.png", "3x7.png", "palette-half-clear.png")
    paths = sorted(nasty.draw(pictures, names))
    (pictures / "x.png").write_text("no picture")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": ""}
        return subprocess.run(
            [str(python), *arguments], capture_output=True, check=False, env=environment, cwd=tmp_path,
            encoding="utf-8", errors="surrogateescape", timeout=200,
        )  # fmt: skip

    assert run("-c", missing).stdout == "[]\n"
    done = run(str(out / "predict.py"), str(pictures))
    assert done.returncode == 1, done.stderr  # x.png could not be read
    assert str(pictures / "x.png") in done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [line[2] for line in lines] == list(map(str, paths))
    for line, path in zip(lines, paths, strict=True):
        expected = _expected(classifier, decode(path))
        assert line[0] == classifier.card.classes[expected.argmax()]
        assert float(line[1]) == pytest.approx(expected.max(), abs=1e-3)
    shutil.rmtree(out / "__pycache__", ignore_errors=True)
    assert {path.name for path in out.iterdir()} == {"model.onnx", "predict.py"}


class _Unexportable(nn.Module):
    """A head with an operator that ONNX does not know."""

    def forward(self, features: Tensor) -> Tensor:
        return features[:, :3] + torch.linalg.eigvalsh(torch.eye(3) * features.mean()).sum()


def test_a_failing_operator_is_named_and_nothing_changes(make_classifier: Any, tmp_path: Path) -> None:
    classifier = make_classifier()
    classifier.head = _Unexportable()
    out = tmp_path / "m.onnx"
    out.write_text("an earlier export")
    with pytest.raises(UserError) as caught:
        export_model(as_ensemble(classifier), "onnx", out, [], silent())
    assert caught.value.code == "EXPORT_FAILED"
    assert caught.value.params["format"] == "onnx"
    assert "eigh" in str(caught.value.params["operator"])
    assert out.read_text() == "an earlier export"
    assert os.listdir(tmp_path) == ["m.onnx"]


def test_places_that_must_not_be_overwritten(model: Ensemble, tmp_path: Path) -> None:
    full = tmp_path / "photos"
    full.mkdir()
    (full / "holiday.jpg").touch()
    (tmp_path / "file").touch()
    for name, out in (
        ("onnx", full),
        ("python", full),
        ("python", tmp_path / "file"),
        ("onnx", tmp_path / "file" / "m"),
    ):
        with pytest.raises(UserError) as caught:
            export_model(model, name, out, [], silent())
        assert caught.value.code == "CANNOT_WRITE"
    with pytest.raises(UserError) as caught:
        export_model(model, "coreml", tmp_path / "m", [], silent())
    assert caught.value.code == "BAD_OPTION"
    assert {path.name for path in tmp_path.rglob("*")} == {"photos", "holiday.jpg", "file"}


def test_an_earlier_export_is_replaced(
    onnx_file: Path, model: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_model, "write", lambda *given: _copied(onnx_file, given[1]))
    monkeypatch.setattr(nasty, "draw", lambda folder: [])
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "model.onnx").write_text("old")
    (folder / "predict.py").write_text("old")
    result = export_model(model, "python", folder, [], silent())
    assert (folder / "model.onnx").stat().st_size > 100_000
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "folder.parity.json"}
    assert result["parity"] == {
        "images": 0, "top1_agreement": 0.0, "max_abs_probability_difference": 1.0, "verified": False,
    }  # fmt: skip
