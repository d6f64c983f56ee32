"""The loop against everything that interrupts it: kills, steering, faults. What ends differs in no bit."""

import errno
import os
import random
import threading
import weakref
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from core.errors import Cancelled, UserError
from core.events import Advice, Batch, Checkpoint, Epoch, Steer, Steered
from core.project import atomic
from core.training import checkpoints, loop, steering
from core.training.batches import Batch as Prepared
from core.training.checkpoints import latest
from core.training.examples import CPU
from core.training.lesson import logits_of
from core.training.stepping import Objective, Outcome, accelerator_for, take_step
from tests.core.training.lessons import (
    EVERYTHING,
    PACE,
    Listener,
    Noisy,
    SmallLesson,
    same,
    soon,
    steered,
    train,
)

KILLS = int(os.environ.get("GRAFT_KILLS", "5"))
WISHES = {
    1: [Steer("unfreeze")],
    2: [Steer("decay", 0.5)],
    5: [Steer("unfreeze"), Steer("snapshot")],
    9: [Steer("set_rate", 0.01)],
    13: [Steer("decay", 0.3)],
}
STEPS = 16


class Killed(BaseException):
    """Like SIGKILL: nothing may catch it and write a last checkpoint."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> torch.nn.Module:
    """A training with everything on that nothing interrupts."""
    model, position = train(tmp_path_factory.mktemp("whole"), Listener(wishes=WISHES), EVERYTHING)
    assert position.step == STEPS
    return model


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_any_step_and_resumed_ends_bitwise_the_same(
    tmp_path: Path, whole: torch.nn.Module, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GRAFT_KILLS=100 tries a hundred. With the average, mixing, restarts, unfreezing by itself and by hand, steering
    and balanced sampling on; killed up to three times, between steps or in the middle of a checkpoint, politely or not.
    """
    dice = random.Random(number)
    monkeypatch.setattr("core.training.keeping.TIMES_THE_COST", 0)  # write as often as can be
    pace = replace(EVERYTHING, checkpoint_seconds=dice.choice([0.0, 0.002, 30.0]))
    wishes = {step: list(some) for step, some in WISHES.items()}
    for _ in range(dice.randint(1, 3)):
        _killed(tmp_path, dice, pace, wishes)
        wishes = _still_to_come(tmp_path)
    resumed, position = train(tmp_path, Listener(wishes=wishes), pace)
    assert position.step == STEPS
    assert same(whole, resumed)


def _killed(folder: Path, dice: random.Random, pace: loop.Pace, wishes: dict[int, list[Steer]]) -> None:
    """Train until a random step; how it ends is random too."""
    saved = latest(folder)
    at = dice.randint(min((saved.position.step if saved else 0) + 1, STEPS), STEPS)
    polite = dice.random() < 0.3
    listener = Listener(cancel_at=at if polite else None, wishes=wishes)
    hear, write = listener.hear, atomic.write_json
    torn = dice.random() < 0.5

    def heard(event: object) -> None:
        hear(event)  # type: ignore[arg-type]
        if isinstance(event, Batch) and event.step == at and not polite and not torn:
            raise Killed

    def writes(path: Path, content: object) -> None:
        if not polite and torn and listener.step >= at:
            raise Killed  # the tensors stand, the JSON that makes them count does not
        write(path, content)

    listener.hear = heard  # type: ignore[method-assign]
    atomic.write_json = writes
    try:
        train(folder, listener, pace)
    except (Killed, Cancelled):
        pass
    finally:
        atomic.write_json = write


def _still_to_come(folder: Path) -> dict[int, list[Steer]]:
    """What a run stores of its steering: all that a checkpoint does not hold yet is met again."""
    saved = latest(folder)
    step = saved.position.step if saved else 0
    return {at: list(some) for at, some in WISHES.items() if at >= step}


def test_replay_meets_the_same_steering_at_the_same_steps(tmp_path: Path) -> None:
    listener = Listener(wishes={**WISHES, 14: [Steer("stop")]})
    acted, position = train(tmp_path / "steered", listener, EVERYTHING)
    told = steered(listener)
    assert [event["action"] for event in told] == [
        "unfreeze", "decay", "unfreeze", "snapshot", "set_rate", "decay", "stop",
    ]  # fmt: skip
    assert position.step == 14
    replayed, _ = train(tmp_path / "replayed", pace=EVERYTHING, replay=told)
    straight, _ = train(tmp_path / "straight", pace=EVERYTHING)
    assert same(acted, replayed)
    assert not same(acted, straight)


def test_pause_waits_and_go_on_goes_on(tmp_path: Path, whole: torch.nn.Module) -> None:
    listener = Listener(wishes={**WISHES, 6: [Steer("pause")]})
    ended = threading.Event()
    result: list[torch.nn.Module] = []

    def work() -> None:
        result.append(train(tmp_path, listener, EVERYTHING)[0])
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert soon(lambda: any(event.action == "pause" for event in listener.of(Steered)))
    assert not ended.wait(0.2)
    assert listener.step == 6
    listener.wishes[6] = [Steer("go_on")]
    thread.join(30)
    assert same(result[0], whole)  # a pause changes nothing


@pytest.mark.parametrize("planned", [3, 2])
def test_unfreeze_opens_one_more_stage_than_the_plan(tmp_path: Path, planned: int) -> None:
    listener = Listener(wishes={4: [Steer("unfreeze")], 8: [Steer("unfreeze")], 9: [Steer("unfreeze")] * 9})
    _, position = train(tmp_path, listener, lesson=SmallLesson(planned=planned))
    learning = {event.step: len(event.learning_rates) for event in listener.of(Batch)}
    assert learning[4] == 4 - planned
    assert learning[5] == 5 - planned
    assert learning[10] == 4
    assert position.floor == 0
    assert len(listener.of(Steered)) == planned  # what cannot be opened is not said to have been


def test_discard_keeps_no_checkpoint_of_the_end(tmp_path: Path) -> None:
    lesson, listener = SmallLesson(), Listener(wishes={3: [Steer("discard")]})
    reporter = listener.reporter()
    hands = steering.Steering(reporter)
    loop.learn(lesson, lesson.optimizer(), None, PACE, accelerator_for("cpu", "fp32"), tmp_path, reporter, hands)
    assert hands.discarded
    assert listener.step == 3


def test_not_a_number_goes_back_once_then_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_at(monkeypatch, 7, 12)
    listener = Listener()
    model, position = train(tmp_path, listener)
    recovered = listener.of(Steered)
    assert [(event.step, event.action) for event in recovered] == [(4, "recover")]  # back at the end of epoch 1
    assert position.rate_scale == pytest.approx(0.1)
    assert [event.code for event in listener.of(Advice)] == ["DIVERGED"]
    assert all(value.isfinite().all() for value in model.state_dict().values())


def test_a_training_that_turned_back_is_resumed_and_replayed_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate of a thousand makes the loss leave all bounds; steps 4 and 5 are then taken a second time."""
    wishes = {5: [Steer("set_rate", 1e30)], 9: [Steer("decay", 0.5)]}
    pace = replace(EVERYTHING, gradient_clip=0.0)
    listener = Listener(wishes=wishes)
    turned, _ = train(tmp_path / "whole", listener, pace)
    told = steered(listener)
    assert [event["action"] for event in told] == ["set_rate", "recover", "decay"]
    replayed, _ = train(tmp_path / "replayed", pace=pace, replay=told)
    assert same(turned, replayed)
    with pytest.raises(Cancelled):
        train(tmp_path / "killed", Listener(cancel_at=8, wishes={5: [Steer("set_rate", 1e30)]}), pace)
    saved = latest(tmp_path / "killed")
    assert saved is not None
    assert saved.position.recovered
    resumed, _ = train(tmp_path / "killed", Listener(wishes={9: [Steer("decay", 0.5)]}), pace)
    assert same(turned, resumed)


def _fail_at(monkeypatch: pytest.MonkeyPatch, *calls: int) -> None:
    """The loss of these steps is no number."""
    real, seen = loop.take_step, []

    def faulty(*arguments: object) -> Outcome:
        seen.append(1)
        return Outcome(float("nan")) if len(seen) in calls else real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "take_step", faulty)


def test_the_gradient_of_a_batch_in_pieces_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = torch.tensor([2.0, 0.5, 1.0])
    ends = []
    for most in (16, 5):
        lesson = SmallLesson()
        lesson.open(0)
        lesson.model.eval()
        labels = lesson.examples.labels
        batch = Prepared(lesson.examples.inputs(torch.arange(16), 1), labels[:16], labels[16:32], 0.7)
        optimizer = torch.optim.SGD(lesson.model.parameters(), lr=0.1)
        objective = Objective(weights, label_smoothing=0.1, l1=0.01, gradient_clip=1.0)
        did = take_step(lesson.model, lesson.head, optimizer, batch, objective, accelerator_for("cpu", "fp32"), most)
        ends.append((did, lesson.head.weight.detach()))
    assert ends[0][0].loss == pytest.approx(ends[1][0].loss, rel=1e-6)
    assert ends[0][0].correct == ends[1][0].correct
    assert torch.allclose(ends[0][1], ends[1][1], atol=1e-7)


def test_out_of_memory_rolls_the_step_back_and_takes_it_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory suffices for eight pictures. Statistics that the failed attempt moved are put back."""
    lesson = SmallLesson()
    real = lesson.model.forward
    lesson.model[3].register_forward_hook(_short_of_memory(8))
    statistics: list[torch.Tensor] = []

    def forward(inputs: torch.Tensor) -> torch.Tensor:
        statistics.append(lesson.model[2].running_mean.clone())
        return real(inputs)

    monkeypatch.setattr(lesson.model, "forward", forward)
    listener = Listener()
    _, position = train(tmp_path, listener, lesson=lesson)
    assert [event.params["pieces"] for event in listener.of(Advice)] == [2]
    assert position.pieces == 2
    assert position.step == STEPS
    assert torch.equal(statistics[1], statistics[2])  # 0: judged untrained, 1: failed, 2: the same step again

    stuck = SmallLesson()
    stuck.model[1].register_forward_hook(_short_of_memory(0))
    with pytest.raises(UserError) as caught:
        train(tmp_path / "stuck", lesson=stuck)
    assert caught.value.code == "OUT_OF_MEMORY"
    crowded = SmallLesson(Crowded())
    with pytest.raises(UserError) as caught:
        train(tmp_path / "crowded", lesson=crowded)
    assert caught.value.code == "OUT_OF_MEMORY"
    broken = SmallLesson()
    broken.model[3].register_forward_hook(_raises("shape mismatch"))
    with pytest.raises(RuntimeError, match="shape"):
        train(tmp_path / "broken", lesson=broken)


def test_a_step_that_ran_out_of_memory_holds_none_of_it() -> None:
    """Else the attempt with smaller pieces would find the memory as full as it was."""
    lesson, made = SmallLesson(), []
    lesson.open(0)
    lesson.set_mode()
    lesson.model[1].register_forward_hook(lambda module, inputs, output: made.append(weakref.ref(output)))
    lesson.model[3].register_forward_hook(_short_of_memory(8))
    batch = Prepared(lesson.examples.inputs(torch.arange(16), 1), lesson.examples.labels[:16])
    optimizer = torch.optim.SGD(lesson.model.parameters(), lr=0.1)
    did = take_step(lesson.model, lesson.head, optimizer, batch, Objective(), accelerator_for("cpu", "fp32"), 16)
    assert did.out_of_memory
    assert [one() for one in made] == [None]


def test_judging_takes_fewer_at_once_where_memory_is_short() -> None:
    lesson, seen = SmallLesson(Noisy(noise=0.0)), []
    whole = logits_of(lesson.model, lesson.examples)

    def crowded(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
        seen.append(len(output))
        if len(output) > 20:
            raise torch.OutOfMemoryError("full")

    lesson.model[1].register_forward_hook(crowded)
    assert torch.allclose(logits_of(lesson.model, lesson.examples), whole, atol=1e-6)
    assert seen == [50, 32, 16, 16, 16, 2]


class Crowded(Noisy):
    """Leaves no room to prepare a batch in."""

    def inputs(self, positions: torch.Tensor, seed: int, device: torch.device = CPU) -> torch.Tensor:
        raise MemoryError


def _short_of_memory(most: int):  # type: ignore[no-untyped-def]
    def hook(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
        if module.training and len(output) > most:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    return hook


def _raises(text: str):  # type: ignore[no-untyped-def]
    def hook(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
        if module.training:
            raise RuntimeError(text)

    return hook


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A disk that can be filled."""
    state = {"full": False}
    real = Path.write_bytes

    def write(path: Path, content: bytes) -> int:
        if state["full"]:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    monkeypatch.setattr("core.training.keeping.TIMES_THE_COST", 0)
    return state


def test_a_full_disk_pauses_the_training_until_there_is_room(
    tmp_path: Path, disk: dict[str, bool], whole: torch.nn.Module
) -> None:
    """The checkpoint before stands; a retry that fails pauses on; one that works goes on, to the same weights."""
    listener = Listener(wishes={**WISHES, 4: [Steer("go_on")]}, attended=True)
    hear, result = listener.hear, []

    def heard(event: object) -> None:
        hear(event)  # type: ignore[arg-type]
        if isinstance(event, Epoch) and event.epoch == 1:
            disk["full"] = True

    listener.hear = heard  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: result.append(train(tmp_path, listener, EVERYTHING)[0]))
    thread.start()
    assert soon(lambda: bool(listener.of(Advice)) and not listener.wishes.get(4))
    assert listener.of(Advice)[0].code == "DISK_FULL"
    assert thread.is_alive()
    before = latest(tmp_path)
    assert before is not None
    assert before.position.step == 0
    disk["full"] = False
    listener.wishes[4] = [Steer("go_on"), Steer("decay", 1.0)]
    thread.join(30)
    told = [(event.step, event.action) for event in listener.of(Steered)]
    assert told.count((4, "pause")) == told.count((4, "go_on")) == 1
    assert (4, "decay") in told  # what was wished meanwhile is not lost
    assert same(result[0], whole)


def test_where_nobody_could_make_room_the_previous_checkpoint_stands(
    tmp_path: Path, disk: dict[str, bool], whole: torch.nn.Module
) -> None:
    with pytest.raises(Cancelled):
        train(tmp_path, Listener(cancel_at=6, wishes=WISHES), EVERYTHING)
    disk["full"] = True
    with pytest.raises(UserError) as caught:
        train(tmp_path, Listener(wishes=_still_to_come(tmp_path)), EVERYTHING)
    assert caught.value.code == "DISK_FULL"
    saved = latest(tmp_path)
    assert saved is not None
    assert saved.position.step == 6
    disk["full"] = False
    resumed, _ = train(tmp_path, Listener(wishes=_still_to_come(tmp_path)), EVERYTHING)
    assert same(resumed, whole)


def test_checkpoints_by_the_clock_cost_little_and_survive_its_being_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most one checkpoint in fifty times what the last one took; the time of day plays no part."""
    monkeypatch.setattr("time.time", lambda: 0.0)
    now, cost = [0.0], 1.0

    def save(*arguments: object, **named: object) -> Path:
        now[0] += cost
        return real(*arguments, **named)  # type: ignore[arg-type]

    real = checkpoints.save
    monkeypatch.setattr(checkpoints, "save", save)
    monkeypatch.setattr("core.training.keeping.time.monotonic", lambda: now[0])
    listener = Listener()
    hear = listener.hear

    def heard(event: object) -> None:
        hear(event)  # type: ignore[arg-type]
        if isinstance(event, Batch):
            now[0] += 11.0

    listener.hear = heard  # type: ignore[method-assign]
    train(tmp_path, listener, replace(PACE, epochs=5))
    written = [event.step for event in listener.of(Checkpoint)]
    # In mid-epoch the epoch's beginning is written too, so the next has to wait 100 s; and the end.
    assert written == [0, 5, 15, 20]
    assert all(event.seconds >= 0 for event in listener.of(Epoch))


def test_the_scaler_of_half_precision_is_part_of_the_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """torch's own, on the processor: its gradients are scaled by powers of two, which changes no bit; a step whose
    gradients overflow is left out; and what it has learned about the scale outlives an interruption."""

    def with_scaler(device: str, precision: str) -> Accelerator:
        accelerator = accelerator_for(device, precision)
        accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127, growth_interval=3)
        accelerator.native_amp = True
        monkeypatch.setattr(type(accelerator), "mixed_precision", "fp16")
        monkeypatch.setattr(accelerator, "autocast", nullcontext)
        return accelerator

    monkeypatch.setattr("tests.core.training.lessons.accelerator_for", with_scaler)
    whole, end = train(tmp_path / "whole", pace=EVERYTHING)
    assert end.scaler["scale"] < 2.0**127  # it began too high
    assert all(value.isfinite().all() for value in whole.state_dict().values())
    with pytest.raises(Cancelled):
        train(tmp_path / "cut", Listener(cancel_at=7), EVERYTHING)
    saved = latest(tmp_path / "cut")
    assert saved is not None
    assert saved.position.scaler
    resumed, resumed_end = train(tmp_path / "cut", pace=EVERYTHING)
    assert same(whole, resumed)
    assert resumed_end.scaler == end.scaler


def test_an_hour_of_waiting_for_room_is_no_cost_of_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next one would come after fifty hours."""
    now, real = [0.0], checkpoints.save

    def save(folder: Path, saved: checkpoints.Saved, beside: int | None = None) -> Path:
        now[0] += 0.1
        if saved.position.step and now[0] < 3600:
            raise UserError("DISK_FULL", path=str(folder))
        return real(folder, saved, beside)

    def sleep(seconds: float) -> None:
        now[0] += 60

    monkeypatch.setattr(checkpoints, "save", save)
    monkeypatch.setattr("core.training.keeping.time.monotonic", lambda: now[0])
    monkeypatch.setattr("core.training.steering.time.sleep", sleep)
    listener = Listener(attended=True)
    hear = listener.hear

    def heard(event: object) -> None:
        hear(event)  # type: ignore[arg-type]
        if isinstance(event, Batch):
            now[0] += 10

    listener.hear = heard  # type: ignore[method-assign]
    train(tmp_path, listener)
    assert [event.action for event in listener.of(Steered)] == ["pause", "go_on"]
    assert {event.step for event in listener.of(Checkpoint)} == {0, 4, 8, 12, 16}


def test_checkpoints_that_cannot_be_read_are_told_and_left_alone(tmp_path: Path) -> None:
    """To begin anew instead would forget all that was learned."""
    with pytest.raises(Cancelled):
        train(tmp_path, Listener(cancel_at=6))
    last = max(tmp_path.glob("step-*.optimizer.safetensors"))
    last.write_bytes(b"damaged")
    before = latest(tmp_path)
    assert before is not None
    assert before.position.step == 4, "the one before serves"
    for file in tmp_path.glob("step-*.optimizer.safetensors"):
        file.write_bytes(b"damaged")
    kept = sorted(tmp_path.iterdir())
    with pytest.raises(UserError) as caught:
        train(tmp_path)
    assert caught.value.code == "NO_CHECKPOINT"
    assert sorted(tmp_path.iterdir()) == kept


def test_a_run_whose_folder_is_gone_is_not_made_anew_by_halves(tmp_path: Path) -> None:
    listener = Listener()
    hear = listener.hear

    def heard(event: object) -> None:
        hear(event)  # type: ignore[arg-type]
        if isinstance(event, Batch) and event.step == 6:
            (tmp_path / "run").rename(tmp_path / "renamed")

    listener.hear = heard  # type: ignore[method-assign]
    (tmp_path / "run").mkdir()
    with pytest.raises(UserError) as caught:
        train(tmp_path / "run" / "checkpoints", listener)
    assert caught.value.code == "CANNOT_WRITE"
    assert [folder.name for folder in tmp_path.iterdir()] == ["renamed"]
    resumed, _ = train(tmp_path / "renamed" / "checkpoints")
    straight, _ = train(tmp_path)
    assert same(resumed, straight)
