"""The window's main function. Before the first paint only QtCore, QtGui, QtWidgets and light modules are imported."""

import sys
from collections.abc import Sequence
from pathlib import Path

from gui import preflight


def main(argv: Sequence[str] = ()) -> int:
    """Open the window and stay until it is closed; `argv` may name a folder. Exit status 0, or 3 without a display."""
    reason = preflight.why_no_window()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 3
    from PySide6.QtWidgets import QApplication

    from gui import zoom
    from gui.window import Window

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = zoom.application([sys.argv[0]])
    window = Window(app, [Path(name) for name in argv if not name.startswith("-")])
    try:
        window.show()
        return app.exec()
    finally:
        window.put_away()
