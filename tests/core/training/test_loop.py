"""The loop against a plain PyTorch loop: the same losses step by step and in the end the same weights."""

import copy
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.events import Batch, Checkpoint, Epoch
from core.recipe import Schedule
from core.training.batches import Course
from core.training.checkpoints import latest, snapshots, steps_in
from core.training.examples import balanced_order, order
from core.training.loop import Pace
from core.training.schedules import rate_share
from tests.core.training.lessons import CLASSES, PACE, SAMPLES, STAGES, Listener, Noisy, SmallLesson, train

STEPS = 4 * math.ceil(SAMPLES / 16)
Inputs = tuple[Tensor, Tensor, Tensor, float]


def _mixed(inputs: Tensor, labels: Tensor, pace: Pace, seed: int) -> Inputs:
    """Mixup and CutMix as their papers have them, from the same dice."""
    if not (pace.mixup or pace.cutmix):
        return inputs, labels, labels, 1.0
    dice = np.random.default_rng(seed)
    cuts = bool(pace.cutmix) and (not pace.mixup or dice.random() < 0.5)
    share = dice.beta(pace.cutmix, pace.cutmix) if cuts else dice.beta(pace.mixup, pace.mixup)
    share = max(share, 1 - share)
    other = torch.from_numpy(dice.permutation(len(inputs)))
    if not cuts:
        return share * inputs + (1 - share) * inputs[other], labels, labels[other], share
    half = round(2 * math.sqrt(1 - share) / 2)
    y, x = int(dice.integers(2)), int(dice.integers(2))
    pasted = inputs.clone()
    box = (slice(None), slice(None), slice(max(0, y - half), y + half), slice(max(0, x - half), x + half))
    pasted[box] = inputs[other][box]
    covered = pasted[0, 0][box[2:]].numel() / 4
    return pasted, labels, labels[other], 1 - covered


def _plain(pace: Pace, weights: Tensor | None = None) -> Iterator[tuple[float, nn.Module]]:
    """The loop written out: the loss of each step, and the model after it."""
    lesson, examples = SmallLesson(), Noisy()
    lesson.open(0)
    optimizer, step = lesson.optimizer(), 0
    for epoch in range(1, 5):
        drawn = balanced_order(examples.labels, epoch, 3) if pace.balanced else order(SAMPLES, epoch, 3)
        for chosen in drawn.split(16):
            seed = 3 * 1_000_003 + step
            for group in optimizer.param_groups:
                group["lr"] = pace.rates[group["name"]] * rate_share(step, STEPS, pace.schedule)
            inputs, labels, others, share = _mixed(examples.inputs(chosen, seed), examples.labels[chosen], pace, seed)
            lesson.model.train()
            torch.manual_seed(seed)
            logits = lesson.model(inputs)
            loss = share * functional.cross_entropy(logits, labels, weights, label_smoothing=pace.label_smoothing)
            loss += (1 - share) * functional.cross_entropy(
                logits, others, weights, label_smoothing=pace.label_smoothing
            )
            optimizer.zero_grad()
            (loss + pace.l1 * sum(w.abs().sum() for w in [lesson.head.weight])).backward()
            if pace.gradient_clip:
                nn.utils.clip_grad_norm_(lesson.model.parameters(), pace.gradient_clip)
            optimizer.step()
            step += 1
            yield float(loss.detach()), lesson.model


@pytest.mark.parametrize(
    "pace",
    [
        PACE,
        replace(PACE, gradient_clip=0.0, label_smoothing=0.0),
        replace(PACE, l1=0.05),
        replace(PACE, mixup=0.4),
        replace(PACE, cutmix=1.0),
        replace(PACE, mixup=0.4, cutmix=1.0, balanced=True),
        replace(PACE, schedule=Schedule(kind="warm_restarts", cycles=2), balanced=True),
    ],
    ids=["usual", "bare", "l1", "mixup", "cutmix", "both, balanced", "restarts, balanced"],
)
@pytest.mark.parametrize("weighted", [False, True], ids=["", "class weights"])
def test_is_a_plain_pytorch_loop(tmp_path: Path, pace: Pace, weighted: bool) -> None:
    weights = torch.tensor([2.0, 0.5, 1.0]) if weighted else None
    plain = list(_plain(pace, weights))
    listener, lesson = Listener(), SmallLesson(judge_with=lambda model: None)
    model, _ = train(tmp_path, listener, pace, lesson, class_weights=weights)
    assert [event.loss for event in listener.of(Batch)] == pytest.approx([loss for loss, _ in plain], rel=2e-5)
    for mine, its in zip(model.parameters(), plain[-1][1].parameters(), strict=True):
        assert torch.allclose(mine, its, atol=2e-6)


def test_no_batch_is_a_single_picture_and_none_is_left_out() -> None:
    """Batch normalisation cannot learn from one."""
    for count, sizes in ((33, [16, 17]), (34, [16, 16, 2]), (32, [16, 16]), (1, [1]), (5, [5])):
        course = Course(Noisy(count), 16, seed=3)
        for epoch in (0, 1):
            seen = [course.positions(epoch * course.per_epoch + step) for step in range(course.per_epoch)]
            assert [len(batch) for batch in seen] == sizes
            assert torch.cat(seen).sort().values.tolist() == list(range(count))


def test_balanced_sampling_shows_every_class_equally_often() -> None:
    labels = Noisy().labels
    assert torch.bincount(labels).max() > 4 * torch.bincount(labels).min()
    for epoch in (1, 2):
        seen = torch.bincount(labels[balanced_order(labels, epoch, 3)], minlength=CLASSES)
        assert seen.sum() == SAMPLES
        assert seen.max() - seen.min() <= 1
    assert not torch.equal(balanced_order(labels, 1, 3), balanced_order(labels, 2, 3))
    rarest = (labels == 0).nonzero().flatten().tolist()
    drawn = [p for p in balanced_order(labels, 1, 3).tolist() if p in rarest]
    counts = [drawn.count(p) for p in rarest]
    assert max(counts) - min(counts) <= 1  # rounds, not chance: no picture is left out


def test_the_average_of_weights_is_judged_beside_them_and_the_better_is_kept(tmp_path: Path) -> None:
    """Against the recursion a ← k·a + (1 - k)·w written out, k growing to its full share."""
    pace = replace(PACE, ema=0.8)
    average: dict[str, Tensor] = {}
    for step, (_, model) in enumerate(_plain(pace), start=1):
        keeps = min(0.8, (1 + step) / (10 + step))
        for name, weight in model.named_parameters():
            before = average.get(name, weight.detach().clone())
            average[name] = keeps * before + (1 - keeps) * weight.detach()

    seen: list[Tensor] = []

    def judge(model: nn.Module) -> dict[str, float]:
        seen.append(model[4].weight.detach().clone())
        return {"accuracy": 0.1 * len(seen), "loss": 1.0}  # the average, judged last, is the better

    listener = Listener()
    model, position = train(tmp_path, listener, pace, SmallLesson(judge_with=judge))
    for name, weight in model.named_parameters():
        assert torch.allclose(weight, average[name], atol=1e-5)
    assert not torch.equal(seen[-1], seen[-2])
    last = listener.of(Epoch)[-1]
    assert last.average["accuracy"] > last.val["accuracy"]
    assert position.best_accuracy == last.average["accuracy"]
    assert listener.of(Epoch)[0].average == {}


def test_stages_join_one_by_one_until_half_the_training_has_passed(tmp_path: Path) -> None:
    listener = Listener()
    train(tmp_path, listener, replace(PACE, gradual=True))
    learning = [len(event.learning_rates) for event in listener.of(Batch)]
    assert learning == [1, 1, 2, 2, 3, 3, *[4] * 10]  # 16 steps; the head, then three stages within the first 8


def test_a_frozen_stage_keeps_every_bit(tmp_path: Path) -> None:
    lesson = SmallLesson(planned=2)
    before = copy.deepcopy(lesson.model)
    model, _ = train(tmp_path, lesson=lesson)
    for child, stage in STAGES.items():
        untouched = all(
            torch.equal(a, b)
            for a, b in zip(model[child].state_dict().values(), before[child].state_dict().values(), strict=True)
        )
        assert untouched == (stage < 2)


def test_a_snapshot_at_the_end_of_every_cycle(tmp_path: Path) -> None:
    pace = replace(PACE, schedule=Schedule(kind="warm_restarts", cycles=4, warmup=0.0))
    listener = Listener()
    train(tmp_path, listener, pace)
    assert list(snapshots(tmp_path)) == [4, 8, 12, 16]
    rates = [event.learning_rates["head"] for event in listener.of(Batch)]
    assert rates[0] == rates[4] == rates[8] == max(rates)
    assert rates[3] < rates[2] < rates[1]


def test_keeps_the_best_epoch_not_the_last(tmp_path: Path) -> None:
    seen: list[dict[str, Tensor]] = []

    def judge(model: nn.Module) -> dict[str, float]:
        seen.append(copy.deepcopy(model.state_dict()))
        return {"accuracy": [0.2, 0.5, 0.9, 0.4, 0.3][len(seen) - 1], "loss": 1.0}

    listener = Listener()
    model, position = train(tmp_path, listener, lesson=SmallLesson(judge_with=judge))
    assert position.best_epoch == 2
    assert all(torch.equal(model.state_dict()[name], value) for name, value in seen[2].items())
    assert [event.best for event in listener.of(Epoch)] == [True, True, True, False, False]


def test_patience_ends_the_training(tmp_path: Path) -> None:
    judged = iter([0.5, 0.6, 0.4, 0.4, 0.4])
    lesson = SmallLesson(judge_with=lambda model: {"accuracy": next(judged), "loss": 1.0})
    _, position = train(tmp_path, pace=replace(PACE, patience=2), lesson=lesson)
    assert len(position.history) - 1 == 3


def test_checkpoints_keep_two_and_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    listener = Listener()
    train(tmp_path, listener, replace(PACE, checkpoint_seconds=0.0))
    assert len(listener.of(Checkpoint)) >= 2  # the beginning and the end at least; others if they cost little
    steps = steps_in(tmp_path)
    assert len(steps) in (2, 3)
    assert steps[-1] == STEPS
    (tmp_path / f"step-{STEPS:08d}.safetensors").write_bytes(b"torn")
    saved = latest(tmp_path)
    assert saved is not None
    assert saved.position.step == steps[-2]
