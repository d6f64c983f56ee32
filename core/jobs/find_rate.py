"""The learning-rate finder: which rate to begin with, found by trying them from very small to too large."""

from typing import Any

import torch

from core import requests
from core.errors import UserError
from core.events import Reporter
from core.jobs.beginning import classifier_for, resolved_for
from core.jobs.choosing import choose, network_of, preprocessing_of
from core.jobs.clock import Clock
from core.jobs.opening import only_unchanged, open_dataset
from core.recipe import check
from core.training import resolve
from core.training.rate_finder import find
from core.training.stepping import accelerator_for
from core.training.teach import class_weights, prepare


def find_rate(request: requests.FindRate, reporter: Reporter) -> dict[str, Any]:
    """Result: the `find_rate` fields. Raises UserError BAD_VALUE for L-BFGS, which needs no rate."""
    recipe, clock = request.recipe, Clock()
    if recipe.strategy.kind:
        check(recipe, recipe.strategy.kind)
    torch.set_num_threads(resolve.threads_for(recipe))
    dataset = open_dataset(request.project, recipe, clock, reporter)
    chosen = choose(recipe, reporter)
    network = network_of(chosen, recipe)
    threads = resolve.threads_for(recipe)
    dataset = only_unchanged(dataset, preprocessing_of(network, recipe), threads, clock, reporter)
    resolved = resolved_for(recipe, chosen, network, dataset, clock, reporter)
    if resolved.optimizer == "lbfgs":
        reason = "L-BFGS finds the length of each of its steps itself, so there is none to find for it"
        raise UserError("BAD_VALUE", field="optimizer.learning_rate", value="found", reason=reason)
    classifier, stock = classifier_for(recipe, resolved, dataset, clock, reporter)
    lesson, optimizer, pace = prepare(classifier, recipe, resolved, stock, reporter)
    weights = class_weights(recipe, lesson.examples.labels, len(classifier.card.classes))
    accelerator = accelerator_for(resolved.device, resolved.precision)
    points, suggested = find(lesson, optimizer, weights, pace, accelerator, reporter)
    return {
        "points": [{"rate": rate, "loss": loss} for rate, loss in points],
        "suggested": suggested,
        "strategy": resolved.strategy,
        "optimizer": resolved.optimizer,
        "seconds": clock.seconds(),
    }
