"""How soon the first picture of a large folder is seen in the window, engine and all.

`uv run python -m tests.benchmarks.first_picture [--pictures 10000]`. The whole window stands on its start page; then a
folder is opened that Graft has never seen. The clock runs until the first thumbnail can be painted. What the machine
needs for its own part, to list the folder and to decode one picture, is printed beside it.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from PIL import Image

from tests.benchmarks.measure import fresh_home, judge, last_line, report
from tests.benchmarks.scan import small_pictures

ROUNDS = 5
STANDING = 3000  # milliseconds from the window's first paint until the folder is opened
PATIENCE = 60.0


def seen_after(folder: Path) -> float:
    """Seconds until the first thumbnail is in the window's hands."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from gui.window import Window

    app = QApplication([])
    window = Window(app, [])
    look = QTimer()
    began = found = 0.0

    def begin() -> None:
        nonlocal began
        began = time.perf_counter()
        window.session.open_folder(folder)
        look.start(5)

    def see() -> None:
        nonlocal found
        waited = time.perf_counter() - began
        if window.frame.page.name == "data":
            model = window.frame.page.pane.model
            if model.rowCount() and model.index(0).data(Qt.ItemDataRole.DecorationRole) is not None:
                found = waited
        if found or waited > PATIENCE:
            look.stop()
            app.exit(0)  # `quit` would ask

    look.timeout.connect(see)
    QTimer.singleShot(STANDING, begin)
    window.show()
    app.exec()
    window.put_away()
    if not found:
        sys.exit("No picture was seen.")
    return found


def alone(folder: Path) -> float:
    """Seconds to list the folder and decode the first picture."""
    began = time.perf_counter()
    first = min(path for path in folder.rglob("*") if path.stat().st_size and path.is_file())
    with Image.open(first) as image:
        image.load()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--open", type=Path, help="Measure once, with this folder, where Graft has never run.")
    given = parser.parse_args()
    if given.open is not None:
        print(json.dumps({"seconds": seen_after(given.open)}))
        return
    seen, bare = [], []
    with fresh_home() as (place, _):
        folder = small_pictures(place / "many", given.pictures)
        command = [sys.executable, "-m", "tests.benchmarks.first_picture", "--open", str(folder)]
        for _ in range(ROUNDS):
            bare.append(alone(folder))
            with fresh_home() as (_, environment):
                seen.append(float(last_line(command, environment)["seconds"]))
    medians = report([("list, decode one", bare), ("seen in the window", seen)])
    print(f"load {os.getloadavg()[0]:.1f}")
    sys.exit(0 if judge(f"first of {given.pictures:,}, seconds", medians["seen in the window"], 0.5) else 1)


if __name__ == "__main__":
    main()
