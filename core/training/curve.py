"""What a learning curve says: over-fitting, under-fitting, a plateau, divergence, or that it is too early or too noisy
to tell. A pure function of the history.

Every verdict must be larger than luck. How much a loss jumps from epoch to epoch is estimated from the curve itself
(from its second differences, which a trend hardly moves); how far an accuracy may be off, from the number of pictures
it was found on (Wilson's interval). The readings are those of CS231n, lecture 7.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from core.metrics import wilson

FEWEST = 4  # epochs before anything is said
LATELY = 3  # epochs whose mean stands for "now"
FLAT_EPOCHS = 6  # at least so long must a plateau be
SURE = 4.0  # deviations: a rise of less may be luck, since the lowest of many values is compared
LIKELY = 2.5  # deviations: a slope may well be steeper by so much
RISE, GAIN = 0.02, 0.04  # shares of the loss: a rise that matters, a gain in so many epochs that does not
GAP = 0.03  # of accuracy, beyond what luck explains
HALF_WIDTH = 0.1  # of the interval: wider, and nothing can be told
LITTLE = 0.5  # of the way from guessing to perfect: less is called under-fitting
RATE_LEFT = 0.02  # of the largest rate: where less is left, there is nothing to decay
DONE = 0.02  # a training loss below this has nowhere to go
GONE = 5  # epochs in a row without its cause before a piece of advice gives way to a less urgent one

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Point:
    """One epoch; NaN where something is not known."""

    epoch: float
    train_loss: float = NAN
    train_accuracy: float = NAN
    val_loss: float = NAN
    val_accuracy: float = NAN
    rate: float = NAN


@dataclass(frozen=True, slots=True)
class Setting:
    """What the curve alone does not show. `judged` pictures are kept aside; `epochs` are planned; the user last
    steered after the epoch `steered`; a `solver` fits a head to the last detail, so its gap says nothing by itself."""

    judged: int
    classes: int = 2
    epochs: int = 0
    steered: float = 0.0
    solver: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """`code` is one of DIVERGING, OVERFITTING, GAP, PLATEAU, UNDERFITTING, TOO_FEW, SOLVER, FINE, as in `core.errors`;
    params are whole numbers, shares in percent."""

    code: str
    params: Mapping[str, int] = field(default_factory=dict)


def read(points: Sequence[Point], setting: Setting, standing: str = "") -> Reading | None:
    """The one thing most worth saying; None while there is too little to go by.

    Where `standing` is what was said last, it is said as long as it holds, unless something more urgent does, and then
    until it has not held for a few epochs: a curve that lies at the edge of a verdict would change it every epoch.
    """
    holds = _readings(points, setting)
    first = next(iter(holds.values()), None)
    if first is None or standing not in CODES or CODES.index(first.code) <= CODES.index(standing):
        return first
    if standing in holds:
        return holds[standing]
    lately = (_readings(points[:-ago], setting) for ago in range(1, GONE))
    return next((held[standing] for held in lately if standing in held), first)


def _readings(points: Sequence[Point], setting: Setting) -> dict[str, Reading]:
    """All that the curve says, by code, most urgent first."""
    learned = [point for point in points if point.epoch >= 1 and _known(point.train_loss)]
    if len(learned) < FEWEST:
        return {}
    return {told.code: told for rule in RULES if (told := rule(learned, setting)) is not None}


def point_of(epoch: Mapping[str, Any]) -> Point:
    """From an `epoch` event as JSON."""
    train, val = epoch.get("train") or {}, epoch.get("val") or {}
    return Point(
        epoch=float(epoch["epoch"]),
        train_loss=float(train.get("loss", NAN)),
        train_accuracy=float(train.get("accuracy", NAN)),
        val_loss=float(val.get("loss", NAN)),
        val_accuracy=float(val.get("accuracy", NAN)),
        rate=max((float(rate) for rate in (epoch.get("learning_rates") or {}).values()), default=NAN),
    )


# The readings, most urgent first.


def _diverging(points: Sequence[Point], setting: Setting) -> Reading | None:
    """The training loss climbs far above where it has been: the steps are too large."""
    loss = [point.train_loss for point in points]
    lowest, margin = min(loss), SURE * _jitter(loss)
    far = all(value > 1.5 * lowest + margin for value in loss[-2:])
    if setting.ended or setting.solver or not far or loss[-1] <= loss[-3]:
        return None
    return Reading("DIVERGING", {"epoch": round(points[loss.index(lowest)].epoch)})


def _overfitting(points: Sequence[Point], setting: Setting) -> Reading | None:
    """The validation loss has risen from its lowest, by more than it jumps, while the training loss went on falling."""
    judged = [point for point in points if _known(point.val_loss)]
    if setting.solver or len(judged) < 2 * LATELY:
        return None
    loss = _means([point.val_loss for point in judged])
    train = _means([point.train_loss for point in judged])
    lowest = loss.index(min(loss))
    unsure = SURE * _jitter([point.val_loss for point in judged]) * math.sqrt(2 / LATELY)
    if loss[-1] - loss[lowest] <= max(unsure, RISE * loss[lowest]) or train[-1] >= train[lowest]:
        return None
    return Reading("OVERFITTING", {"epoch": round(judged[lowest + LATELY // 2].epoch)})


def _gap(points: Sequence[Point], setting: Setting) -> Reading | None:
    """Training is right more often than validation, by more than the few pictures kept aside could explain."""
    train, val = _now(points, "train_accuracy"), _now(points, "val_accuracy")
    if not _known(val) or setting.judged <= 0:
        return None
    _, high = wilson(val * setting.judged, setting.judged)
    if train - high <= GAP:
        return None
    return Reading("SOLVER" if setting.solver else "GAP", {"gap": _whole(train - val), "val": _whole(val)})


def _plateau(points: Sequence[Point], setting: Setting) -> Reading | None:
    """The training loss has stopped falling, as far as its jumping lets one see, and the rate is still large."""
    since = [point for point in points if point.epoch > setting.steered]
    stretch = max(FLAT_EPOCHS, len(points) // 3)
    recent = since[-stretch:]
    if setting.ended or setting.solver or len(recent) < stretch:
        return None
    rates = [point.rate for point in points if _known(point.rate)]
    if not rates or rates[-1] <= RATE_LEFT * max(rates) or rates[-1] < rates[0] * RATE_LEFT:
        return None
    loss = [point.train_loss for point in recent]
    slope, deviation = _slope(loss, _jitter([point.train_loss for point in points[-2 * stretch :]]))
    likely_gain = (LIKELY * deviation - slope) * FLAT_EPOCHS
    if fmean(loss) < DONE or likely_gain > GAIN * fmean(loss):
        return None
    return Reading("PLATEAU", {"epochs": len(loss)})


def _underfitting(points: Sequence[Point], setting: Setting) -> Reading | None:
    """Even what it learns from it mostly gets wrong, late in the training."""
    train = _now(points, "train_accuracy")
    late = setting.ended or (setting.epochs > 0 and points[-1].epoch >= 0.6 * setting.epochs)
    chance = 1 / max(setting.classes, 2)
    if not late or not _known(train) or (train - chance) / (1 - chance) >= LITTLE:
        return None
    return Reading("UNDERFITTING", {"train": _whole(train)})


def _too_few(points: Sequence[Point], setting: Setting) -> Reading | None:
    """The interval of the validation accuracy is so wide that differences in it mean nothing."""
    val = _now(points, "val_accuracy")
    if not _known(val) or setting.judged <= 0:
        return None
    low, high = wilson(val * setting.judged, setting.judged)
    if (high - low) / 2 <= HALF_WIDTH:
        return None
    return Reading("TOO_FEW", {"pictures": setting.judged, "half": _whole((high - low) / 2)})


def _fine(points: Sequence[Point], setting: Setting) -> Reading | None:
    train, val = _now(points, "train_accuracy"), _now(points, "val_accuracy")
    return Reading("FINE", {"gap": _whole(train - val), "val": _whole(val)}) if _known(val) and _known(train) else None


RULES: tuple[Callable[[Sequence[Point], Setting], Reading | None], ...] = (
    _diverging, _overfitting, _plateau, _gap, _underfitting, _too_few, _fine,
)  # fmt: skip
CODES = ("DIVERGING", "OVERFITTING", "PLATEAU", "GAP", "SOLVER", "UNDERFITTING", "TOO_FEW", "FINE")
"""What the rules say, in their order."""


# Numbers.


def _whole(share: float) -> int:
    return round(100 * share)


def _known(value: float) -> bool:
    return math.isfinite(value)


def _now(points: Iterable[Point], name: str) -> float:
    """The mean of the last few epochs; NaN where one of them is not known."""
    return fmean([getattr(point, name) for point in points][-LATELY:])


def _means(values: Sequence[float]) -> list[float]:
    """Of every few values in a row."""
    return [fmean(values[start : start + LATELY]) for start in range(len(values) - LATELY + 1)]


def _jitter(values: Sequence[float]) -> float:
    """The standard deviation of the noise on a curve; a little more where few values leave it uncertain."""
    bends = [after - 2 * here + before for before, here, after in zip(values, values[1:], values[2:], strict=False)]
    if not bends:
        return 0.0
    return math.sqrt(fmean(bend * bend for bend in bends) / 6) * (1 + 1 / len(bends))


def _slope(values: Sequence[float], noise: float = 0.0) -> tuple[float, float]:
    """The slope per epoch of a straight line through the values, by least squares, and its standard deviation, at least
    that which `noise` on each value makes."""
    count = len(values)
    across = [index - (count - 1) / 2 for index in range(count)]
    spread, middle = sum(x * x for x in across), fmean(values)
    slope = sum(x * y for x, y in zip(across, values, strict=True)) / spread
    left = sum((y - middle - slope * x) ** 2 for x, y in zip(across, values, strict=True))
    return slope, math.sqrt(max(left / max(count - 2, 1), noise * noise) / spread)
