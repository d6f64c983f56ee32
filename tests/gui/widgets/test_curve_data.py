"""The curve's points: nothing lost, steps and epochs on one axis, a resumed run replaces what it repeats."""

import pytest

from core.events import Batch, Epoch, Progress, Steered
from gui.widgets.curve_data import CurveData


def batch(step, epoch=1, loss=1.0, rate=0.1):
    return Batch(job="j", count=step, step=step, epoch=epoch, loss=loss, learning_rates={"head": rate, "stage 3": 0.01})


def epoch(number, epochs=10, best=False, accuracy=0.9):
    return Epoch(
        job="j", count=0, epoch=number, epochs=epochs, train={"loss": 0.2, "accuracy": 0.95},
        val={"loss": 0.4, "accuracy": accuracy}, learning_rates={"head": 0.1}, seconds=1.5, best=best,
    )  # fmt: skip


def trained(epochs=3, steps=10):
    data = CurveData()
    for number in range(1, epochs + 1):
        for step in range(steps):
            data.add(batch((number - 1) * steps + step + 1, number))
        data.add(epoch(number, best=number == 2))
    return data


def test_every_point_is_kept_and_steps_lie_between_their_epochs():
    data = trained()
    assert len(data.steps) == 30
    assert list(data.epochs) == [1, 2, 3]
    assert data.best == 2
    assert data.planned == 10
    assert sum(data.seconds) == pytest.approx(4.5)
    assert [data.at(step) for step in (0, 5, 10, 15, 30, 35)] == pytest.approx([0, 0.5, 1, 1.5, 3, 3.5])
    assert data.end == pytest.approx(3)
    assert not data.add(Progress(job="j", count=1, stage="scan", done=1, total=2, seconds_left=None))


def test_a_decay_stands_where_it_was_pressed():
    data = trained()
    data.add(Steered(job="j", count=0, step=25, action="decay", value=0.1))
    assert data.place(data.marks[0]) == pytest.approx(2.5)


def test_a_resumed_run_replaces_what_it_repeats():
    data = trained(epochs=3)
    data.add(batch(11, 2, loss=9.0))
    data.add(batch(20, 2, loss=8.0))
    data.add(epoch(2, accuracy=0.5))
    assert list(data.epochs) == [1, 2]
    assert list(data.val_accuracy) == [0.9, 0.5]
    assert list(data.batch_losses[-2:]) == [9.0, 8.0]
    assert data.at(20) == pytest.approx(2)


def test_kept_events_draw_the_same_curve_and_tolerate_gaps():
    data = CurveData()
    data.add_json({"event": "epoch", "epoch": 1, "epochs": 2, "train": {"loss": 1}, "val": {}, "best": True})
    data.add_json({"event": "steered", "step": 7, "action": "decay", "value": 0.1})
    data.add_json({"event": "found", "path": "x"})
    assert list(data.train_loss) == [1.0]
    assert data.best == 1
    assert data.place(data.marks[0]) == 1.5
