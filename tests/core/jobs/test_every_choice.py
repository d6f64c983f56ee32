"""Every choice about learning and augmentation, set as a person sets it in a terminal, makes another training."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from core.cli.commands import app
from core.recipe import field_rows
from core.recipe.choices import OptimizerKind, Pooling, ScheduleKind

SECTIONS = ("optimizer", "schedule", "regularization", "training", "augmentation", "strategy")
BEGIN = {
    "strategy.kind": "fine_tune_all", "data.image_size": 32, "training.epochs": 3, "training.batch_size": 12,
    "optimizer.learning_rate": 0.003, "training.threads": 1, "strategy.backbone_rate": 0.5, "strategy.layer_decay": 0.9,
}  # fmt: skip
TOP = {"strategy.kind": "fine_tune_top", "strategy.first_stage": 2, "strategy.frozen_views": 2}
PROBE = {"strategy.kind": "linear_probe"}
LARGER = {"data.image_size": 96}  # at 32 pixels the last map is a single place, and there is nothing to pool
RAND = {"augmentation.automatic": "rand"}

Choices = Mapping[str, object]
OTHER: dict[str, list[tuple[object, Choices]]] = {
    "optimizer.kind": [(kind, {}) for kind in get_args(OptimizerKind) if kind not in ("adamw", "lbfgs")]
    + [("sgd", PROBE)],
    "optimizer.learning_rate": [(0.01, {})],
    "optimizer.momentum": [(0.5, {}), (0.5, {"optimizer.kind": "nesterov"})],
    "optimizer.decay": [(0.5, {"optimizer.kind": "rmsprop"})],
    "schedule.kind": [(kind, {}) for kind in get_args(ScheduleKind) if kind != "cosine"],
    "schedule.warmup": [(0.5, {})],
    "schedule.step_every": [(0.6, {"schedule.kind": "step"})],
    "schedule.factor": [(0.5, {"schedule.kind": kind}) for kind in ("step", "exponential", "inverse")],
    "schedule.cycles": [(2, {"schedule.kind": "warm_restarts"})],
    "regularization.weight_decay": [(2.0, {}), (2.0, {"optimizer.kind": "momentum"}), (2.0, PROBE)],
    "regularization.dropout": [(0.4, {})],
    "regularization.l1": [(0.1, {})],
    "regularization.drop_connect": [(0.4, {})],
    "regularization.drop_path": [(0.4, {})],
    "regularization.label_smoothing": [(0.2, {}), (0.2, PROBE)],
    "regularization.mixup": [(0.4, {})],
    "regularization.cutmix": [(1.0, {})],
    "regularization.ema": [(0.5, {})],
    "regularization.pooling": [(kind, LARGER) for kind in get_args(Pooling) if kind != "average"],
    "regularization.class_weights": [(True, {}), (True, PROBE)],
    "training.epochs": [(2, {})],
    "training.batch_size": [(7, {})],
    "training.precision": [("bf16", {})],
    "training.features": [("bf16", PROBE)],
    "training.device": [("cpu", {})],
    "training.threads": [(2, {})],
    "training.patience": [(1, {"optimizer.learning_rate": 1e-9})],
    "training.gradient_clip": [(0.01, {"optimizer.kind": "sgd"})],
    "training.balanced_sampling": [(True, {})],
    "strategy.kind": [(kind, {}) for kind in ("linear_probe", "stage_probe", "fine_tune_top", "from_scratch")],
    "strategy.first_stage": [(3, TOP)],
    "strategy.reinitialize": [(1, {})],
    "strategy.backbone_rate": [(0.1, {})],
    "strategy.layer_decay": [(0.3, {})],
    "strategy.head_first": [(False, {})],
    "strategy.gradual_unfreezing": [(True, {})],
    "strategy.batch_norm": [("adapt", {})],
    "strategy.frozen_views": [(0, TOP)],
    "augmentation.flip": [(False, {})],
    "augmentation.vertical_flip": [(True, {})],
    "augmentation.smallest_crop": [(0.3, {})],
    "augmentation.rotation": [(30.0, {})],
    "augmentation.perspective": [(0.4, {})],
    "augmentation.automatic": [("trivial", {}), ("rand", {})],
    "augmentation.automatic_strength": [(0.9, RAND)],
    "augmentation.automatic_changes": [(4, RAND)],
    **{
        f"augmentation.{name}": [(0.4, {})]
        for name in ("brightness", "contrast", "saturation", "hue", "pca_colour", "blur", "noise", "erase")
    },
}
TOLD_ONLY = ("training.threads", "training.device", "training.features")
"""These must not change what is learned by more than rounding; that they were heard stands in the run."""


def learned(pictures: Path, out: Path, choices: Choices) -> tuple[list[Any], dict[str, Any]]:
    """Every step and epoch of a training, but for how long they took; and what the run stores of its beginning."""
    asked = [part for field, value in choices.items() for part in ("--set", f"{field}={value}")]
    outcome = CliRunner().invoke(
        app, ["train", str(pictures), "--out", str(out), "--backbone", "test_resnet", *asked, "--json"]
    )
    assert outcome.exit_code == 0, outcome.stdout.splitlines()[-1]
    said = [json.loads(line) for line in outcome.stdout.splitlines()]
    kept = [{**event, "seconds": 0, "count": 0} for event in said if event["event"] in ("batch", "epoch")]
    return kept, json.loads((out / "run.json").read_text())


def test_every_choice_acts(coloured: Path, tiny_backbone: str, tmp_path: Path) -> None:
    wanted = {row.path for row in field_rows() if row.path.split(".")[0] in SECTIONS}
    assert set(OTHER) == wanted  # a new field needs a line above
    runs: dict[tuple[tuple[str, object], ...], Any] = {}

    def run(choices: Choices) -> tuple[list[Any], dict[str, Any]]:
        key = tuple(sorted({**BEGIN, **choices}.items(), key=lambda item: item[0]))
        if key not in runs:
            runs[key] = learned(coloured, tmp_path / f"run-{len(runs)}", dict(key))
        return runs[key]

    idle = []
    for field, others in OTHER.items():
        for value, beside in others:
            (plain, before), (changed, after) = run(beside), run({**beside, field: value})
            acted = before != after if field in TOLD_ONLY else plain != changed
            idle += [] if acted or field == "training.device" else [(field, value)]
    assert idle == []
    again = learned(coloured, tmp_path / "again", {**BEGIN, "regularization.mixup": 0.4})[0]
    assert again == run({"regularization.mixup": 0.4})[0]  # or all of this would say nothing


@pytest.mark.parametrize(
    ("field", "value", "beside"),
    [
        ("optimizer.kind", "lbfgs", {}),
        ("training.precision", "bf16", {**PROBE, "optimizer.kind": "lbfgs"}),
        ("training.precision", "fp16", {"training.device": "cpu"}),
        ("regularization.mixup", 0.2, PROBE),
        ("regularization.cutmix", 1.0, PROBE),
        ("regularization.drop_path", 0.1, PROBE),
        ("regularization.ema", 0.9, PROBE),
        ("training.balanced_sampling", True, {"regularization.class_weights": True}),
        ("strategy.gradual_unfreezing", True, PROBE),
    ],
)
def test_what_makes_no_sense_together_is_refused_with_its_reason(
    coloured: Path, tiny_backbone: str, tmp_path: Path, field: str, value: object, beside: Choices
) -> None:
    asked = [part for path, chosen in {**beside, field: value}.items() for part in ("--set", f"{path}={chosen}")]
    strategy = [] if "strategy.kind" in beside else ["--set", "strategy.kind=fine_tune_all"]
    command = ["train", str(coloured), "--out", str(tmp_path / "run"), "--backbone", "test_resnet", *strategy, *asked]
    outcome = CliRunner().invoke(app, [*command, "--set", "data.image_size=32", "--json"])
    assert outcome.exit_code == 3
    said = json.loads(outcome.stdout.splitlines()[-1])
    assert said["code"] == "BAD_VALUE"
    assert said["params"]["field"] == field
    assert not (tmp_path / "run").exists()
