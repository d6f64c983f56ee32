"""The lecture's landscapes and optimisers, small enough to read: losses of two weights, and six ways downhill.

Source: CS231n, lecture 7. All arithmetic is on plain floats; the surfaces also take numpy arrays, for drawing.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]
State = dict[str, float]
Step = Callable[[Point, Callable[[Point], Point], State, float], Point]

MOMENTUM = 0.9
RMS_DECAY = 0.99
ADAM_SECOND = 0.999
TINY = 1e-8


@dataclass(frozen=True, slots=True)
class Surface:
    """A loss over two weights. `reach` is half the side of the square that is drawn, `noise` the standard deviation
    that a small batch adds to each slope."""

    key: str
    loss: Callable[[Any, Any], Any]
    slope: Callable[[float, float], Point]
    start: Point
    reach: float
    noise: float = 0.0


def _bell(x: Any, y: Any, width: float) -> Any:
    return math.e ** (-(x * x + y * y) / width)


def _valley_slope(x: float, y: float) -> Point:
    return 0.1 * x, 4.0 * y


def _hollow(x: Any, y: Any) -> Any:
    """A wide bowl around (1.2, -0.6) with a shallow dent of its own at (-1.1, 0.8)."""
    return 0.25 * ((x - 1.2) ** 2 + (y + 0.6) ** 2) - 1.3 * _bell(x + 1.1, y - 0.8, 0.5)


def _hollow_slope(x: float, y: float) -> Point:
    dent = 1.3 * _bell(x + 1.1, y - 0.8, 0.5) * 2 / 0.5
    return 0.5 * (x - 1.2) + dent * (x + 1.1), 0.5 * (y + 0.6) + dent * (y - 0.8)


def _tilted(x: Any, y: Any) -> Any:
    """The narrow valley turned by 45 degrees."""
    return 0.05 * (x + y) ** 2 / 2 + 2.0 * (x - y) ** 2 / 2


def _tilted_slope(x: float, y: float) -> Point:
    along, across = 0.05 * (x + y), 2.0 * (x - y)
    return along + across, along - across


SURFACES: tuple[Surface, ...] = (
    Surface("valley", lambda x, y: 0.05 * x * x + 2.0 * y * y, _valley_slope, (-2.6, 0.9), 3.0),
    Surface("dent", _hollow, _hollow_slope, (-2.3, 1.9), 3.0),
    Surface(
        "saddle",
        lambda x, y: 0.5 * x * x - 0.5 * y * y + 0.06 * y**4,
        lambda x, y: (x, -y + 0.24 * y**3),
        (2.4, 0.002),
        3.0,
    ),
    Surface(
        "noise", lambda x, y: 0.3 * x * x + 0.6 * y * y, lambda x, y: (0.6 * x, 1.2 * y), (-2.5, 1.9), 3.0, noise=2.0
    ),
    Surface("tilted", _tilted, _tilted_slope, (-2.6, -1.7), 3.0),
)


def _sgd(at: Point, slope: Callable[[Point], Point], state: State, rate: float) -> Point:
    dx, dy = slope(at)
    return at[0] - rate * dx, at[1] - rate * dy


def _momentum(at: Point, slope: Callable[[Point], Point], state: State, rate: float) -> Point:
    """v = rho v + g; x = x - rate v, the velocity starting at 0."""
    dx, dy = slope(at)
    state["vx"] = MOMENTUM * state.get("vx", 0.0) + dx
    state["vy"] = MOMENTUM * state.get("vy", 0.0) + dy
    return at[0] - rate * state["vx"], at[1] - rate * state["vy"]


def _nesterov(at: Point, slope: Callable[[Point], Point], state: State, rate: float) -> Point:
    """v' = rho v - rate g(x); x = x - rho v + (1 + rho) v', where x is the looked-ahead point."""
    dx, dy = slope(at)
    old_x, old_y = state.get("vx", 0.0), state.get("vy", 0.0)
    state["vx"] = MOMENTUM * old_x - rate * dx
    state["vy"] = MOMENTUM * old_y - rate * dy
    return (
        at[0] - MOMENTUM * old_x + (1 + MOMENTUM) * state["vx"],
        at[1] - MOMENTUM * old_y + (1 + MOMENTUM) * state["vy"],
    )


def _adagrad(at: Point, slope: Callable[[Point], Point], state: State, rate: float) -> Point:
    """Each weight's step is divided by the root of the sum of its squared slopes."""
    dx, dy = slope(at)
    state["sx"] = state.get("sx", 0.0) + dx * dx
    state["sy"] = state.get("sy", 0.0) + dy * dy
    return at[0] - rate * dx / (math.sqrt(state["sx"]) + TINY), at[1] - rate * dy / (math.sqrt(state["sy"]) + TINY)


def _rmsprop(at: Point, slope: Callable[[Point], Point], state: State, rate: float) -> Point:
    """AdaGrad whose sum forgets."""
    dx, dy = slope(at)
    state["sx"] = RMS_DECAY * state.get("sx", 0.0) + (1 - RMS_DECAY) * dx * dx
    state["sy"] = RMS_DECAY * state.get("sy", 0.0) + (1 - RMS_DECAY) * dy * dy
    return at[0] - rate * dx / (math.sqrt(state["sx"]) + TINY), at[1] - rate * dy / (math.sqrt(state["sy"]) + TINY)


def _adam(at: Point, slope: Callable[[Point], Point], state: State, rate: float) -> Point:
    """Momentum over RMSProp, both corrected for having started at zero."""
    dx, dy = slope(at)
    t = state["t"] = state.get("t", 0.0) + 1
    place = [at[0], at[1]]
    for axis, (name, d) in enumerate((("x", dx), ("y", dy))):
        first = state[f"m{name}"] = MOMENTUM * state.get(f"m{name}", 0.0) + (1 - MOMENTUM) * d
        second = state[f"s{name}"] = ADAM_SECOND * state.get(f"s{name}", 0.0) + (1 - ADAM_SECOND) * d * d
        place[axis] -= rate * (first / (1 - MOMENTUM**t)) / (math.sqrt(second / (1 - ADAM_SECOND**t)) + TINY)
    return place[0], place[1]


OPTIMISERS: dict[str, Step] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adam": _adam,
}
RATES: tuple[float, ...] = tuple(10 ** (exponent / 3) for exponent in range(-9, 1))  # 0.001 to 1


class Walker:
    """One optimiser on its way down one surface; `path` holds every point, the start first."""

    def __init__(self, surface: Surface, optimiser: str, rate: float, seed: int = 0) -> None:
        self.surface = surface
        self.rate = rate
        self.path: list[Point] = [surface.start]
        self._step = OPTIMISERS[optimiser]
        self._state: State = {}
        self._random = random.Random(seed)

    def _slope(self, at: Point) -> Point:
        dx, dy = self.surface.slope(*at)
        if not self.surface.noise:
            return dx, dy
        return dx + self._random.gauss(0, self.surface.noise), dy + self._random.gauss(0, self.surface.noise)

    def step(self) -> Point:
        """One step; a walker that left all bounds stays where it last was."""
        here = self._step(self.path[-1], self._slope, self._state, self.rate)
        if not all(abs(value) < 1e3 for value in here):
            here = self.path[-1]
        self.path.append(here)
        return here

    def until(self, step: int) -> "Walker":
        """The same walk, as far as that step."""
        part = Walker.__new__(Walker)
        part.__dict__.update(self.__dict__)
        part.path = self.path[: step + 1]
        return part

    @property
    def loss(self) -> float:
        return float(self.surface.loss(*self.path[-1]))


def best_rate(surface: Surface, optimiser: str, steps: int = 120) -> float:
    """The rate of `RATES` whose walk is lowest on average over all its steps (with noise: over three walks).

    Optimisers are only compared fairly each at its own rate: at one common rate some always look bad.
    """
    return min(RATES, key=lambda rate: _score(surface, optimiser, rate, steps))


def _score(surface: Surface, optimiser: str, rate: float, steps: int) -> float:
    total = 0.0
    seeds = 3 if surface.noise else 1
    for seed in range(seeds):
        walker = Walker(surface, optimiser, rate, seed)
        for _ in range(steps):
            walker.step()
        total += sum(min(float(surface.loss(x, y)), 1e6) for x, y in walker.path) / len(walker.path)
    return total / seeds
