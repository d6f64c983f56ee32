"""A training in the window with a hand on it: each button does what it says, in the run's events and on the curve."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QPushButton

from core.project.runs import Run
from gui.main_window import MainWindow
from gui.widgets.rate_finder import RateFinder
from tests.e2e.conftest import PATIENCE, Open, bring_in_weights, photographs, wait_for_scan

LEFT = Qt.MouseButton.LeftButton
CHOICES: dict[str, object] = {
    "data.image_size": 32,
    "strategy.kind": "fine_tune_top",
    "strategy.first_stage": 3,
    "schedule.kind": "constant",
    "schedule.warmup": 0.0,
    "training.epochs": 5000,
    "training.batch_size": 8,
}

pytestmark = pytest.mark.timeout(900)


class Hand:
    """Presses what a person presses, and waits for what a person would see."""

    def __init__(self, window: MainWindow, qtbot: Any) -> None:
        self.window, self.session, self.qtbot = window, window.session, qtbot
        window.go_to("train")
        self.page: Any = window.page

    def press(self, button: QPushButton) -> None:
        def ready() -> bool:
            self.page.scroller.ensureWidgetVisible(button)
            return button.isEnabled() and not button.visibleRegion().isEmpty()  # laid out, and in sight

        self.until(ready)
        self.qtbot.mouseClick(button, LEFT)

    def until(self, so: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(so()), timeout=PATIENCE)

    @property
    def data(self) -> Any:
        return self.page.watch.data

    def done(self, action: str) -> float | None:
        """Wait until the curve marks an act; its value."""
        self.until(lambda: action in [mark.action for mark in self.data.marks])
        return next(mark.value for mark in reversed(self.data.marks) if mark.action == action)

    def learns_on(self) -> None:
        """Wait for another step."""
        before = len(self.data.steps)
        self.until(lambda: len(self.data.steps) > before)

    def rate(self) -> float:
        """Of the head, from a step that is still to come."""
        self.learns_on()
        self.learns_on()
        return float(self.data.rates["head"])


def find_a_rate(hand: Hand) -> None:
    """The curve is drawn, a click into it picks a rate, and the button takes it over; no run comes of it."""
    hand.page.choices.open_finder()
    finder = hand.page.choices.finder.content
    assert isinstance(finder, RateFinder)
    hand.press(finder.look)
    hand.until(finder.look.isEnabled)
    assert len(finder.plot._rates) > 10, finder.said.text()
    assert finder.plot.isVisible()
    plot = finder.plot
    hand.qtbot.mouseClick(plot, LEFT, pos=QPoint(round(plot.place_of(3e-4)), plot.height() // 2))
    assert plot.rate == pytest.approx(3e-4, rel=0.3)
    hand.press(finder.take)
    assert hand.session.recipe.optimizer.learning_rate == pytest.approx(plot.rate, rel=0.05)
    assert "begins with a rate of" in finder.said.text()
    assert hand.session.runs() == []


def steer(hand: Hand) -> Path:
    """Every button once; the folder of the run."""
    page, hands = hand.page, hand.page.hands
    hand.press(page.primary)
    hand.until(lambda: len(hand.data.steps) > 5)
    run = Path(hand.session.running("train").run)
    hand.until(lambda: "pictures a second" in page.machine.text())
    assert "thread" in page.machine.text()
    assert "batches of 8" in page.machine.text()

    before = hand.rate()
    assert before == pytest.approx(hand.session.recipe.optimizer.learning_rate)
    hands.factor.setText("4")
    hand.press(hands.decay)
    assert hand.done("decay") == pytest.approx(0.25)
    assert hand.rate() == pytest.approx(before / 4)

    hands.new_rate.setFocus()
    hands.new_rate.setText("2e-4")
    hand.qtbot.keyClick(hands.new_rate, Qt.Key.Key_Return)
    assert hand.done("set_rate") == pytest.approx(2e-4)
    assert hand.rate() == pytest.approx(2e-4)

    assert "stage 2" not in hand.data.rates
    hand.press(hands.unfreeze)
    hand.done("unfreeze")
    hand.until(lambda: "stage 2" in hand.data.rates)

    hand.press(hands.snapshot)
    hand.done("snapshot")
    hand.until(lambda: list((run / "checkpoints").glob("snapshot-*.safetensors")))

    hand.press(page.primary)
    hand.done("pause")
    hand.until(lambda: page.primary.text() == "Go on")
    assert "Paused" in page.status
    still = len(hand.data.steps)
    hand.qtbot.wait(300)
    assert len(hand.data.steps) == still
    hand.press(page.primary)
    hand.done("go_on")
    hand.learns_on()
    return run


def save(hand: Hand, folder: Path) -> None:
    """The curve as numbers, as a picture and as a drawing."""
    hand.until(lambda: len(hand.data.epochs) > 2)
    for kind in ("CSV", "PNG", "SVG"):
        next(action for action in hand.page.save_button.menu_of.actions() if kind in action.text()).trigger()
        dialog = next(it for it in hand.window.findChildren(QFileDialog) if kind in it.nameFilters()[0])
        dialog.fileSelected.emit(str(folder / f"curve.{kind.lower()}"))
        dialog.reject()
        assert any("Saved" in banner.text for banner in hand.page.banners())
    with (folder / "curve.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows[:3]] == ["0", "1", "2"]
    assert "decay 0.25" in "; ".join(row["steered"] for row in rows)
    image = QImage(str(folder / "curve.png"))
    shades = {image.pixelColor(x, y).name() for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert len(shades) > 5, "something is drawn"
    drawing = QSvgRenderer(str(folder / "curve.svg"))
    assert drawing.isValid()
    assert b"<polyline" in (folder / "curve.svg").read_bytes() or b"<path" in (folder / "curve.svg").read_bytes()


def stop_and_discard(hand: Hand, run: Path) -> None:
    """Stopped, the run is whole and says all that was done; another one, discarded, leaves nothing."""
    hand.press(hand.page.hands.stop)
    hand.until(lambda: hand.session.trained is not None)
    assert Run(run).complete
    assert len(list((run / "snapshots").iterdir())) == 1
    acts = ["decay", "set_rate", "unfreeze", "snapshot", "pause", "go_on", "stop"]
    assert [event["action"] for event in Run(run).events() if event["event"] == "steered"] == acts
    hand.until(lambda: hand.page.primary.text().startswith("Look at the mistakes"))
    assert [mark.action for mark in hand.data.marks] == acts
    told = " · ".join(name.text for name in hand.page.curve.widget.marks.shown)
    assert all(word in told for word in ("rate ÷ 4", "rate 0.0002", "unfrozen", "snapshot", "paused", "stopped"))

    hand.press(hand.page.again_button)
    hand.until(lambda: hand.session.running("train") is not None and len(hand.data.steps) > 0)
    other = Path(hand.session.running("train").run)
    hand.press(hand.page.hands.discard)
    assert hand.session.running("train") is not None, "it asks once"
    hand.press(hand.page.hands.discard)
    hand.until(lambda: hand.session.running("train") is None)
    hand.until(lambda: [mark.action for mark in hand.data.marks] == acts)
    assert not other.exists()
    assert hand.session.run.folder == run


def test_a_training_is_found_a_rate_for_steered_saved_stopped_and_another_one_discarded(
    use_window: Open, qtbot: Any, shared: Path, tmp_path: Path
) -> None:
    folder = photographs(shared / "data" / "ants-bees", tmp_path / "insects", 12)

    def script(window: MainWindow) -> None:
        session = window.session
        wait_for_scan(qtbot, window)
        window.go_to("backbone")
        bring_in_weights(qtbot, window, shared / "weights" / "mobilenetv2_035.imagenet.safetensors")
        recipe = session.recipe
        for path, value in CHOICES.items():
            recipe = recipe.with_value(path, value)
        session.replace(recipe)
        wait_for_scan(qtbot, window)
        hand = Hand(window, qtbot)
        find_a_rate(hand)
        run = steer(hand)
        save(hand, tmp_path)
        stop_and_discard(hand, run)

    use_window(script, str(folder))
