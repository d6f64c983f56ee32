"""Trainings from request to report, on pictures that take no time."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _NormBase

from core import jobs, requests
from core.errors import UserError
from core.evaluation.answers import load_answers
from core.events import Batch, Event, Found, Reporter, silent
from core.jobs.clock import Clock
from core.jobs.opening import open_dataset
from core.project.places import default_project
from core.project.runs import create_run, runs_in
from core.recipe import OFF, Recipe

LEARNS = {"data.image_size": 32, "strategy.kind": "fine_tune_all", "strategy.head_first": False}


def recipe_for(pictures: Path, choices: dict[str, Any]) -> Recipe:
    recipe = Recipe().with_value("data.folder", str(pictures)).with_value("backbone.name", "test_resnet")
    for path, value in {**LEARNS, **choices}.items():
        recipe = recipe.with_value(path, value)
    return recipe


def train(recipe: Recipe, out: Path, reporter: Reporter | None = None) -> dict[str, Any]:
    project = str(default_project(Path(recipe.data.folder)))
    return jobs.run(requests.Train(project=project, recipe=recipe, run=str(out)), reporter or silent())


def plain_loop(pictures: Path, recipe: Recipe, weights: Path, epochs: int, batch: int) -> list[tuple[float, Tensor]]:
    """A training as one would write it by hand with timm and torch: the loss of each step and the head after it."""
    against, rate = recipe.regularization, recipe.optimizer.learning_rate
    network = timm.create_model("test_resnet", num_classes=0, drop_path_rate=against.drop_path)
    network.load_state_dict(load_file(weights))
    torch.manual_seed(recipe.seed)
    head = nn.Linear(network.num_features, 2)
    dataset = open_dataset(str(default_project(pictures)), recipe, Clock(), silent())
    at = dataset.indices("train")
    files = [np.array(Image.open(pictures / dataset.paths[place])) for place in at]
    shown = torch.from_numpy(np.stack(files)).permute(0, 3, 1, 2).float() / 255
    looks = timm.data.resolve_model_data_config(network)
    mean, std = (torch.tensor(looks[name]).view(3, 1, 1) for name in ("mean", "std"))
    shown, labels = (shown - mean) / std, torch.from_numpy(dataset.labels[at])

    everything = [*network.parameters(), *head.parameters()]
    velocity = [torch.zeros_like(weight) for weight in everything]
    squares = [torch.zeros_like(weight) for weight in everything]
    path, step, steps = [], 0, epochs * math.ceil(len(labels) / batch)
    for epoch in range(1, epochs + 1):
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(recipe.seed * 1_000_003 + epoch))
        for chosen in order.split(batch):
            network.train()
            for module in network.modules():
                if isinstance(module, _NormBase):
                    module.eval()
            torch.manual_seed(recipe.seed * 1_000_003 + step)
            hidden = functional.dropout(network(shown[chosen]), against.dropout)
            logits = functional.linear(hidden, functional.dropout(head.weight, against.drop_connect), head.bias)
            loss = functional.cross_entropy(logits, labels[chosen], label_smoothing=against.label_smoothing)
            penalty = against.l1 * head.weight.abs().sum()
            gradients = torch.autograd.grad(loss + penalty, everything)
            length = torch.stack([gradient.norm() for gradient in gradients]).norm()
            shrink = min(1.0, float(recipe.training.gradient_clip / (length + 1e-6)))
            now = rate * (1 + math.cos(math.pi * step / steps)) / 2 * min(1, (step + 1) / (round(0.1 * steps) + 1))
            step += 1
            with torch.no_grad():
                for weight, raw, v, s in zip(everything, gradients, velocity, squares, strict=True):
                    gradient, decay = raw * shrink, against.weight_decay if weight.ndim > 1 else 0.0
                    if recipe.optimizer.kind == "momentum":  # L2: the decay is part of the gradient
                        v.mul_(0.9).add_(gradient + decay * weight)
                        weight -= now * v
                    else:  # AdamW: the decay stands beside it
                        v.mul_(0.9).add_(0.1 * gradient)
                        s.mul_(0.999).add_(0.001 * gradient**2)
                        weight *= 1 - now * decay
                        weight -= now * (v / (1 - 0.9**step)) / ((s / (1 - 0.999**step)).sqrt() + 1e-8)
            path.append((float(loss.detach()), head.weight.detach().clone()))
    return path


@pytest.mark.parametrize(("optimizer", "rate"), [("adamw", 2e-3), ("momentum", 0.02)])
def test_a_whole_training_is_a_plain_loop_with_timm_and_torch(
    coloured: Path, tiny_backbone: str, tmp_path: Path, optimizer: str, rate: float
) -> None:
    """From files to weights, every step of it: dropout, DropConnect and stochastic depth from the same seeds."""
    choices = {
        "optimizer.kind": optimizer, "optimizer.learning_rate": rate, "training.epochs": 3, "training.batch_size": 10,
        "strategy.backbone_rate": 1.0, "strategy.layer_decay": 1.0, "regularization.weight_decay": 0.3,
        "regularization.dropout": 0.3, "regularization.drop_connect": 0.2, "regularization.drop_path": 0.4,
        "regularization.label_smoothing": 0.1, "regularization.l1": 1e-3, "seed": 5,
    }  # fmt: skip
    recipe = recipe_for(coloured, choices).model_copy(update={"augmentation": OFF})
    losses: list[float] = []

    def hear(event: Event) -> None:
        if isinstance(event, Batch):
            losses.append(event.loss)

    train(recipe, tmp_path / "run", Reporter("test", hear))
    plain = plain_loop(coloured, recipe, tmp_path / "weights.safetensors", 3, 10)
    assert losses == pytest.approx([loss for loss, _ in plain], rel=1e-3)
    end = load_file(sorted((tmp_path / "run/checkpoints").glob("step-????????.safetensors"))[-1])
    assert torch.allclose(end["head.weight"], plain[-1][1], atol=5e-4)
    assert (plain[0][1] - plain[-1][1]).abs().max() > 5e-3  # it did learn something


def test_files_that_change_or_vanish_meanwhile_are_reported_and_change_nothing(
    coloured: Path, tiny_backbone: str, tmp_path: Path
) -> None:
    recipe = recipe_for(coloured, {"training.epochs": 2, "optimizer.learning_rate": 1e-3})
    train(recipe, tmp_path / "whole")
    events: list[Event] = []

    def hear(event: Event) -> None:
        events.append(event)
        if isinstance(event, Batch) and event.step == 2:
            (coloured / "red/3.png").unlink()
            (coloured / "blue/5.png").write_bytes(b"another picture")

    told = train(recipe, tmp_path / "struck", Reporter("test", hear))
    marked = [(event.problem.code, event.problem.path) for event in events if isinstance(event, Found)]
    assert marked == [("CHANGED", "blue/5.png"), ("CHANGED", "red/3.png")]
    models = [(tmp_path / name / "model/model.safetensors").read_bytes() for name in ("whole", "struck")]
    assert models[0] == models[1]
    assert told["val"]["accuracy"] >= 0


def test_what_one_process_trains_no_other_goes_on_with(tmp_path: Path) -> None:
    run = create_run(tmp_path / "run", Recipe())
    run.write_resolved({})
    with run.in_use(), pytest.raises(UserError) as refused:
        jobs.run(requests.Resume(run=str(run.folder)), silent())
    assert refused.value.code == "RUN_IN_USE"


def test_the_snapshots_of_warm_restarts_are_runs_and_become_one_model(
    coloured: Path, tiny_backbone: str, tmp_path: Path
) -> None:
    cycles = {"training.epochs": 4, "schedule.kind": "warm_restarts", "schedule.cycles": 2}
    told = train(recipe_for(coloured, {"optimizer.learning_rate": 1e-3, **cycles}), tmp_path / "run")
    snapshots = runs_in(tmp_path / "run/snapshots")
    assert len(snapshots) == len(told["ensemble"]["snapshots"]) == 2
    together = jobs.run(requests.Combine(runs=(told["run"],), out=str(tmp_path / "both")), silent())
    assert together["members"] == [snapshot.folder.name for snapshot in snapshots]
    assert together["val"]["loss"] == pytest.approx(told["ensemble"]["val"]["loss"], rel=1e-5)
    answered = []
    for model in (*(snapshot.folder for snapshot in snapshots), tmp_path / "both"):
        rows = jobs.run(requests.Predict(model=str(model), paths=(str(coloured / "red"),)), silent())["rows"]
        answered.append(np.array([[row["probabilities"][name] for name in ("blue", "red")] for row in rows]))
    assert not np.allclose(answered[0], answered[1], atol=1e-4)
    assert answered[2] == pytest.approx((answered[0] + answered[1]) / 2, abs=1e-5)
    kept = [load_answers(snapshot.folder)["val"].probabilities() for snapshot in snapshots]
    assert load_answers(tmp_path / "both")["val"].probabilities() == pytest.approx(sum(kept) / 2, abs=1e-5)
    with pytest.raises(UserError) as caught:
        jobs.run(requests.Combine(runs=(str(snapshots[0].folder),), out=str(tmp_path / "none")), silent())
    assert "snapshots" in caught.value.params["reason"]
