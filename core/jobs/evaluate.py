"""Judging a trained model again, on its own held-out pictures or on those of another folder."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core import requests
from core.data.dataset import PARTS, Dataset
from core.errors import UserError
from core.evaluation.judge import judge
from core.evaluation.report import report_on
from core.events import Reporter
from core.jobs.clock import Clock
from core.jobs.material import squares_at
from core.jobs.opening import open_dataset
from core.project.beginning import with_source
from core.project.places import default_project
from core.project.runs import open_run
from core.recipe import Recipe
from core.training import resolve
from core.training.classifier import Classifier, load_classifier


def evaluate(request: requests.Evaluate, reporter: Reporter) -> dict[str, Any]:
    """Result: the `evaluate` fields. On another folder all pictures count as `test`.

    Raises UserError NOT_A_RUN, NOT_A_MODEL, and BAD_VALUE where the other folder has classes that the model lacks.
    """
    run = open_run(Path(request.run))
    classifier = load_classifier(run.model)
    resolved, recipe, clock = run.resolved, run.recipe, Clock()
    torch.set_num_threads(resolve.threads_for(recipe))
    project = resolved["project"]
    if request.folder:
        recipe = with_source(recipe, Path(request.folder))
        project = str(default_project(Path(request.folder)))
    dataset = open_dataset(project, recipe, clock, reporter)
    result: dict[str, Any] = {"run": str(run.folder), "strategy": resolved["strategy"], "val": None}
    with clock.measure("evaluate"):
        if request.folder:
            result["test"] = _report(classifier, dataset, np.arange(len(dataset)), recipe, reporter)
        else:
            for part in PARTS[1:]:
                if len(indices := dataset.indices(part)):
                    result[part] = _report(classifier, dataset, indices, recipe, reporter)
    return {**result, "seconds": clock.seconds()}


def _report(
    classifier: Classifier, dataset: Dataset, indices: NDArray[np.int64], recipe: Recipe, reporter: Reporter
) -> dict[str, Any]:
    known = {name: number for number, name in enumerate(classifier.card.classes)}
    if strange := [name for name in dataset.classes if name not in known]:
        reason = f"the model does not know the classes {', '.join(strange)}"
        raise UserError("BAD_VALUE", field="data.folder", value=str(dataset.folder), reason=reason)
    translated = np.array([known[name] for name in dataset.classes])
    threads, device = resolve.threads_for(recipe), resolve.device_for(recipe)
    pictures = squares_at(dataset, indices, classifier.card.preprocessing, threads, reporter)
    probabilities = judge(classifier, pictures, reporter, device)
    paths = [dataset.paths[i] for i in indices]
    return report_on(probabilities, translated[dataset.labels[indices]], classifier.card.classes, paths)
