"""A run from its recipe to its report: scan, choose, advise, teach, judge. And the same again from a checkpoint."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from core import requests
from core.backbones.network import Network
from core.data.dataset import Dataset
from core.data.pictures import changed
from core.errors import Discarded, UserError
from core.events import Reporter
from core.jobs.beginning import classifier_for, resolved_for
from core.jobs.choosing import choose, network_of, preprocessing_of
from core.jobs.clock import Clock
from core.jobs.judging import judged_parts, snapshot_ensemble
from core.jobs.opening import only_unchanged, open_dataset
from core.project.runs import Run, create_run, open_run
from core.recipe import Recipe
from core.training import checkpoints, resolve
from core.training.advising import Adviser
from core.training.checkpoints import Position
from core.training.classifier import save_classifier
from core.training.curve import Setting
from core.training.resolve import Resolved
from core.training.steering import Steering
from core.training.teach import teach

IMPORTS = ("timm", "torchvision", "core.data.reading", "imagehash")


def train(request: requests.Train, reporter: Reporter) -> dict[str, Any]:
    """Result: the `train` fields. Raises UserError RUN_EXISTS before anything else is done."""
    folder = Path(request.run)
    if folder.exists():
        raise UserError("RUN_EXISTS", path=str(folder))
    replayed = open_run(Path(request.replay)) if request.replay else None
    recipe = replayed.recipe if replayed else request.recipe
    clock = Clock(also=IMPORTS)
    torch.set_num_threads(resolve.threads_for(recipe))
    dataset = open_dataset(request.project, recipe, clock, reporter)
    if replayed:
        kept = resolve.from_json(replayed.resolved)
        _expect_same(dataset, kept)
        steered = [event for event in replayed.events() if event["event"] == "steered"]
        return _run(create_run(folder, recipe), request.project, recipe, kept, dataset, clock, reporter, steered)
    chosen = choose(recipe, reporter)
    network = network_of(chosen, recipe)
    threads = resolve.threads_for(recipe)
    dataset = only_unchanged(dataset, preprocessing_of(network, recipe), threads, clock, reporter)
    resolved = resolved_for(recipe, chosen, network, dataset, clock, reporter)
    run = create_run(folder, recipe)
    as_it_is = network if dict(network.settings) == dict(resolved.settings) else None
    return _run(run, request.project, recipe, resolved, dataset, clock, reporter, network=as_it_is)


def resume(request: requests.Resume, reporter: Reporter) -> dict[str, Any]:
    """Go on where the last whole checkpoint stands. Raises UserError NOTHING_TO_RESUME, DATA_CHANGED."""
    run = open_run(Path(request.run))
    if run.complete:
        raise UserError("NOTHING_TO_RESUME", path=str(run.folder))
    if not (run.folder / "run.json").exists():
        raise UserError("NOT_A_RUN", path=str(run.folder))
    recipe, resolved, project = run.recipe, resolve.from_json(run.resolved), run.resolved["project"]
    clock = Clock(also=IMPORTS)
    torch.set_num_threads(resolved.threads)
    dataset = open_dataset(project, recipe, clock, reporter)
    _expect_same(dataset, resolved)
    saved = checkpoints.latest(run.checkpoints)
    at = saved.position if saved else Position()
    steered = run.rewind(at.step, len(at.history), at.recovered)
    return _run(run, project, recipe, resolved, dataset, clock, reporter, steered)


def _run(
    run: Run,
    project: str,
    recipe: Recipe,
    resolved: Resolved,
    dataset: Dataset,
    clock: Clock,
    reporter: Reporter,
    replay: Iterable[Mapping[str, Any]] = (),
    network: Network | None = None,
) -> dict[str, Any]:
    """Teach and judge within the run's folder; its report is written last and makes it complete.

    `network` is the one that `resolved` describes, untouched, where it was built already.
    """
    run.write_resolved({**resolved.to_json(), "project": project, "classes": list(dataset.classes)})
    with reporter.heard_by(run.record):
        classifier, stock = classifier_for(recipe, resolved, dataset, clock, reporter, network)
        steering, adviser = Steering(reporter, replay), _adviser(run, dataset, resolved, reporter)
        with clock.measure("train"), reporter.heard_by(adviser.hear):
            taught = teach(classifier, recipe, resolved, stock, run.checkpoints, reporter, steering)
        if steering.discarded:
            run.discard()
            raise Discarded
        adviser.ended()
        with clock.measure("evaluate"):
            judged = judged_parts(taught, resolved, stock, run, reporter)
            ensemble = snapshot_ensemble(taught, resolved, stock, run, reporter)
        for path in changed(dataset):  # it was learned from as it was scanned; the user should know
            reporter.found("CHANGED", path)
        steering.insist(lambda: save_classifier(taught.classifier, run.model), Position())
        result = {
            "run": str(run.folder),
            "strategy": resolved.strategy,
            "backbone": resolved.backbone,
            "parameters_learned": taught.parameters_learned,
            "seconds": clock.seconds(),
            **judged,
            **ensemble,
        }
        steering.insist(lambda: run.write_report({**result, "history": taught.history}), Position())
    return result


def _adviser(run: Run, dataset: Dataset, resolved: Resolved, reporter: Reporter) -> Adviser:
    """Says what the curve says; of a run that goes on it knows the beginning."""
    judged, solver = len(dataset.indices("val")), resolved.optimizer == "lbfgs"
    return Adviser(reporter, Setting(judged, classes=len(dataset.classes), solver=solver), run.events())


def _expect_same(dataset: Dataset, resolved: Resolved) -> None:
    if dataset.fingerprint != resolved.dataset:
        raise UserError("DATA_CHANGED")
