"""The whole job in the window: from a folder to a trained model, by pressing what a person presses."""

import gc
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from core.project import places
from core.project.index import Index
from core.project.runs import Run
from gui.engine_client import EngineClient
from gui.main_window import MainWindow
from gui.window import WARM_UP_MILLISECONDS
from resources.samples import PICTURES
from tests.e2e.conftest import PATIENCE, Open, bring_in_weights, photographs, wait_for_scan

CTRL = Qt.KeyboardModifier.ControlModifier

pytestmark = pytest.mark.timeout(900)


def press_primary(qtbot: Any, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.page.primary.isVisible() and window.page.primary.isEnabled(), timeout=PATIENCE)
    qtbot.keyClick(window, Qt.Key.Key_Return, CTRL)


def test_the_sample_opens_is_looked_at_and_edited_and_comes_back(use_window: Open, qtbot: Any) -> None:
    before = {path: path.stat().st_mtime_ns for path in PICTURES.rglob("*")}

    def first(window: MainWindow) -> None:
        assert window.page.name == "start"
        qtbot.mouseClick(window.page.sample, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.page.name == "data", timeout=PATIENCE)
        wait_for_scan(qtbot, window)
        grid = window.page.pane.grid
        qtbot.waitUntil(lambda: len(window.page.pane.model.ids) > 50, timeout=PATIENCE)
        grid.setFocus()
        grid.choose([0, 1, 2])
        qtbot.keyClick(grid, Qt.Key.Key_Delete)
        session = window.session
        qtbot.waitUntil(lambda: session.result("edit") is not None, timeout=PATIENCE)
        qtbot.waitUntil(lambda: session.shelf.facts.excluded == 3, timeout=PATIENCE)
        session.set_value("training.epochs", 5)
        window.go_to("settings")

    def second(window: MainWindow) -> None:
        session = window.session
        qtbot.waitUntil(lambda: session.folder == PICTURES, timeout=PATIENCE)
        assert window.page.name == "settings", "the page comes back"
        assert session.recipe.training.epochs == 5
        assert session.shelf.facts.excluded == 3
        wait_for_scan(qtbot, window)
        assert session.states()["data"].glyph == "ready"

    use_window(first)
    with Index.open(places.default_project(PICTURES), read_only=True) as index:
        assert sum(picture.excluded for picture in index.pictures()) == 3
    use_window(second)
    assert {path: path.stat().st_mtime_ns for path in PICTURES.rglob("*")} == before, "originals are never written"


def test_pressing_the_primary_button_is_enough_from_a_folder_to_a_judged_model(
    use_window: Open, qtbot: Any, shared: Path, tmp_path: Path
) -> None:
    folder = photographs(shared / "data" / "ants-bees", tmp_path / "insects", 20)

    def script(window: MainWindow) -> None:
        session = window.session
        wait_for_scan(qtbot, window)
        press_primary(qtbot, window)
        assert window.page.name == "backbone"
        qtbot.waitUntil(lambda: session.result("list_backbones") is not None, timeout=PATIENCE)
        bring_in_weights(qtbot, window, shared / "weights" / "mobilenetv2_035.imagenet.safetensors")
        qtbot.waitUntil(lambda: session.states()["backbone"].line == "MobileNetV2 0.35", timeout=PATIENCE)
        press_primary(qtbot, window)
        assert window.page.name == "strategy"
        qtbot.waitUntil(lambda: session.result("advise") is not None, timeout=PATIENCE)
        assert session.result("advise")["cell"] == "small-similar"
        press_primary(qtbot, window)
        assert window.page.name == "augment"
        press_primary(qtbot, window)
        qtbot.waitUntil(lambda: window.page.name == "train", timeout=PATIENCE)
        qtbot.waitUntil(lambda: session.trained is not None, timeout=PATIENCE)
        assert session.failure("train") is None
        assert session.report["val"]["accuracy"] > 0.7
        assert session.states()["train"].glyph == "ready"
        press_primary(qtbot, window)
        assert window.page.name == "evaluate"
        press_primary(qtbot, window)
        assert window.page.name == "predict"
        press_primary(qtbot, window)
        assert window.page.name == "export"
        for name in ("evaluate", "predict", "export", "runs"):
            window.go_to(name)
            qtbot.wait(100)
            assert not window.page.grab().isNull()

    use_window(script, str(folder))


def test_the_trainer_killed_while_it_trains_leaves_a_window_that_resumes(
    use_window: Open, qtbot: Any, shared: Path, tmp_path: Path
) -> None:
    folder = photographs(shared / "data" / "ants-bees", tmp_path / "insects", 4)

    def script(window: MainWindow) -> None:
        session = window.session
        wait_for_scan(qtbot, window)
        recipe = session.recipe.with_value("strategy.kind", "from_scratch").with_value("training.epochs", 400)
        session.replace(recipe.with_value("data.image_size", 32))
        wait_for_scan(qtbot, window)
        epochs: list[int] = []
        session.received.connect(lambda event: epochs.append(event.epoch) if hasattr(event, "train") else None)
        session.train()
        qtbot.waitUntil(lambda: len(epochs) > 3, timeout=PATIENCE)
        os.kill(session.client.process_ids()["trainer"], signal.SIGKILL)
        qtbot.waitUntil(lambda: session.failure("train") is not None, timeout=PATIENCE)
        assert session.failure("train").code == "ENGINE_DIED"
        qtbot.waitUntil(lambda: session.unfinished is not None, timeout=PATIENCE)
        assert session.states()["train"].line == "Interrupted"
        window.go_to("train")
        qtbot.waitUntil(lambda: bool(window.page.banners()), timeout=PATIENCE)
        so_far = len(epochs)
        assert session.resume(session.unfinished.folder) is not None
        qtbot.waitUntil(lambda: len(epochs) > so_far, timeout=PATIENCE)
        session.steer("stop")
        qtbot.waitUntil(lambda: session.trained is not None, timeout=PATIENCE)
        assert Run(session.trained.run.folder).complete

    use_window(script, str(folder))


def test_a_window_that_closes_at_once_starts_nothing_afterwards(
    use_window: Open, qtbot: Any, monkeypatch: pytest.MonkeyPatch, graft_home: Path
) -> None:
    started: list[str] = []
    monkeypatch.setattr(EngineClient, "warm_up", lambda _, role: started.append(role))
    use_window(lambda window: window.painted.emit())
    gc.collect()
    qtbot.wait(2 * WARM_UP_MILLISECONDS)
    assert started == []


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_theme_paints_the_window(use_window: Open, qtbot: Any, choice: str, graft_home: Path) -> None:
    def script(window: MainWindow) -> None:
        window.settings.set("theme", choice)

    def look(window: MainWindow) -> None:
        QApplication.processEvents()
        image: QImage = window.grab().toImage()
        lightness = image.pixelColor(image.width() // 2, image.height() - 120).lightness()
        assert (lightness < 80) == (choice == "dark")

    use_window(script)
    use_window(look)
