"""Tests of the window: Qt's complaints are failures, and garbage is collected in the window's thread alone."""

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

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
