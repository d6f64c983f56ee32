"""A run from its recipe to its report: scan, choose, advise, teach, judge. And the same again from a checkpoint."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from core import requests
from core.backbones.network import Network
from core.data.dataset import Dataset
from core.data.pictures import changed
from core.errors import Discarded, UserError
from core.events import Advice, Reporter
from core.jobs.beginning import classifier_for, resolved_for
from core.jobs.choosing import choose, network_of, preprocessing_of
from core.jobs.clock import Clock
from core.jobs.judging import judged_parts, snapshot_ensemble
from core.jobs.material import Stock
from core.jobs.opening import only_unchanged, open_dataset
from core.processes import place
from core.project.runs import Run, create_run, open_run
from core.project.steps import StepLog
from core.recipe import Recipe, check
from core.training import checkpoints, resolve
from core.training.advising import Adviser
from core.training.checkpoints import Position
from core.training.classifier import save_classifier
from core.training.curve import Setting
from core.training.resolve import Resolved
from core.training.steering import Steering
from core.training.teach import Taught, teach
from core.training.team import ALONE, Team

IMPORTS = ("timm", "torchvision", "core.data.scan")


@dataclass(frozen=True, slots=True)
class Begun:
    """All that is decided before anything is learned. `steered` is to be met again; `before` is the number of processes
    that the run began with, and `network` the one that `resolved` describes, untouched, where it was built already."""

    run: Run
    project: str
    recipe: Recipe
    resolved: Resolved
    dataset: Dataset
    before: int
    steered: list[dict[str, Any]] = field(default_factory=list)
    network: Network | None = None

    def to_tell(self) -> "Begun":
        """What other processes need to know."""
        return replace(self, network=None)


def train(request: requests.Train, reporter: Reporter) -> dict[str, Any]:
    """Result: the `train` fields; empty in a process that only helps. Raises UserError RUN_EXISTS before anything else
    is done."""
    with Team(place()) as team, ExitStack() as held:
        clock = Clock(also=IMPORTS)
        begun = team.told(lambda: _begin(request, clock, reporter, held), Begun.to_tell)
        return _run(begun, clock, reporter, team, held)


def resume(request: requests.Resume, reporter: Reporter) -> dict[str, Any]:
    """Go on where the last whole checkpoint stands. Raises UserError NOTHING_TO_RESUME, RUN_IN_USE,
    DATA_CHANGED."""
    with Team(place()) as team, ExitStack() as held:
        clock = Clock(also=IMPORTS)
        begun = team.told(lambda: _find(request, clock, reporter, held), Begun.to_tell)
        return _run(begun, clock, reporter, team, held)


def _begin(request: requests.Train, clock: Clock, reporter: Reporter, held: ExitStack) -> Begun:
    folder = Path(request.run)
    if folder.exists():
        raise UserError("RUN_EXISTS", path=str(folder))
    replayed = open_run(Path(request.replay)) if request.replay else None
    recipe = replayed.recipe if replayed else request.recipe
    if recipe.strategy.kind:  # else as soon as the advisor has spoken
        check(recipe, recipe.strategy.kind)
    torch.set_num_threads(resolve.threads_for(recipe))
    dataset = open_dataset(request.project, recipe, clock, reporter)
    if replayed:
        kept = resolve.from_json(replayed.resolved)
        _expect_same(dataset, kept)
        steered = [event for event in replayed.events() if event["event"] == "steered"]
        resolved = resolve.for_processes(kept, recipe, place())
        run = _create(folder, recipe, held)
        return Begun(run, request.project, recipe, resolved, dataset, kept.processes, steered)
    chosen = choose(recipe, reporter)
    network = network_of(chosen, recipe)
    threads = resolve.threads_for(recipe)
    dataset = only_unchanged(dataset, preprocessing_of(network, recipe), threads, clock, reporter)
    resolved = resolved_for(recipe, chosen, network, dataset, clock, reporter)
    as_it_is = network if dict(network.settings) == dict(resolved.settings) else None
    run = _create(folder, recipe, held)
    return Begun(run, request.project, recipe, resolved, dataset, resolved.processes, network=as_it_is)


def _create(folder: Path, recipe: Recipe, held: ExitStack) -> Run:
    run = create_run(folder, recipe)
    held.enter_context(run.in_use())
    return run


def _find(request: requests.Resume, clock: Clock, reporter: Reporter, held: ExitStack) -> Begun:
    run = open_run(Path(request.run))
    if run.complete:
        raise UserError("NOTHING_TO_RESUME", path=str(run.folder))
    if not (run.folder / "run.json").exists():
        raise UserError("NOT_A_RUN", path=str(run.folder))
    held.enter_context(run.in_use())
    recipe, kept, project = run.recipe, resolve.from_json(run.resolved), run.project
    resolved = resolve.for_processes(kept, recipe, place())
    torch.set_num_threads(resolved.threads)
    dataset = open_dataset(project, recipe, clock, reporter)
    _expect_same(dataset, resolved)
    saved = checkpoints.latest(run.checkpoints)
    at = saved.position if saved else Position()
    steered = run.rewind(at.step, len(at.history), at.recovered)
    return Begun(run, project, recipe, resolved, dataset, kept.processes, steered)


def _run(begun: Begun, clock: Clock, reporter: Reporter, team: Team, held: ExitStack) -> dict[str, Any]:
    """Teach and judge within the run's folder; its report is written last and makes it complete."""
    resolved = begun.resolved
    torch.set_num_threads(resolved.threads)
    together = team if resolved.optimizer != "lbfgs" else ALONE
    if not team.main:
        if together.several:
            _taught(begun, clock, reporter, together)
        return {}
    run, dataset = begun.run, begun.dataset
    kept = {**resolved.to_json(), "project": begun.project, "classes": list(dataset.classes)}
    run.write_resolved(kept)
    run.write_learned(dataset.hashes[place] for place in dataset.indices("train"))
    with StepLog(run.folder) as steps, reporter.heard_by(steps.hear), reporter.heard_by(run.record):
        if begun.before != resolved.processes:
            reporter.emit(Advice, code="PROCESSES", params={"before": begun.before, "now": resolved.processes})
        if team.several and not together.several:
            reporter.emit(Advice, code="ONE_PROCESS", params={"count": resolved.processes})
        adviser = _adviser(run, dataset, resolved, reporter)
        with reporter.heard_by(adviser.hear):
            taught, stock, steering = _taught(begun, clock, reporter, together)
        if steering.discarded:
            held.close()  # a file that is held cannot be removed on every system
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


def _taught(begun: Begun, clock: Clock, reporter: Reporter, team: Team) -> tuple[Taught, Stock, Steering]:
    """The part of a training that all processes do together."""
    recipe, resolved = begun.recipe, begun.resolved
    with team.first_here():
        classifier, stock = classifier_for(recipe, resolved, begun.dataset, clock, reporter, begun.network)
    steering = Steering(reporter, begun.steered if team.main else (), team)
    with clock.measure("train"):
        taught = teach(classifier, recipe, resolved, stock, begun.run.checkpoints, reporter, steering, team)
    return taught, stock, steering


def _adviser(run: Run, dataset: Dataset, resolved: Resolved, reporter: Reporter) -> Adviser:
    """Says what the curve says; of a run that goes on it knows the beginning."""
    judged, solver = len(dataset.indices("val")), resolved.optimizer == "lbfgs"
    return Adviser(reporter, Setting(judged, classes=len(dataset.classes), solver=solver), run.events())


def _expect_same(dataset: Dataset, resolved: Resolved) -> None:
    if dataset.fingerprint != resolved.dataset:
        raise UserError("DATA_CHANGED")
