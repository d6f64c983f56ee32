"""The loop against a plain PyTorch loop, and against everything that interrupts it."""

import copy
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.errors import Cancelled, UserError
from core.events import Advice, Batch, Checkpoint, Epoch, Event, Reporter, Steer, Steered
from core.project import atomic
from core.recipe import Schedule
from core.training import loop
from core.training.checkpoints import Position, latest
from core.training.examples import Features, order
from core.training.loop import Pace, accelerator_for, learn
from core.training.schedules import rate_share
from core.training.steering import Steering

CLASSES, WIDTH, SAMPLES = 3, 12, 50


def _examples() -> Features:
    generator = torch.Generator().manual_seed(5)
    labels = torch.arange(SAMPLES) % CLASSES
    return Features(torch.randn(SAMPLES, WIDTH, generator=generator) + labels[:, None], labels)


def _model() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(WIDTH, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, CLASSES))


PACE = Pace(
    epochs=4,
    batch_size=16,
    rates={"lower": 0.002, "head": 0.02},
    schedule=Schedule(kind="cosine", warmup=0.2),
    gradient_clip=0.5,
    label_smoothing=0.1,
    patience=0,
    seed=3,
)


def _optimizer(model: nn.Module) -> torch.optim.Optimizer:
    layers = list(model.children())
    lower = [p for layer in layers[:-1] for p in layer.parameters()]
    return torch.optim.AdamW(
        [
            {"name": "lower", "params": lower, "weight_decay": 0.05},
            {"name": "head", "params": list(layers[-1].parameters()), "weight_decay": 0.0},
        ],
        lr=1.0,
    )


class Listener:
    """Hears every event; cancels or steers when a step is reached."""

    def __init__(self, cancel_at: int | None = None, wishes: dict[int, Steer] | None = None) -> None:
        self.events: list[Event] = []
        self._cancel_at = cancel_at
        self._wishes = wishes or {}
        self.step = 0

    def hear(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Batch):
            self.step = event.step

    def reporter(self) -> Reporter:
        return Reporter("test", self.hear, lambda: self.step == self._cancel_at, self._take)

    def _take(self) -> tuple[Steer, ...]:
        wish = self._wishes.pop(self.step, None)
        return (wish,) if wish else ()

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def _train(
    folder: Path,
    listener: Listener | None = None,
    pace: Pace = PACE,
    judge: Callable[[nn.Module], dict[str, float] | None] = lambda model: None,
    replay: list[dict[str, object]] | None = None,
) -> tuple[nn.Module, Position]:
    model, listener = _model(), listener or Listener()
    reporter = listener.reporter()
    position = learn(
        model, model.train, _optimizer(model), _examples(), None, lambda: judge(model), pace,
        accelerator_for("cpu", "fp32"), folder, reporter, Steering(reporter, replay or ()),
    )  # fmt: skip
    return model, position


def _same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_is_a_plain_pytorch_loop(tmp_path: Path) -> None:
    """Step by step the same losses and in the end the same weights as a loop written out here."""
    listener = Listener()
    model, _ = _train(tmp_path, listener)
    plain, examples = _model(), _examples()
    optimizer = _optimizer(plain)
    losses, step, steps = [], 0, 4 * math.ceil(SAMPLES / 16)
    for epoch in range(1, 5):
        plain.train()
        for chosen in order(SAMPLES, epoch, 3).split(16):
            for group in optimizer.param_groups:
                group["lr"] = PACE.rates[group["name"]] * rate_share(step, steps, PACE.schedule)
            torch.manual_seed(3 * 1_000_003 + step)
            logits = plain(examples.features[chosen])
            loss = functional.cross_entropy(logits, examples.labels[chosen], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(plain.parameters(), 0.5)
            optimizer.step()
            losses.append(float(loss.detach()))
            step += 1
    assert [event.loss for event in listener.of(Batch)] == losses
    assert _same(model, plain)


@pytest.mark.parametrize("kill_at", [1, 4, 7, 11, 15])
def test_killed_and_resumed_ends_bitwise_the_same(tmp_path: Path, kill_at: int) -> None:
    """Cancelled in mid-epoch and at its end; the steering before and after the kill is part of it."""
    wishes = {2: Steer("decay", 0.5), 9: Steer("set_rate", 0.01)}
    whole, _ = _train(tmp_path / "whole", Listener(wishes=dict(wishes)))
    with pytest.raises(Cancelled):
        _train(tmp_path / "killed", Listener(cancel_at=kill_at, wishes=dict(wishes)))
    rest = {step: wish for step, wish in wishes.items() if step >= kill_at}
    resumed, position = _train(tmp_path / "killed", Listener(wishes=rest))
    assert position.step == 16
    assert _same(whole, resumed)


def test_replay_meets_the_same_steering_at_the_same_steps(tmp_path: Path) -> None:
    listener = Listener(wishes={3: Steer("decay", 0.1), 6: Steer("set_rate", 0.005), 13: Steer("stop")})
    steered, position = _train(tmp_path / "steered", listener)
    told = [{"step": e.step, "action": e.action, "value": e.value} for e in listener.of(Steered)]
    assert [event["action"] for event in told] == ["decay", "set_rate", "stop"]
    assert position.step == 13
    replayed, _ = _train(tmp_path / "replayed", replay=told)
    straight, _ = _train(tmp_path / "straight")
    assert _same(steered, replayed)
    assert not _same(steered, straight)


def test_keeps_the_best_epoch_not_the_last(tmp_path: Path) -> None:
    seen: list[dict[str, Tensor]] = []

    def judge(model: nn.Module) -> dict[str, float]:
        seen.append(copy.deepcopy(model.state_dict()))
        return {"accuracy": [0.2, 0.5, 0.9, 0.4, 0.3][len(seen) - 1], "loss": 1.0}

    listener = Listener()
    model, position = _train(tmp_path, listener, judge=judge)
    assert position.best_epoch == 2
    assert all(torch.equal(model.state_dict()[name], value) for name, value in seen[2].items())
    assert [event.best for event in listener.of(Epoch)] == [True, True, True, False, False]


def test_patience_ends_the_training(tmp_path: Path) -> None:
    pace = Pace(**{**{name: getattr(PACE, name) for name in PACE.__slots__}, "patience": 2})
    judged = iter([0.5, 0.6, 0.4, 0.4, 0.4])
    _, position = _train(tmp_path, pace=pace, judge=lambda model: {"accuracy": next(judged), "loss": 1.0})
    assert len(position.history) - 1 == 3


def test_not_a_number_goes_back_once_then_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = loop._step, []

    def faulty(*arguments: object) -> tuple[float, int]:
        calls.append(1)
        return (float("nan"), 0) if len(calls) in (7, 12) else real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "_step", faulty)
    listener = Listener()
    model, position = _train(tmp_path, listener)
    recovered = listener.of(Steered)
    assert [(event.step, event.action) for event in recovered] == [(4, "recover")]  # back at the end of epoch 1
    assert position.rate_scale == pytest.approx(0.1)
    assert [event.code for event in listener.of(Advice)] == ["DIVERGED"]
    assert all(value.isfinite().all() for value in model.state_dict().values())


def test_out_of_memory_takes_the_batch_in_pieces(tmp_path: Path) -> None:
    """The gradient of a batch in pieces is that of the whole batch, so the training stays the same to rounding."""
    model = nn.Linear(WIDTH, CLASSES)
    inputs, labels = _examples().features[:16], _examples().labels[:16]
    steps = []
    for pieces in (1, 4):
        copied = copy.deepcopy(model)
        optimizer = torch.optim.SGD(copied.parameters(), lr=0.1)
        loss, hits = loop._step(copied, optimizer, inputs, labels, None, PACE, accelerator_for("cpu", "fp32"), pieces)
        steps.append((loss, hits, copied.weight.detach()))
    assert steps[0][0] == pytest.approx(steps[1][0], rel=1e-6)
    assert steps[0][1] == steps[1][1]
    assert torch.allclose(steps[0][2], steps[1][2], atol=1e-7)

    listener = Listener()
    reporter = listener.reporter()
    assert loop._smaller(RuntimeError("DefaultCPUAllocator: can't allocate memory"), 2, 16, reporter) == 4
    with pytest.raises(UserError, match="memory"):
        loop._smaller(MemoryErrorLike("CUDA out of memory"), 16, 16, reporter)
    with pytest.raises(RuntimeError, match="shape"):
        loop._smaller(RuntimeError("shape mismatch"), 1, 16, reporter)


class MemoryErrorLike(RuntimeError):
    pass


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Cancelled):
        _train(tmp_path, Listener(cancel_at=6))
    before = latest(tmp_path)
    assert before is not None
    real = atomic.write_json

    def full(path: Path, content: object) -> None:
        raise UserError("DISK_FULL", path=str(path))

    monkeypatch.setattr(atomic, "write_json", full)
    with pytest.raises(UserError, match="no room"):
        _train(tmp_path)
    monkeypatch.setattr(atomic, "write_json", real)
    after = latest(tmp_path)
    assert after is not None
    assert after.position.step == before.position.step
    resumed, _ = _train(tmp_path)
    whole, _ = _train(tmp_path / "whole")
    assert _same(resumed, whole)


def test_checkpoints_keep_two_and_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    listener = Listener()
    _train(tmp_path, listener)
    assert len(listener.of(Checkpoint)) == 5  # the untrained state and four epochs
    assert sorted(path.name for path in tmp_path.glob("step-*.json")) == ["step-00000012.json", "step-00000016.json"]
    (tmp_path / "step-00000016.safetensors").write_bytes(b"torn")
    saved = latest(tmp_path)
    assert saved is not None
    assert saved.position.step == 12
