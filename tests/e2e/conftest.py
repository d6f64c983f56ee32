"""The real window with the real engine, started by its main function and used as a person would."""

import gc
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from core.project import places
from gui import app as window_app
from gui import theme
from gui.main_window import MainWindow

Script = Callable[[MainWindow], None]
Open = Callable[..., None]
PATIENCE = 300_000  # the engine gives way to others: on a busy machine ten seconds of work have taken two minutes


@pytest.fixture
def use_window(qtbot: Any, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """`use_window(script, *arguments)` runs `main(arguments)`; where it would wait for the user, `script` acts.

    Afterwards nothing may have been logged as an error, and no process of the engine may be left.
    """
    gc.disable()

    def run(script: Script, *arguments: str) -> None:
        clients = []

        def act(*_: object) -> int:
            frame = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible())
            clients.append(frame.session.client)
            qtbot.waitExposed(frame)
            script(frame)
            frame.close()
            return 0

        with monkeypatch.context() as patch:
            patch.setattr(QApplication, "exec", act)
            assert window_app.main(list(arguments)) == 0
        assert all(not client.process_ids() for client in clients)
        assert faults_in(places.log_folder() / "window.log") == []

    yield run
    theme.apply(qapp, "light")
    gc.collect()
    gc.enable()
    logging.getLogger().setLevel(logging.WARNING)


def faults_in(log: Path) -> list[str]:
    """What was logged as an error, and what Qt complained of."""
    known = ("propagateSizeHints", "raise()")
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [line for line in lines if " ERROR " in line or ("Qt: " in line and not any(name in line for name in known))]


def wait_for_scan(qtbot: Any, window: MainWindow) -> None:
    session = window.session
    qtbot.waitUntil(lambda: session.result("scan") is not None and not session.running("scan"), timeout=PATIENCE)
    qtbot.waitUntil(lambda: session.shelf.facts.shown > 0, timeout=PATIENCE)


def bring_in_weights(qtbot: Any, window: MainWindow, file: Path) -> None:
    page = window.page
    page.import_button.click()
    form = page.import_form
    form.path.setText(str(file))
    form.mean.setText("0.5")
    form.std.setText("0.5")
    form.padding.setCurrentIndex(1)
    qtbot.waitUntil(lambda: form.go.isVisible() and form.go.isEnabled(), timeout=PATIENCE)
    form.go.click()
    qtbot.waitUntil(lambda: "tensors fit" in form.said.text(), timeout=PATIENCE)


def photographs(source: Path, target: Path, each: int) -> Path:
    for label in ("ants", "bees"):
        (target / label).mkdir(parents=True)
        for path in sorted((source / "train" / label).iterdir())[:each]:
            shutil.copy(path, target / label)
    return target
