"""What the curve is read as: the gap, the turn to learning by heart, flatness."""

from gui.curve_words import reading
from gui.widgets.curve_data import CurveData


def data(rows, rate=0.01):
    made = CurveData()
    for number, (train_loss, val_loss, train, val) in enumerate(rows, 1):
        made.add_json(
            {"event": "epoch", "epoch": number, "train": {"loss": train_loss, "accuracy": train},
             "val": {"loss": val_loss, "accuracy": val}, "learning_rates": {"head": rate}}
        )  # fmt: skip
    return made


def test_too_little_to_say():
    assert reading(CurveData(), True) == ""
    assert reading(data([(1, 1, 0.5, 0.5)] * 2), True) == ""


def test_learning_by_heart_is_called_so():
    rows = [(1 / n, 0.3 + 0.02 * n, 0.9, 0.8) for n in range(1, 8)]
    assert "by heart" in reading(data(rows), True)


def test_a_gap_is_measured():
    assert "20\u00a0%" in reading(data([(0.1, 0.4, 0.99, 0.79)] * 3), False)


def test_flatness_suggests_to_decay_while_it_runs():
    flat = data([(0.5, 0.5, 0.8, 0.78)] * 6)
    assert "Decay" in reading(flat, True)
    assert "Decay" not in reading(flat, False)


def test_a_solver_is_not_blamed_for_its_gap():
    said = reading(data([(0.0, 0.3, 1.0, 0.9)] * 3), False, solver=True)
    assert "no fault" in said
    assert "90\u00a0%" in said


def test_a_good_curve_is_told_so():
    rows = [(1 / n, 1.05 / n, 0.7 + n / 50, 0.7 + n / 55) for n in range(1, 7)]
    assert "close together" in reading(data(rows), True)
