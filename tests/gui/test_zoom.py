"""Larger letters in the system make everything larger, drawings included."""

import subprocess
import sys

import pytest

from gui.zoom import zoom_for

LOOK = """
import sys
from gui.zoom import application
app = application(["graft"], lambda: float(sys.argv[1]))
from PySide6.QtWidgets import QWidget
widget = QWidget()
widget.resize(100, 100)
print(widget.grab().width())
"""


@pytest.mark.parametrize(("letters", "zoom"), [(12, 1.0), (13, 1.0), (15, 1.0), (18, 1.2), (20, 1.35), (60, 2.0)])
def test_usual_letters_are_drawn_as_designed_and_larger_ones_larger(letters: float, zoom: float) -> None:
    assert zoom_for(letters) == pytest.approx(zoom)


@pytest.mark.parametrize(("letters", "said", "seen"), [("12", "", 100), ("18", "", 120), ("18", "1.5", 150)])
def test_the_application_is_drawn_as_large_as_its_letters(
    letters: str, said: str, seen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    if said:
        monkeypatch.setenv("QT_SCALE_FACTOR", said)
    done = subprocess.run([sys.executable, "-c", LOOK, letters], capture_output=True, text=True, check=True)
    assert int(done.stdout) == seen
