"""The curve: drawn seldom but never stale, its pieces where they belong."""

import time

import pytest
from PySide6.QtCore import QCoreApplication

from core.events import Batch, Epoch, Steered
from gui.widgets.curve_data import CurveData


@pytest.fixture
def curve(qtbot):
    from gui.widgets.curve import Curve

    made = Curve()
    qtbot.addWidget(made)
    made.resize(700, 380)
    made.show()
    return made


def fill(data, epochs=10, steps=20, planned=12):
    step = 0
    for number in range(1, epochs + 1):
        for _ in range(steps):
            step += 1
            data.add(Batch(job="", count=0, step=step, epoch=number, loss=1 / step, learning_rates={"head": 0.01}))
        train, val = {"loss": 1 / number, "accuracy": 0.9}, {"loss": 1.1 / number, "accuracy": 0.8 + 0.01 * number}
        data.add(
            Epoch(job="", count=0, epoch=number, epochs=planned, train=train, val=val, learning_rates={}, seconds=1,
                  best=number == 7)
        )  # fmt: skip
    return data


def test_lines_best_and_marks_stand_where_the_data_say(curve):
    data = fill(CurveData())
    data.add(Steered(job="", count=0, step=50, action="decay", value=0.1))
    curve.show_data(data)
    x, y = curve._lines["val_accuracy"].getData()
    assert list(x) == list(range(1, 11))
    assert y[-1] == pytest.approx(0.9)
    x, _ = curve._lines["batch"].getData()
    assert x[0] == pytest.approx(0.05)
    assert x[-1] == pytest.approx(10)
    assert curve.best.place == 7
    assert curve.marks.places == pytest.approx([2.5])
    assert "Epoch 10: training 90\u00a0%, validation 90\u00a0%" in curve.accessibleDescription()


def test_names_at_the_ends_never_lie_over_one_another(curve):
    data = CurveData()
    for number in (1, 2, 3):
        same = {"loss": 0.5, "accuracy": 0.8}
        data.add(
            Epoch(
                job="", count=0, epoch=number, epochs=3, train=same, val=same, learning_rates={}, seconds=1, best=False
            )
        )
    curve.show_data(data)
    for name, pane in (("accuracy", curve.accuracy), ("loss", curve.loss)):
        low, high = pane.vb.viewRange()[1]
        heights = [curve._ends.names[f"{part}_{name}"].pos().y() for part in ("train", "val")]
        assert abs(heights[0] - heights[1]) * pane.vb.height() / (high - low) > 12


def apart_and_within(curve):
    """Whether the names of acts are drawn within the curve, and none over another (their boxes have a margin of 4)."""
    items = [item for item in curve.marks._names if item.isVisible()]
    boxes = [item.sceneBoundingRect().adjusted(4, 4, -4, -4) for item in items]
    return bool(boxes) and all(
        box.right() <= curve.width() and not any(box.intersects(other) for other in boxes[:number])
        for number, box in enumerate(boxes)
    )


def best_is_whole(curve):
    return curve.best._text.sceneBoundingRect().left() >= curve.accuracy.vb.sceneBoundingRect().left() - 4


def test_names_of_acts_never_touch_and_the_best_is_not_cut_off(qtbot, curve):
    data = fill(CurveData(), epochs=10, steps=20, planned=60)
    data.best = 1
    for step, action, value in (
        (20, "decay", 0.1), (24, "unfreeze", None), (25, "snapshot", None), (25, "pause", None), (25, "go_on", None),
        (90, "decay", 0.1), (90, "decay", 0.1), (199, "stop", None),
    ):  # fmt: skip
        data.add(Steered(job="", count=0, step=step, action=action, value=value))
    for width in (420, 700, 1500):
        curve.resize(width, 380)
        curve.show_data(data)
        qtbot.waitUntil(lambda: apart_and_within(curve), timeout=30_000)  # the panes have their place a moment later
        qtbot.waitUntil(lambda: best_is_whole(curve), timeout=30_000)
        told = [name.text for name in curve.marks.shown]
        assert "went on" not in " ".join(told), "where it paused, it went on"
        assert any("rate ÷ 10 ×\u00a02" in text for text in told)


def test_of_a_hundred_thousand_steps_the_extremes_are_drawn(curve):
    data = CurveData()
    for step in range(1, 100_001):
        loss = 9.0 if step == 54_321 else 0.5
        data.add(Batch(job="", count=0, step=step, epoch=1, loss=loss, learning_rates={"head": 0.01}))
    curve.show_data(data)
    x, y = curve._lines["batch"].getData()
    assert len(x) < 1000
    assert max(y) == 9.0
    assert x[-1] == pytest.approx(data.at(100_000))


def test_a_solver_without_a_rate_has_no_strip(curve):
    data = fill(CurveData(), steps=0)
    curve.show_data(data)
    assert not curve.rate.isVisible()
    curve.show_data(fill(CurveData()))
    assert curve.rate.isVisible()


def test_ten_thousand_events_are_kept_and_the_last_is_drawn(qtbot, curve):
    data = curve.data
    longest, began = 0.0, time.process_time()
    for step in range(1, 10_001):
        start = time.process_time()
        data.add(Batch(job="", count=0, step=step, epoch=1, loss=0.5, learning_rates={"head": 0.1}))
        curve.changed()
        longest = max(longest, time.process_time() - start)
        if step % 100 == 0:
            QCoreApplication.processEvents()
    qtbot.waitUntil(lambda: curve._drawn == data.version)
    assert len(data.steps) == 10_000
    assert time.process_time() - began < 10


def test_one_drawing_of_ten_thousand_points_is_short(curve):
    curve.show_data(fill(CurveData(), epochs=100, steps=100))
    took = []
    for _ in range(9):
        curve.data.version += 1
        began = time.process_time()
        curve.redraw()
        took.append(time.process_time() - began)
    assert min(took) < 0.016  # what it costs; the others also show what else the machine was doing


def test_nothing_at_all_is_drawn_without_complaint(curve):
    curve.show_data(CurveData())
    curve.grab()
    assert curve.accessibleDescription() == "No epoch yet."
