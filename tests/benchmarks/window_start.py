"""From process start to the first paint, and to the help of the command line.

`uv run python -m tests.benchmarks.window_start [--rounds 7]`. Graft's window and a bare QMainWindow are started in
turn, off screen, with the same Python; the first start of each is not counted.
"""

import argparse
import statistics
import subprocess
import sys
import time

from tests.benchmarks.measure import GRAFT, fresh_home, judge, report

BARE = """
import os, time
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time(), flush=True)
        os._exit(0)

app = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
app.exec()
"""

OURS = """
import os, time
import core.cli
from gui.preflight import why_no_window
assert why_no_window() is None
from PySide6.QtWidgets import QApplication
from gui.window import Window

def painted():
    print(time.time(), flush=True)
    os._exit(0)

app = QApplication([])
window = Window(app, [])
window.frame.painted.connect(painted)
window.show()
app.exec()
"""


def seconds_to_paint(script: str, environment: dict[str, str]) -> float:
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    return float(done.stdout.splitlines()[-1]) - began


def seconds_to_help(environment: dict[str, str]) -> float:
    began = time.monotonic()
    subprocess.run([GRAFT, "--help"], env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with fresh_home() as (_, environment):
        taken = [
            (seconds_to_paint(BARE, environment), seconds_to_paint(OURS, environment), seconds_to_help(environment))
            for _ in range(rounds + 1)
        ][1:]
    bare, ours, help_text = (list(column) for column in zip(*taken, strict=True))
    report([("bare QMainWindow", bare), ("Graft's window", ours), ("graft --help", help_text)])
    kept = judge("window / bare", statistics.median(ours) / statistics.median(bare), 3)
    kept &= judge("graft --help", statistics.median(help_text), 0.5)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
