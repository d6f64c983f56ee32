"""Why no window can open: told in one line, before Qt is asked."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gui import app, preflight


def test_no_display_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    reason = preflight.why_no_window()
    assert reason is not None
    assert "no display" in reason
    assert app.main([]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_missing_libraries_name_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(preflight, "_is_there", lambda library: library not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    reason = preflight.why_no_window()
    assert reason is not None
    assert reason.endswith("sudo apt-get install libegl1 libxcb-cursor0")
    assert "\n" not in reason
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert preflight.missing_packages() == ["libegl1"]


@pytest.mark.skipif(shutil.which("ldd") is None, reason="ldd is what the table is held against")
def test_the_table_knows_every_library_that_qt_asks_the_system_for() -> None:
    import PySide6

    qt = Path(PySide6.__file__).parent / "Qt"
    known = {**preflight.FOR_ANY, **preflight.FOR_X, **preflight.FOR_WAYLAND}
    for name in ("lib/libQt6Widgets.so.6", "plugins/platforms/libqxcb.so", "plugins/platforms/libqwayland.so"):
        told = subprocess.run(["ldd", str(qt / name)], capture_output=True, text=True, check=True).stdout
        missing = set(re.findall(r"(\S+) => not found", told))
        assert missing <= set(known), name
        assert all(not preflight._is_there(library) for library in missing)


def test_qt_is_not_imported_to_find_out() -> None:
    script = "import sys; from gui.preflight import why_no_window; why_no_window(); print('PySide6' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
