"""From a strategy to a trained classifier: the head on fixed features, and the loop where more than the head learns."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.data.dataset import Dataset, Part
from core.events import Epoch, Reporter
from core.recipe import Recipe
from core.strategy.plan import HEAD, PROBES, Group, apply
from core.training import checkpoints
from core.training.classifier import Classifier
from core.training.examples import Examples, Features, Pictures
from core.training.frozen import Prefix, frozen_prefix, varies
from core.training.head import ITERATIONS, fit_head, sample_weights
from core.training.loop import Judge, Pace, accelerator_for, learn
from core.training.optimizers import optimizer_row
from core.training.resolve import Resolved
from core.training.steering import Steering

LEARN_AND_JUDGE: tuple[Part, Part] = ("train", "val")


class Material(Protocol):
    """What can be asked about the pictures. `squares` uint8 [n, S, S, 3]; `features` float32 [n, D] of the untouched
    backbone, both in the order of `dataset.indices(part)`. `frozen_folder` is where outputs of frozen stages lie."""

    dataset: Dataset
    frozen_folder: Path

    def squares(self, part: Part) -> NDArray[np.uint8]: ...

    def features(self, part: Part) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Taught:
    """`history` holds the epochs as JSON objects; `parameters_learned` how many numbers could change."""

    classifier: Classifier
    history: list[dict[str, Any]]
    parameters_learned: int


def teach(
    classifier: Classifier,
    groups: list[Group],
    recipe: Recipe,
    resolved: Resolved,
    material: Material,
    folder: Path,
    reporter: Reporter,
    replay: Iterable[Mapping[str, Any]] = (),
) -> Taught:
    """Train `classifier` as the recipe says; it ends in its best state. Goes on from checkpoints in `folder`.

    Raises Cancelled, UserError OUT_OF_MEMORY, DISK_FULL.
    """
    set_mode = apply(groups, classifier)
    learned = sum(p.numel() for p in classifier.parameters() if p.requires_grad)
    if resolved.strategy in PROBES and resolved.optimizer == "lbfgs":
        history = fit_on_features(classifier, recipe, resolved, material, reporter)
        checkpoints.save_best(folder, classifier.head.state_dict())
        return Taught(classifier, history, learned)
    if resolved.strategy in PROBES:
        task = _head_task(classifier, resolved, material)
    else:
        untouched = resolved.pretrained and recipe.strategy.reinitialize == 0
        if recipe.strategy.head_first and untouched and checkpoints.latest(folder) is None:
            fit_on_features(classifier, recipe, resolved, material, None)
        task = _pictures_task(classifier, set_mode, groups, recipe, resolved, material, reporter)
    pace = Pace(
        epochs=resolved.epochs,
        batch_size=resolved.batch_size,
        rates={group["name"]: resolved.learning_rate * group.pop("rate") for group in task.groups},
        schedule=recipe.schedule,
        gradient_clip=recipe.training.gradient_clip,
        label_smoothing=recipe.regularization.label_smoothing,
        patience=recipe.training.patience,
        seed=recipe.seed,
    )
    position = learn(
        task.model,
        task.set_mode,
        optimizer_row(resolved.optimizer).build(task.groups, resolved.learning_rate, recipe.optimizer),
        task.examples,
        _class_weights(recipe, task.examples.labels, len(classifier.card.classes)),
        task.judge,
        pace,
        accelerator_for(resolved.device, task.precision),
        folder,
        reporter,
        Steering(reporter, replay),
    )
    return Taught(classifier.to("cpu").eval(), position.history, learned)


@dataclass(frozen=True, slots=True)
class _Task:
    """What the loop is to train, on what; `groups` as an optimiser takes them, with the name and `rate` of each."""

    model: nn.Module
    set_mode: Callable[[], object]
    examples: Examples
    judge: Judge
    groups: list[dict[str, Any]]
    precision: str


def _head_task(classifier: Classifier, resolved: Resolved, material: Material) -> _Task:
    """A head on cached features, by an optimiser of the user's choice."""
    model = nn.Sequential(classifier.dropout, classifier.head)
    examples = Features(torch.from_numpy(material.features("train")), _labels(material, "train"))
    group = {"name": HEAD, "params": list(model.parameters()), "weight_decay": _decay(resolved), "rate": 1.0}
    return _Task(model, model.train, examples, _judge_features(model, material), [group], "fp32")


def _pictures_task(
    classifier: Classifier,
    set_mode: Callable[[], None],
    groups: list[Group],
    recipe: Recipe,
    resolved: Resolved,
    material: Material,
    reporter: Reporter,
) -> _Task:
    """More than the head learns: every picture goes through the network, augmented, or through what is not frozen."""
    classifier.to(memory_format=torch.channels_last)  # as the pictures come: twice as fast on a CPU
    prefix = _prefix(classifier, recipe, resolved, material, reporter)
    examples, to_judge = (_examples(part, classifier, recipe, resolved, material, prefix) for part in LEARN_AND_JUDGE)
    return _Task(
        classifier,
        set_mode,
        examples,
        _judge_pictures(classifier, to_judge),
        _parameter_groups(groups, classifier, resolved),
        resolved.precision,
    )


def _prefix(
    classifier: Classifier, recipe: Recipe, resolved: Resolved, material: Material, reporter: Reporter
) -> Prefix | None:
    """The frozen stages, where their outputs are to be kept; the classifier then takes these as well as pictures."""
    if not resolved.frozen_views:
        return None
    strategy = recipe.strategy.model_copy(update={"kind": resolved.strategy})
    card, folder = classifier.card, material.frozen_folder
    prefix = frozen_prefix(classifier.network, strategy, card.preprocessing, resolved.precision, folder, reporter)
    classifier.upper = prefix.upper if prefix else None
    return prefix


def _examples(
    part: Part, classifier: Classifier, recipe: Recipe, resolved: Resolved, material: Material, prefix: Prefix | None
) -> Examples:
    """Pictures to learn from are varied, those to judge by are not."""
    labels = _labels(material, part)
    augmentation = recipe.augmentation if part == "train" else None

    def pictures() -> Examples:
        return Pictures(material.squares(part), labels, classifier.card.preprocessing, augmentation)

    if prefix is None or not len(labels):
        return pictures()
    varied = augmentation if augmentation and varies(augmentation) else None
    hashes = [material.dataset.hashes[i] for i in material.dataset.indices(part)]
    return prefix.views(hashes, labels, pictures, varied, resolved.frozen_views if varied else 1, recipe.seed)


def fit_on_features(
    classifier: Classifier, recipe: Recipe, resolved: Resolved, material: Material, reporter: Reporter | None
) -> list[dict[str, Any]]:
    """Put the best linear head for the untouched backbone's features in place; each iteration counts as an epoch."""
    features, labels = torch.from_numpy(material.features("train")), _labels(material, "train")
    val_features, val_labels = torch.from_numpy(material.features("val")), _labels(material, "val")
    history: list[dict[str, Any]] = []

    def watch(iteration: int, loss: float, head: nn.Linear) -> None:
        if reporter is None:
            return
        with torch.no_grad():
            val = _scores(head(val_features), val_labels) if len(val_labels) else {}
            train = {**_scores(head(features), labels)}
        entry: dict[str, Any] = {
            "epoch": iteration,
            "epochs": ITERATIONS,
            "train": train,
            "val": val,
            "learning_rates": {"head": resolved.learning_rate},
            "seconds": 0.0,
            "best": False,
        }
        history.append({**entry, "step": iteration})
        reporter.emit(Epoch, **entry)
        reporter.check_cancelled()

    fitted = fit_head(
        features,
        labels,
        len(classifier.card.classes),
        weight_decay=resolved.weight_decay if resolved.optimizer == "lbfgs" else None,
        class_weights=recipe.regularization.class_weights,
        label_smoothing=recipe.regularization.label_smoothing,
        seed=recipe.seed,
        watch=watch,
    )
    classifier.head.load_state_dict(fitted.head.state_dict())
    if history:
        history[-1]["best"] = True  # the head kept is the optimum, not a point on the way
    return history


def _parameter_groups(groups: list[Group], classifier: Classifier, resolved: Resolved) -> list[dict[str, Any]]:
    by_name = dict(classifier.named_parameters())
    return [
        {
            "name": group.name,
            "params": [by_name[name] for name in group.parameters],
            "weight_decay": _decay(resolved) if group.weight_decay else 0.0,
            "rate": group.rate,
        }
        for group in groups
        if group.learns and group.parameters
    ]


def _decay(resolved: Resolved) -> float:
    return resolved.weight_decay or 0.0


def _labels(material: Material, part: Part) -> Tensor:
    return torch.from_numpy(material.dataset.labels[material.dataset.indices(part)])


def _class_weights(recipe: Recipe, labels: Tensor, classes: int) -> Tensor | None:
    """One weight per class [C], where the recipe asks for them."""
    if not recipe.regularization.class_weights:
        return None
    by_sample = sample_weights(labels, classes)
    weights = torch.ones(classes)
    weights[labels] = by_sample
    return weights


def _judge_features(model: nn.Module, material: Material) -> Judge:
    features, labels = torch.from_numpy(material.features("val")), _labels(material, "val")

    def judge() -> dict[str, float] | None:
        if not len(labels):
            return None
        model.eval()
        with torch.inference_mode():
            device = next(model.parameters()).device
            return _scores(model(features.to(device)).cpu(), labels)

    return judge


def _judge_pictures(classifier: Classifier, examples: Examples) -> Judge:
    def judge() -> dict[str, float] | None:
        labels = examples.labels
        if not len(labels):
            return None
        classifier.eval()
        device = next(classifier.parameters()).device
        logits = []
        with torch.inference_mode():
            for start in range(0, len(labels), 64):
                positions = torch.arange(start, min(start + 64, len(labels)))
                logits.append(classifier(examples.inputs(positions, 0).to(device)).float().cpu())
        return _scores(torch.cat(logits), labels)

    return judge


def _scores(logits: Tensor, labels: Tensor) -> dict[str, float]:
    loss = functional.cross_entropy(logits, labels)
    return {"loss": float(loss), "accuracy": float((logits.argmax(1) == labels).float().mean())}
