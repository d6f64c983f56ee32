"""What augmentation costs: per batch against a training step, and from a slider's move to the new examples on screen.

`uv run python -m tests.benchmarks.augmentation [--rounds 15]`. The step is forward, backward and AdamW of
MobileNetV2-0.35 on 32 pictures of 224 pixels in fp32; each round times it and every augmentation once, so that all meet
the same machine. Then the whole window is opened off screen on the sample pictures, and a slider is moved on the
Augment page.
"""

import argparse
import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.benchmarks.measure import fresh_home, judge, report

BATCH, SIZE = 32, 224
OFF = {"flip": False, "smallest_crop": 1.0, "brightness": 0.0, "contrast": 0.0, "saturation": 0.0}
KINDS: dict[str, dict[str, object]] = {
    "mirror and crop": {"flip": True, "smallest_crop": 0.6},
    "the default": {"flip": True, "smallest_crop": 0.6, "brightness": 0.1, "contrast": 0.1, "saturation": 0.1},
    "rotation": {"rotation": 180.0},
    "perspective": {"perspective": 0.3},
    "hue": {"hue": 0.05},
    "colour of the light": {"pca_colour": 0.1},
    "blur": {"blur": 0.3},
    "noise": {"noise": 0.1},
    "erasing": {"erase": 0.2},
    "TrivialAugment": {"automatic": "trivial"},
    "RandAugment": {"automatic": "rand"},
}


def per_batch(rounds: int) -> bool:
    """Seconds for each kind and for the step, round by round."""
    import timm
    import torch
    from torch.nn import functional

    from core.recipe import Augmentation
    from core.training.augmentation import augment

    pictures = torch.randint(0, 256, (BATCH, SIZE, SIZE, 3), dtype=torch.uint8)
    inputs, labels = pictures.permute(0, 3, 1, 2).float() / 255, torch.randint(0, 2, (BATCH,))
    network = timm.create_model("mobilenetv2_035", num_classes=2).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters())

    def step() -> None:
        optimizer.zero_grad()
        functional.cross_entropy(network(inputs), labels).backward()
        optimizer.step()

    actions: dict[str, Callable[[], object]] = {"step": step}
    for name, choices in KINDS.items():
        choice = Augmentation.model_validate({**OFF, **choices})
        actions[name] = lambda choice=choice: augment(pictures, choice, 1)
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds + 1):
        for name, act in actions.items():
            began = time.perf_counter()
            act()
            if number:  # the first round warms up
                seconds[name].append(time.perf_counter() - began)
    report([(name, [1000 * value for value in values]) for name, values in seconds.items()], "ms")
    share = [cost / whole for cost, whole in zip(seconds["mirror and crop"], seconds["step"], strict=True)]
    return judge("mirror and crop / step", statistics.median(share), 0.1)


@contextmanager
def augment_page() -> Iterator[tuple[object, object]]:
    """The window on the Augment page, its first examples drawn."""
    from PySide6.QtWidgets import QApplication

    from gui.window import Window
    from resources.samples import PICTURES

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    window = Window(app, [PICTURES])
    window.frame.resize(1280, 800)
    window.show()
    session = window.session
    spin(lambda: session.result("scan") is not None and not session.running("scan", "advise"))
    window.frame.go_to("augment")
    spin(lambda: window.frame.page.wall.fresh >= window.frame.page.wall.rows)
    try:
        yield window, window.frame.page
    finally:
        window.frame.hide()
        window.put_away()


def spin(ready: Callable[[], object], seconds: float = 240) -> None:
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            sys.exit("The window did not get that far.")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)


def in_window(moves: int) -> bool:
    """Milliseconds from a slider's move until the wall has painted examples of the new choice."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QSlider

    class Painted(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.Paint
            return False

    with augment_page() as (_, page):
        slider = next(part for part in page.findChildren(QSlider) if part.accessibleName() == "Rotation")  # type: ignore[attr-defined]
        painted, answers = Painted(), []
        page.wall.installEventFilter(painted)  # type: ignore[attr-defined]
        page.previews.came.connect(lambda *_: answers.append(painted.count))  # type: ignore[attr-defined]
        took = []
        for position in itertools.islice(itertools.cycle(range(5, 100, 7)), moves):
            answers.clear()
            began = time.perf_counter()
            slider.setValue(position)
            spin(lambda: answers and painted.count > answers[0])
            took.append(1000 * (time.perf_counter() - began))
            spin(lambda: page.wall.fresh >= page.wall.rows)  # type: ignore[attr-defined]
    cuts = statistics.quantiles(took, n=20)
    print(
        f"from slider to paint, {moves} moves: median {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, worst {max(took):.0f} ms"
    )
    return judge("slider to paint, median ms", cuts[9], 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--moves", type=int, default=60)
    given = parser.parse_args()
    with fresh_home() as (_, environment):
        os.environ.update(environment)
        kept = [per_batch(given.rounds), in_window(given.moves)]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
