"""How late the window is while the engine trains on all cores.

`uv run python -m tests.benchmarks.event_loop [--seconds 20] [--page train]`. The whole window is opened off screen
on the sample pictures, everything is fine-tuned in the engine's own process, and a timer that wants to tick every
10 ms in the window's thread writes down how much later it came.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.measure import GRAFT, ROOT, WEIGHTS, fresh_home, judge

SAMPLES = ROOT / "resources" / "samples" / "pictures"
PERIOD = 0.010
PATIENCE = 240  # seconds until the first step of the training


def prepare(environment: dict[str, str]) -> str:
    """Bring in the weights where there are any; the strategy that then makes all layers learn."""
    if not WEIGHTS.exists():
        return "from_scratch"
    taken = ["--as", "mobilenetv2_035", "--mean", "0.5", "--std", "0.5", "--set", "pad_type=same", "--json"]
    command = [GRAFT, "backbones", "import", str(WEIGHTS), *taken]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return "fine_tune_all"


def lateness(strategy: str, page: str, seconds: float) -> tuple[list[float], int]:
    """Milliseconds by which each tick came late while training went on, and how many steps were trained meanwhile."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from core.events import Batch, Event, Failed
    from gui.window import Window

    app = QApplication([])
    window = Window(app, [SAMPLES])
    session = window.session
    ticks: list[float] = []
    steps: list[int] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))

    def begin() -> None:
        if session.running("scan", "advise", "list_backbones") or not session.shelf.facts.shown:
            QTimer.singleShot(200, begin)
            return
        recipe = session.recipe.with_value("strategy.kind", strategy).with_value("training.epochs", 1000)
        session.replace(recipe)
        window.frame.go_to(page)
        session.train()

    def hear(event: Event) -> None:
        if isinstance(event, Failed):
            print(event.message, event.hint)
            app.exit(1)
        elif isinstance(event, Batch):
            steps.append(event.step)
            if len(steps) == 1:
                timer.start(round(PERIOD * 1000))
                QTimer.singleShot(round(seconds * 1000), lambda: app.exit(0))  # `quit` would ask

    session.received.connect(hear)
    QTimer.singleShot(500, begin)
    QTimer.singleShot(PATIENCE * 1000, lambda: None if steps else app.exit(2))
    window.frame.resize(1280, 800)
    window.show()
    status = app.exec()
    timer.stop()
    window.put_away()
    if status != 0 or len(ticks) < 100:
        sys.exit("No training was seen.")
    gaps = [after - before for before, after in itertools.pairwise(ticks)]
    return [max(0.0, gap - PERIOD) * 1000 for gap in gaps], len(steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--page", default="train")
    given = parser.parse_args()
    with fresh_home() as (folder, environment):
        os.environ.update(environment)
        late, steps = lateness(prepare(environment), given.page, given.seconds)
        assert Path(folder).is_dir()
    cuts = statistics.quantiles(late, n=1000)
    print(f"{len(late)} ticks during {steps} steps of training; milliseconds late:")
    figures = {"median": cuts[499], "p90": cuts[899], "p99": cuts[989], "p99.9": cuts[998], "worst": max(late)}
    print(", ".join(f"{name} {value:.2f}" for name, value in figures.items()))
    sys.exit(0 if judge("99 % of ticks, ms late", cuts[989], 16) else 1)


if __name__ == "__main__":
    main()
