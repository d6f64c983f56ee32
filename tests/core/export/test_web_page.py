"""The page in a real browser, opened from the disk, without a network: the app's answers to the same files."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.evaluation.ensemble import Ensemble
from core.evaluation.predict import predict_files
from core.evaluation.trained import Trained
from core.events import silent
from core.export import nasty, onnx_model, web_page
from core.training.classifier import Classifier
from core.training.deciding import Line, decide, to_json
from tests.core.export.browser import Tab, find, open_tab
from tests.core.export.conftest import CLASSES

READY = "window.graft && graft.ready"
PARTS = 2


@pytest.fixture(scope="module")
def page(model: Ensemble, onnx_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported folder, its model in several scripts."""
    folder = tmp_path_factory.mktemp("export") / "page #1 ü"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web_page, "PART", 10 * 2**20)
        patch.setattr(onnx_model, "write", lambda _, path, reduction: len(shutil.copyfile(onnx_file, path).name))
        web_page.write(model, folder)
    return folder


@pytest.fixture(scope="module")
def tab(page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    program = find()
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    with open_tab(program, tmp_path_factory.mktemp("profile")) as tab:
        tab.ask("Page.navigate", url=(page / "index.html").as_uri())
        tab.wait_for(READY)
        yield tab


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ten scenes, each as PNG and as JPEG; some upright, some wide."""
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(5)
    paths = []
    for number in range(10):
        coarse = generator.integers(0, 256, (5, 7, 3), dtype=np.uint8)
        size = (300, 200) if number % 2 else (180, 260)
        scene = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
        for suffix in ("png", "jpg"):
            paths.append(folder / f"{number}.{suffix}")
            scene.save(paths[-1], quality=92)
    return paths


def _ask(tab: Tab, paths: list[Path]) -> list[dict[str, Any]]:
    before = int(tab.value("graft.answers.length"))
    tab.choose("#files", paths)
    tab.wait_for(f"graft.answers.length === {before + len(paths)} && !working")
    return list(tab.value("graft.answers"))[before:]


def test_the_page_gives_the_apps_answers(tab: Tab, classifier: Classifier, pictures: list[Path]) -> None:
    shown = _ask(tab, pictures)
    ours = predict_files(Trained(classifier), [str(path) for path in pictures], silent(), threads=2)
    for path, page, app in zip(pictures, shown, ours, strict=True):
        expected = list(app["probabilities"].values())
        assert page["name"] == path.name
        assert page["status"] == "ok"
        allowed = 1e-3 if path.suffix == ".png" else 0.02
        assert page["probabilities"] == pytest.approx(expected, abs=allowed)
        if sorted(expected)[-1] - sorted(expected)[-2] > 2 * allowed:
            assert int(np.argmax(page["probabilities"])) == int(np.argmax(expected))
    assert len(tab.value("[...document.querySelectorAll('#answers li')].map(item => item.innerText)")) >= 20
    assert tab.faults == []


def test_the_page_draws_the_line(tab: Tab) -> None:
    line = Line(CLASSES[1], 0.25)
    chances = np.random.default_rng(0).dirichlet((1, 1, 1), 60)
    tab.value(f"void (card.line = {json.dumps(to_json(line))})")
    drawn = tab.value(f"{json.dumps(chances.tolist())}.map(best)")
    tab.value("void (card.line = null)")
    assert drawn == decide(chances, CLASSES, line).tolist() != chances.argmax(1).tolist()
    assert tab.value(f"{json.dumps(chances.tolist())}.map(best)") == chances.argmax(1).tolist()


def test_the_page_checks_itself_where_it_is_opened(tab: Tab) -> None:
    assert tab.value("graft.check.good")
    assert tab.value("graft.check.same") == len(web_page.CHECKS)
    assert tab.value("graft.check.largest") < 1e-3
    assert "Checked in this browser" in tab.value("document.getElementById('check').innerText")


def test_turned_clear_and_broken_pictures(tab: Tab, classifier: Classifier, tmp_path: Path) -> None:
    """EXIF is applied once, transparency lies on white, and what is no picture is said to be none."""
    names = ("exif-6.jpg", "exif-3.jpg", "rgba.png", "la.png", "palette-half-clear.png", "grey-key.png", "16-bit.png")
    paths = nasty.draw(tmp_path, names)
    assert len(paths) == len(names)
    (tmp_path / "=cmd().png").write_text("not a picture")
    *shown, broken = _ask(tab, [*paths, tmp_path / "=cmd().png"])
    ours = predict_files(Trained(classifier), [str(path) for path in paths], silent(), threads=2)
    for page, app in zip(shown, ours, strict=True):
        assert page["probabilities"] == pytest.approx(list(app["probabilities"].values()), abs=0.02), page["name"]
    assert (broken["status"], broken["probabilities"]) == ("NOT_AN_IMAGE", None)
    table = tab.value("table()").split("\r\n")
    assert table[0].startswith("path,label,probability,status,ant,'=bee,黄蜂 ")
    assert any(line.startswith("'=cmd().png,,,NOT_AN_IMAGE") for line in table)


def test_the_page_can_reach_nothing(tab: Tab) -> None:
    """Its own rules forbid it to send, whatever a class may be called."""
    outcome = tab.value("fetch('http://127.0.0.1:9/').then(() => 'sent', error => 'refused')")
    assert outcome == "refused"
    assert any("Content Security Policy" in fault for fault in tab.faults)
    tab.faults.clear()


def test_the_folder_is_whole_and_licensed(page: Path) -> None:
    names = {path.name for path in page.iterdir()}
    assert {f"model-{number:03}.js" for number in range(1, PARTS + 1)} <= names
    assert "MIT License" in (page / "LICENSE-onnxruntime.txt").read_text()
    assert all(web_page.is_own(name) for name in names)
    scripts = [line.split('"')[1] for line in (page / "index.html").read_text().splitlines() if "<script" in line]
    assert set(scripts) <= names
