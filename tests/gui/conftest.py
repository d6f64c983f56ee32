"""Tests of the window: Qt's complaints are failures, and garbage is collected in the window's thread alone."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings
from tests.gui.frame import BACKBONES, LONG, Engine, picture_folder, scanned

IGNORED = ("This plugin does not support propagateSizeHints", "This plugin does not support raise()")


@pytest.fixture(autouse=True)
def _garbage_in_this_thread() -> Iterator[None]:
    """As the window does: a QObject that is destroyed in another thread takes the process along."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def _no_complaints_of_qt() -> Iterator[None]:
    said: list[str] = []

    def hear(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not any(known in text for known in IGNORED):
            said.append(text)

    before = qInstallMessageHandler(hear)
    yield
    qInstallMessageHandler(before)
    assert not said, said


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def session(qtbot: Any, qapp: QApplication, engine: Engine) -> Iterator[Session]:
    theme.apply(qapp, "light")
    standing = Session(engine, Settings())  # type: ignore[arg-type]
    yield standing
    standing.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return picture_folder(tmp_path / "insects")


@pytest.fixture
def opened(session: Session, engine: Engine, folder: Path, qtbot: Any) -> Session:
    """A session with the folder open, scanned, and one backbone here."""
    session.open_folder(folder)
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=LONG)
    engine.answer("Scan", scanned())
    engine.answer("ListBackbones", BACKBONES)
    qtbot.waitUntil(lambda: session.shelf.facts.shown == 24, timeout=LONG)
    return session


@pytest.fixture
def window(session: Session, qtbot: Any) -> Iterator[MainWindow]:
    made = MainWindow(session)
    made.show()
    qtbot.waitExposed(made)
    yield made
    session.board.forget()
    made.hide()
