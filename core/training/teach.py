"""From a strategy to a trained classifier: the head on fixed features, and the loop where more than the head learns."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from core.data.dataset import Dataset, Part
from core.data.pictures import Shown
from core.events import Epoch, Reporter
from core.recipe import PROBES, Recipe, Strategy
from core.strategy.opening import planned_floor, top_of, widest
from core.strategy.plan import Group, apply, plan
from core.training import checkpoints
from core.training.augmentation import varies
from core.training.checkpoints import Position
from core.training.classifier import Classifier
from core.training.examples import Examples, Features, Pictures
from core.training.frozen import Prefix, frozen_prefix
from core.training.head import ITERATIONS, fit_head, sample_weights
from core.training.lesson import ClassifierLesson, scores
from core.training.loop import Pace, learn
from core.training.optimizers import optimizer_row
from core.training.resolve import Resolved
from core.training.steering import Steering
from core.training.stepping import accelerator_for
from core.training.team import ALONE, Team

LEARN_AND_JUDGE: tuple[Part, Part] = ("train", "val")


class Material(Protocol):
    """What can be asked about the pictures. `squares` uint8 [n, S, S, 3], left on disk; `features` float32 [n, D] of
    the untouched backbone, both in the order of `dataset.indices(part)`. `frozen_folder` is where outputs of frozen
    stages lie."""

    dataset: Dataset
    frozen_folder: Path

    def squares(self, part: Part) -> Shown: ...

    def features(self, part: Part) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Taught:
    """`history` holds the epochs as JSON objects; `parameters_learned` how many numbers could change. `lesson` is how
    it was taught, where it took a course and not a single fit."""

    classifier: Classifier
    history: list[dict[str, Any]]
    parameters_learned: int
    lesson: ClassifierLesson | None = None


def teach(
    classifier: Classifier,
    recipe: Recipe,
    resolved: Resolved,
    material: Material,
    folder: Path,
    reporter: Reporter,
    steering: Steering,
    team: Team = ALONE,
) -> Taught:
    """Train `classifier` as the recipe says; it ends in its best state. Goes on from checkpoints in `folder`.

    Every process of a `team` takes part, but in L-BFGS, which one does alone. Raises Cancelled, UserError
    OUT_OF_MEMORY, DISK_FULL, PROCESS_LOST.
    """
    if resolved.optimizer == "lbfgs":
        apply(plan(classifier.network, _strategy(recipe, resolved)), classifier)
        history = fit_on_features(classifier, recipe, resolved, material, reporter)
        best = classifier.head.state_dict(prefix="head.")
        steering.insist(lambda: checkpoints.save_best(folder, len(history), best), Position())
        return Taught(classifier, history, _learned(classifier))

    def begin() -> None:
        if checkpoints.latest(folder) is None:
            fit_first(classifier, recipe, resolved, material)

    team.told(begin)
    team.align(classifier.state_dict().values())
    accelerator = accelerator_for(resolved.device, resolved.precision)  # first: it says which card is whose
    with team.first_here():
        lesson, optimizer, pace = prepare(classifier, recipe, resolved, material, reporter)
    weights = class_weights(recipe, lesson.examples.labels, len(classifier.card.classes))
    position = learn(lesson, optimizer, weights, pace, accelerator, folder, reporter, steering, team)
    return Taught(classifier.to("cpu").eval(), position.history, _learned(classifier), lesson)


def prepare(
    classifier: Classifier, recipe: Recipe, resolved: Resolved, material: Material, reporter: Reporter
) -> tuple[ClassifierLesson, Optimizer, Pace]:
    """What a training begins with. The optimiser knows every stage, so that any may be opened later."""
    classifier.drop_connect = recipe.regularization.drop_connect
    strategy = _strategy(recipe, resolved)
    groups = widest(classifier.network, strategy)
    top, planned = top_of(classifier.network), planned_floor(classifier.network, strategy)
    # Channels last, as the pictures come: twice as fast on a CPU. On the device, since frozen stages are passed here.
    classifier.to(resolved.device).to(memory_format=torch.channels_last)
    prefix = _prefix(classifier, recipe, resolved, material, reporter)
    examples, to_judge = (_examples(part, classifier, recipe, resolved, material, prefix) for part in LEARN_AND_JUDGE)
    lesson = ClassifierLesson(classifier, groups, top, planned, examples, to_judge)
    rows = _parameter_groups(groups, classifier, resolved)
    rates = {row["name"]: resolved.learning_rate * row.pop("rate") for row in rows}
    optimizer = optimizer_row(resolved.optimizer).build(rows, resolved.learning_rate, recipe.optimizer)
    return lesson, optimizer, _pace(recipe, resolved, rates)


def _pace(recipe: Recipe, resolved: Resolved, rates: dict[str, float]) -> Pace:
    against, training = recipe.regularization, recipe.training
    return Pace(
        epochs=resolved.epochs,
        batch_size=resolved.batch_size,
        rates=rates,
        schedule=recipe.schedule,
        gradient_clip=training.gradient_clip,
        label_smoothing=against.label_smoothing,
        l1=against.l1,
        mixup=against.mixup,
        cutmix=against.cutmix,
        ema=against.ema,
        balanced=training.balanced_sampling,
        gradual=recipe.strategy.gradual_unfreezing,
        patience=training.patience,
        seed=recipe.seed,
    )


def fit_first(classifier: Classifier, recipe: Recipe, resolved: Resolved, material: Material) -> None:
    """Put a head in place before a backbone that knows something is allowed to move, unless the recipe says no."""
    strategy = recipe.strategy
    untouched = resolved.pretrained and strategy.reinitialize == 0
    if strategy.head_first and untouched and resolved.strategy not in PROBES:
        fit_on_features(classifier, recipe, resolved, material, None)


def _strategy(recipe: Recipe, resolved: Resolved) -> Strategy:
    return recipe.strategy.model_copy(update={"kind": resolved.strategy, **resolved.layers})


def _learned(classifier: Classifier) -> int:
    return sum(parameter.numel() for parameter in classifier.parameters() if parameter.requires_grad)


def _prefix(
    classifier: Classifier, recipe: Recipe, resolved: Resolved, material: Material, reporter: Reporter
) -> Prefix | None:
    """The frozen stages, where their outputs are to be kept; the classifier then takes these as well as pictures."""
    if not resolved.frozen_views:
        return None
    strategy = _strategy(recipe, resolved)
    card, folder = classifier.card, material.frozen_folder
    prefix = frozen_prefix(classifier.network, strategy, card.preprocessing, resolved.precision, folder, reporter)
    classifier.upper = prefix.upper if prefix else None
    return prefix


def _examples(
    part: Part, classifier: Classifier, recipe: Recipe, resolved: Resolved, material: Material, prefix: Prefix | None
) -> Examples:
    """Pictures to learn from are varied, those to judge by are not. While only the head learns, features will do."""
    labels = _labels(material, part)
    augmentation = recipe.augmentation if part == "train" else None

    def pictures() -> Examples:
        return Pictures(material.squares(part), labels, classifier.card.preprocessing, augmentation)

    if resolved.strategy in PROBES:
        return Features(torch.from_numpy(material.features(part)), labels, cache(pictures), classifier.backbone_rests)
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
            val = scores(head(val_features), val_labels) if len(val_labels) else {}
            train = {**scores(head(features), labels)}
        entry: dict[str, Any] = {
            "epoch": iteration,
            "epochs": ITERATIONS,
            "train": train,
            "val": val,
            "learning_rates": {"head": resolved.learning_rate},
            "seconds": 0.0,
            "best": False,
            "step": iteration,
        }
        history.append(entry)
        reporter.emit(Epoch, **entry)
        reporter.check_cancelled()

    fitted = fit_head(
        features,
        labels,
        len(classifier.card.classes),
        weight_decay=resolved.weight_decay if resolved.optimizer == "lbfgs" else None,
        # Taking all pictures at once, to show classes equally often is to weigh them.
        class_weights=recipe.regularization.class_weights or recipe.training.balanced_sampling,
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
    ]


def _decay(resolved: Resolved) -> float:
    return resolved.weight_decay or 0.0


def _labels(material: Material, part: Part) -> Tensor:
    return torch.from_numpy(material.dataset.labels[material.dataset.indices(part)])


def class_weights(recipe: Recipe, labels: Tensor, classes: int) -> Tensor | None:
    """One weight per class [C], where the recipe asks for them."""
    if not recipe.regularization.class_weights:
        return None
    by_sample = sample_weights(labels, classes)
    weights = torch.ones(classes)
    weights[labels] = by_sample
    return weights
