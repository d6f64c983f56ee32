"""What a curve says: synthetic curves of each kind, noise that is no news, and one that a real training recorded."""

import math
import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core.errors import FAULTS
from core.events import Advice, Epoch, Event, Reporter, Steered, as_json
from core.training.advising import Adviser
from core.training.curve import CODES, GONE, Point, Setting, _jitter, _slope, point_of, read

SETTING = Setting(judged=153, epochs=40)

# The top of mobilenetv2_035 fine-tuned on ants and bees, as its run recorded it: epoch; loss and accuracy of training;
# those of 153 pictures of validation; the rate, which was decayed by hand in epoch 8.
RECORDED = tuple(
    Point(*row)
    for row in (
        (1, 0.0747, 0.9755, 0.2318, 0.9150, 0.00018), (2, 0.0458, 0.9918, 0.2433, 0.9085, 0.00036),
        (3, 0.0291, 0.9959, 0.2701, 0.9216, 0.00054), (4, 0.0191, 1.0000, 0.2640, 0.9216, 0.00071),
        (5, 0.0269, 0.9878, 0.2470, 0.9281, 0.00088), (6, 0.0138, 0.9918, 0.2981, 0.9085, 0.0011),
        (7, 0.0077, 1.0000, 0.3205, 0.9150, 0.0011), (8, 0.0048, 1.0000, 0.3008, 0.9281, 0.00011),
        (9, 0.0045, 1.0000, 0.2960, 0.9281, 0.0001), (10, 0.0056, 1.0000, 0.2927, 0.9281, 0.0001),
        (11, 0.0029, 1.0000, 0.2884, 0.9281, 0.0001), (12, 0.0026, 1.0000, 0.3013, 0.9346, 0.0001),
        (13, 0.0016, 1.0000, 0.2914, 0.9412, 9.8e-05), (14, 0.0086, 0.9959, 0.2916, 0.9412, 9.6e-05),
    )
)  # fmt: skip


def curve(train, val=None, accuracy=None, rate=0.01, noise=0.0, seed=0, epochs=20):
    """Losses as functions of the epoch; accuracies (training, validation) as functions or constants."""
    chance = random.Random(seed)
    points = []
    for number in range(1, epochs + 1):
        right = accuracy or (lambda n: 0.9, lambda n: 0.89)
        points.append(
            Point(
                number, train(number) + noise * chance.gauss(0, 1), right[0](number),
                (val or train)(number) + noise * chance.gauss(0, 1), right[1](number), rate,
            )
        )  # fmt: skip
    return points


def falling(number):
    return 0.1 + math.exp(-number / 8)


def code(points, setting=SETTING):
    told = read(points, setting)
    return told.code if told else None


def test_too_early_to_tell():
    assert read(curve(falling, epochs=3), SETTING) is None
    assert read([], SETTING) is None
    assert read([Point(0, val_loss=1.0, val_accuracy=0.5)] * 9, SETTING) is None


def test_a_good_curve_is_called_so():
    assert code(curve(falling, lambda n: falling(n) * 1.1)) == "FINE"


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.02])
def test_validation_that_turns_while_training_falls_is_overfitting(noise):
    points = curve(falling, lambda n: 0.3 + 0.03 * abs(n - 8), noise=noise)
    told = read(points, SETTING)
    assert told.code == "OVERFITTING"
    assert 6 <= told.params["epoch"] <= 10


@pytest.mark.parametrize("seed", range(40))
def test_noise_alone_is_never_taken_for_overfitting(seed):
    """Validation that stays where it is, jumping by a tenth: whatever is said, it is not that."""
    for epochs in range(6, 40, 3):
        points = curve(falling, lambda n: 0.4, noise=0.04, seed=seed, epochs=epochs)
        assert code(points) not in ("OVERFITTING", "DIVERGING", "GAP")


def test_a_gap_counts_only_beyond_luck():
    right = (lambda n: 0.99, lambda n: 0.85)
    many, few = Setting(judged=400), Setting(judged=12)
    points = curve(falling, lambda n: falling(n) + 0.3, right)
    told = read(points, many)
    assert (told.code, told.params) == ("GAP", {"gap": 14, "val": 85})
    assert code(points, few) == "TOO_FEW"
    assert code(points, Setting(judged=400, solver=True)) == "SOLVER"


def test_a_real_training_learns_by_heart_first_a_little_then_plainly():
    setting = Setting(judged=153, epochs=60)
    assert read(RECORDED[:3], setting) is None
    assert read(RECORDED[:4], setting).params == {"gap": 8, "val": 92}, "the means of epochs 2 to 4, 99.6 and 91.7 %"
    told = read(RECORDED[:9], setting)
    assert (told.code, told.params["epoch"]) == ("OVERFITTING", 2)
    assert code(RECORDED, Setting(judged=153, epochs=60, ended=True)) in ("OVERFITTING", "GAP")


@pytest.mark.parametrize("noise", [0.0, 0.004])
def test_a_plateau_asks_for_a_smaller_rate_once(noise):
    flat = curve(lambda n: 0.5 + math.exp(-n), noise=noise, epochs=26)
    assert code(flat) == "PLATEAU"
    assert code(flat, Setting(judged=153, steered=24)) != "PLATEAU", "just after a decay it has to settle first"
    assert code(flat, Setting(judged=153, ended=True)) != "PLATEAU"
    assert code([Point(p.epoch, p.train_loss, 0.9, p.val_loss, 0.89, 0.01 * 0.7**p.epoch) for p in flat]) != "PLATEAU"
    assert code(curve(lambda n: 0.001)) != "PLATEAU", "there is nothing left to gain"


@pytest.mark.parametrize("seed", range(20))
def test_a_curve_that_still_falls_is_no_plateau(seed):
    assert code(curve(lambda n: 1.0 - 0.02 * n, noise=0.03, seed=seed)) != "PLATEAU"


def test_divergence_is_said_while_there_is_time():
    points = curve(lambda n: 0.5 if n < 10 else 0.5 * 1.4 ** (n - 9), epochs=14)
    told = read(points, SETTING)
    assert told.code == "DIVERGING"
    assert code(points, Setting(judged=153, ended=True)) != "DIVERGING"


def test_little_learned_late_is_underfitting():
    right = (lambda n: 0.55, lambda n: 0.54)
    points = curve(lambda n: 0.7 - 0.01 * n, accuracy=right)
    assert code(points, Setting(judged=153, epochs=25)) == "UNDERFITTING"
    assert code(points, Setting(judged=153, epochs=400)) != "UNDERFITTING"
    assert code(points, Setting(judged=153, classes=100, ended=True)) != "UNDERFITTING", "far above guessing"


def test_without_validation_only_the_training_curve_is_read():
    blind = [Point(n, 0.5, 0.9, rate=0.1) for n in range(1, 12)]
    assert code(blind, Setting(judged=0)) == "PLATEAU"
    assert code([Point(n, falling(n), 0.9, rate=0.1) for n in range(1, 12)], Setting(judged=0)) is None


def test_the_line_is_the_one_of_numpy_and_the_jitter_that_of_the_noise():
    values = np.random.default_rng(3).normal(0, 0.2, 400) - 0.01 * np.arange(400)
    slope, deviation = _slope(list(values[:30]))
    fit, covariance = np.polyfit(np.arange(30), values[:30], 1, cov=True)
    assert slope == pytest.approx(fit[0])
    assert deviation == pytest.approx(math.sqrt(covariance[0, 0]), rel=1e-6)
    assert _jitter(list(values)) == pytest.approx(0.2, rel=0.15)


def test_an_event_becomes_a_point():
    event = {"epoch": 3, "train": {"loss": 0.5, "accuracy": 0.8}, "val": {}, "learning_rates": {"head": 0.1, "x": 0.01}}
    point = point_of(event)
    assert (point.epoch, point.train_loss, point.train_accuracy, point.rate) == (3, 0.5, 0.8, 0.1)
    assert math.isnan(point.val_loss)


class Heard:
    """What a training says, and what is advised on it."""

    def __init__(self, before=()):
        self.events: list[Event] = []
        self.reporter = Reporter("train", self.events.append)
        self.adviser = Adviser(self.reporter, SETTING, before)

    def train(self, points):
        with self.reporter.heard_by(self.adviser.hear):
            for point in points:
                train = {"loss": point.train_loss, "accuracy": point.train_accuracy}
                val = {"loss": point.val_loss, "accuracy": point.val_accuracy}
                self.reporter.emit(
                    Epoch, epoch=round(point.epoch), epochs=40, train=train, val=val, best=False, seconds=1.0,
                    learning_rates={"head": point.rate},
                )  # fmt: skip
        return self

    def codes(self):
        """Each that differs from the one before."""
        codes = [event.code for event in self.events if isinstance(event, Advice)]
        return [after for before, after in pairwise(["", *codes]) if before != after]


def test_advice_is_given_once_until_it_changes_and_not_again_after_a_resume():
    points = curve(falling, lambda n: 0.3 + 0.03 * abs(n - 8))
    whole = Heard().train(points)
    assert whole.codes() == ["FINE", "OVERFITTING"]
    assert set(whole.codes()) <= set(FAULTS)
    begun = Heard().train(points[:15])
    again = Heard([as_json(event) for event in begun.events]).train(points[13:])
    assert begun.codes() + again.codes() == whole.codes()


def test_advice_stays_until_its_cause_was_gone_for_a_while():
    """A loss that hardly rises, an accuracy that hardly falls, both jumping around a verdict."""
    flickers = changes = 0
    for seed in range(12):
        chance = random.Random(1000 + seed)
        right = (lambda n: 0.99, lambda n, chance=chance: 0.92 - 0.001 * n + 0.02 * chance.gauss(0, 1))
        points = curve(falling, lambda n: 0.3 + 0.002 * n, right, noise=0.02, seed=seed, epochs=40)
        heard = Heard().train(points)
        alone = [code(points[:count]) for count in range(1, len(points) + 1)]
        standing, epoch = "FINE", 0
        for event in heard.events:
            if isinstance(event, Epoch):
                epoch = event.epoch
            elif isinstance(event, Advice):
                if CODES.index(event.code) > CODES.index(standing):
                    assert standing not in alone[epoch - GONE : epoch]
                standing = event.code
        flickers += sum(before != after for before, after in pairwise(alone))
        changes += len(heard.codes())
    assert changes < 0.7 * flickers


def test_figures_that_have_moved_are_said_anew():
    right = (lambda n: 0.99, lambda n: 0.92 - 0.01 * n)
    heard = Heard().train(curve(falling, accuracy=right, epochs=20))
    said = [(event.code, event.params["gap"]) for event in heard.events if isinstance(event, Advice)]
    assert said == [("GAP", 10), ("GAP", 13), ("GAP", 16), ("GAP", 19), ("GAP", 22), ("GAP", 25)]


def test_what_was_advised_before_a_decay_is_forgotten_with_it():
    heard = Heard().train(curve(falling, lambda n: 0.3 + 0.03 * abs(n - 8)))
    with heard.reporter.heard_by(heard.adviser.hear):
        heard.reporter.emit(Steered, step=200, action="decay", value=0.1)
    heard.train(curve(falling, lambda n: 0.3 + 0.03 * abs(n - 8), epochs=21)[-1:])
    assert [event.code for event in heard.events if isinstance(event, Advice)][-2:] == ["OVERFITTING", "OVERFITTING"]


def test_a_decay_silences_the_plateau_for_a_while():
    heard = Heard().train(curve(lambda n: 0.5 + math.exp(-n), epochs=26))
    assert heard.codes()[-1] == "PLATEAU"
    with heard.reporter.heard_by(heard.adviser.hear):
        heard.reporter.emit(Steered, step=260, action="decay", value=0.1)
    heard.train(curve(lambda n: 0.5, epochs=28)[-2:])
    assert heard.codes()[-1] == "FINE"


def test_at_the_end_advice_names_the_figures_of_the_end():
    right = (lambda n: 0.97, lambda n: 0.9 - 0.02 * n)
    heard = Heard().train(curve(lambda n: 0.5, accuracy=right, epochs=12))
    heard.adviser.ended()
    told = [event for event in heard.events if isinstance(event, Advice)]
    at_the_end = read(heard.adviser._points, replace(SETTING, ended=True))
    assert at_the_end is not None
    assert at_the_end.params
    assert (told[-1].code, dict(told[-1].params)) == (at_the_end.code, dict(at_the_end.params))


def test_at_the_end_the_whole_is_judged():
    right = (lambda n: 0.55, lambda n: 0.54)
    heard = Heard().train(curve(lambda n: 0.7 - 0.02 * n, accuracy=right, epochs=10))
    heard.adviser.ended()
    assert heard.codes() == ["FINE", "UNDERFITTING"]
