"""Schedules and optimisers against the formulas of CS231n, lecture 7, written out by hand."""

import math

import pytest
import torch

from core.recipe import Optimizer, OptimizerKind, Schedule
from core.training.optimizers import OPTIMIZERS, optimizer_row
from core.training.schedules import SCHEDULES, rate_share

STEPS = 100


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        ("constant", lambda t: 1.0),
        ("step", lambda t: 0.1 ** (t // 30)),
        ("exponential", lambda t: 0.1 ** (t / STEPS)),
        ("inverse", lambda t: 1 / (1 + 9 * t / STEPS)),
        ("cosine", lambda t: 0.5 * (1 + math.cos(t * math.pi / STEPS))),
    ],
)
def test_schedule_follows_its_formula(kind: str, formula: object) -> None:
    schedule = Schedule(kind=kind, warmup=0.0, step_every=0.3, factor=0.1)  # type: ignore[arg-type]
    for step in range(STEPS):
        assert rate_share(step, STEPS, schedule) == pytest.approx(formula(step))  # type: ignore[operator]


def test_warm_up_climbs_in_a_line_and_every_schedule_ends_below_its_peak() -> None:
    climbing = [rate_share(step, STEPS, Schedule(kind="constant", warmup=0.1)) for step in range(12)]
    assert climbing[:11] == pytest.approx([(step + 1) / 11 for step in range(11)])
    assert climbing[11] == 1.0
    for row in SCHEDULES:
        shares = [rate_share(step, STEPS, Schedule(kind=row.kind)) for step in range(STEPS)]
        assert max(shares) <= 1.0
        assert min(shares) > 0
        assert row.kind == "constant" or shares[-1] < 0.2


def _by_hand(kind: OptimizerKind, rate: float, steps: int) -> list[float]:
    """w after each step on the loss (w - 3)² from w = 0, by the lecture's update rules."""
    w, v, g2, m1, m2, path = 0.0, 0.0, 0.0, 0.0, 0.0, []
    for t in range(1, steps + 1):
        dw = 2 * (w - 3)
        if kind == "sgd":
            w -= rate * dw
        elif kind == "momentum":
            v = 0.9 * v + dw
            w -= rate * v
        elif kind == "nesterov":
            v = 0.9 * v + dw
            w -= rate * (dw + 0.9 * v)
        elif kind == "adagrad":
            g2 += dw * dw
            w -= rate * dw / (math.sqrt(g2) + 1e-10)
        elif kind == "rmsprop":
            g2 = 0.99 * g2 + 0.01 * dw * dw
            w -= rate * dw / (math.sqrt(g2) + 1e-8)
        else:  # adam, and adamw without decay
            m1, m2 = 0.9 * m1 + 0.1 * dw, 0.999 * m2 + 0.001 * dw * dw
            w -= rate * (m1 / (1 - 0.9**t)) / (math.sqrt(m2 / (1 - 0.999**t)) + 1e-8)
        path.append(w)
    return path


@pytest.mark.parametrize("kind", [row.kind for row in OPTIMIZERS if row.kind != "lbfgs"])
def test_optimizer_follows_the_lecture(kind: OptimizerKind) -> None:
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    groups = [{"params": [weight], "weight_decay": 0.0}]
    optimizer = optimizer_row(kind).build(groups, 0.05, Optimizer())
    path = []
    for _ in range(20):
        optimizer.zero_grad()
        (weight - 3).square().sum().backward()
        optimizer.step()
        path.append(float(weight.detach()))
    assert path == pytest.approx(_by_hand(kind, 0.05, 20), rel=1e-6)
