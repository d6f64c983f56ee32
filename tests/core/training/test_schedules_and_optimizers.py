"""Schedules and optimisers against the formulas of CS231n, lecture 7, written out by hand."""

import math

import numpy as np
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


def test_one_cycle_and_warm_restarts_are_those_of_torch() -> None:
    """torch counts to the last step, Graft to the end of it: hence one step more, and the same moment of the peak."""
    weight = torch.zeros(1, requires_grad=True)
    for kind in ("one_cycle", "warm_restarts"):
        optimizer = torch.optim.SGD([weight], lr=1.0)
        scheduler: torch.optim.lr_scheduler.LRScheduler
        if kind == "one_cycle":
            scheduler = torch.optim.lr_scheduler.OneCycleLR(
                optimizer, 1.0, STEPS + 1, pct_start=31 / 101, div_factor=25, final_div_factor=400, cycle_momentum=False
            )
        else:
            scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, STEPS // 4)
        schedule = Schedule(kind=kind, warmup=0.0, cycles=4)  # type: ignore[arg-type]
        for step in range(STEPS):
            assert rate_share(step, STEPS, schedule) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
            optimizer.step()
            scheduler.step()


def test_warm_up_climbs_in_a_line_and_every_schedule_ends_below_its_peak() -> None:
    climbing = [rate_share(step, STEPS, Schedule(kind="constant", warmup=0.1)) for step in range(12)]
    assert climbing[:11] == pytest.approx([(step + 1) / 11 for step in range(11)])
    assert climbing[11] == 1.0
    for row in SCHEDULES:
        shares = [rate_share(step, STEPS, Schedule(kind=row.kind)) for step in range(STEPS)]
        assert max(shares) <= 1.0
        assert min(shares) > 0
        assert row.kind == "constant" or shares[-1] < 0.2


def _by_hand(kind: OptimizerKind, rate: float, steps: int, decay: float) -> list[float]:
    """w after each step on the loss (w - 3)² from w = 0, by the lecture's update rules."""
    w, v, g2, m1, m2, path = 0.0, 0.0, 0.0, 0.0, 0.0, []
    for t in range(1, steps + 1):
        dw = 2 * (w - 3)
        if kind == "adamw":
            w -= rate * decay * w  # decoupled: beside the gradient, which every other optimiser adds it to
        else:
            dw += decay * w
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


@pytest.mark.parametrize("decay", [0.0, 0.2])
@pytest.mark.parametrize("kind", [row.kind for row in OPTIMIZERS if row.kind != "lbfgs"])
def test_optimizer_follows_the_lecture(kind: OptimizerKind, decay: float) -> None:
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    groups = [{"params": [weight], "weight_decay": decay}]
    optimizer = optimizer_row(kind).build(groups, 0.05, Optimizer())
    path = []
    for _ in range(20):
        optimizer.zero_grad()
        (weight - 3).square().sum().backward()
        optimizer.step()
        path.append(float(weight.detach()))
    assert path == pytest.approx(_by_hand(kind, 0.05, 20, decay), rel=1e-6)


def test_lbfgs_steps_where_the_inverse_hessian_it_has_seen_points() -> None:
    """Every direction is -H·g, H by the BFGS formula in full from the steps so far; and it ends at the minimum."""
    dice = np.random.default_rng(0)
    root = dice.normal(size=(5, 5))
    curvature, slope = root @ root.T + np.eye(5), dice.normal(size=5)
    weight = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    optimizer = optimizer_row("lbfgs").build([{"params": [weight]}], 1.0, Optimizer())

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = 0.5 * weight @ torch.from_numpy(curvature) @ weight - torch.from_numpy(slope) @ weight
        value.backward()
        return value

    points = [np.zeros(5)]
    for _ in range(12):
        optimizer.step(loss)  # type: ignore[arg-type]
        points.append(weight.detach().numpy().copy())
    gradients = [curvature @ point - slope for point in points]
    for k in range(8):
        pairs = [(points[i + 1] - points[i], gradients[i + 1] - gradients[i]) for i in range(k)]
        inverse = np.eye(5) * (pairs[-1][0] @ pairs[-1][1] / (pairs[-1][1] @ pairs[-1][1]) if pairs else 1.0)
        for moved, changed in pairs:
            left = np.eye(5) - np.outer(moved, changed) / (moved @ changed)
            inverse = left @ inverse @ left.T + np.outer(moved, moved) / (moved @ changed)
        taken, wanted = points[k + 1] - points[k], -inverse @ gradients[k]
        assert taken @ wanted / np.linalg.norm(taken) / np.linalg.norm(wanted) == pytest.approx(1, abs=1e-6)
    assert points[-1] == pytest.approx(
        np.linalg.solve(curvature, slope), abs=1e-4
    )  # torch ends where the loss falls by 1e-9
