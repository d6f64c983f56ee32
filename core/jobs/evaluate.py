"""Judging a trained model again, on its own held-out pictures or on another folder; and through several views."""

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import requests
from core.data.dataset import PARTS, Dataset
from core.errors import UserError
from core.evaluation.answers import Answers, as_logs, load_answers, save_answers, softmax
from core.evaluation.compare import gain_of
from core.evaluation.examine import brief
from core.evaluation.examine import examine as examine_answers
from core.evaluation.judge import judge_logs
from core.evaluation.views import VIEWS
from core.events import Reporter
from core.jobs.clock import Clock
from core.jobs.judged import Judged, contents_learned_from, held_out, open_judged
from core.jobs.material import album_at
from core.jobs.opening import open_dataset
from core.project.places import default_project
from core.project.runs import open_run
from core.recipe import Recipe
from core.training import resolve


def evaluate(request: requests.Evaluate, reporter: Reporter) -> dict[str, Any]:
    """Result: the `evaluate` fields. On another folder all pictures count as `test`, but for `learned_from`, so many
    whose content the run learned from: what it makes of those says nothing.

    On the run's own pictures, those that it never learned from are judged, by their labels as they are now, and what
    was found is kept with the run. Raises UserError NOT_A_RUN, NOT_A_MODEL, DATA_CHANGED, and STRANGE_CLASSES where
    the other folder has classes that the model lacks.
    """
    run = open_run(Path(request.run))
    judged, clock = open_judged(run), Clock()
    resolved, recipe = run.resolved, run.recipe
    project = run.project
    if request.folder:
        recipe = recipe.with_value("data.folder", request.folder)
        project = str(default_project(Path(request.folder)))
    dataset = open_dataset(project, recipe, clock, reporter)
    result: dict[str, Any] = {"run": str(run.folder), "strategy": resolved["strategy"], "val": None}
    parts: dict[str, NDArray[np.int64]]
    if request.folder:
        parts = {"test": _never_learned_from(judged, dataset, reporter)}
        result["learned_from"] = len(dataset) - len(parts["test"])
    else:
        parts = {part: held_out(judged, dataset, part) for part in PARTS[1:]}
    answers: dict[str, Answers] = {}
    with clock.measure("evaluate"):
        for part, indices in parts.items():
            if len(indices):
                answers[part] = answers_of(judged, dataset, indices, recipe, reporter)
                result[part] = examine_answers(answers[part], judged.card.temperature, recipe.seed, judged.card.line)
    if answers and not request.folder:
        save_answers(run.folder, {**load_answers(run.folder), **answers})  # of a part that is out of reach the old ones
        if (report := run.report) is not None:
            run.write_report({**report, **{part: brief(result[part]) for part in answers}})
    return {**result, "seconds": clock.seconds()}


def _never_learned_from(judged: Judged, dataset: Dataset, reporter: Reporter) -> NDArray[np.int64]:
    """Where another folder's pictures stand that are new to the run. Raises UserError LEARNED_FROM where none is."""
    learned = contents_learned_from(judged)
    new = np.array([place for place, content in enumerate(dataset.hashes) if content not in learned], dtype=np.int64)
    known, folder = len(dataset) - len(new), str(dataset.folder)
    if not len(new):
        raise UserError("LEARNED_FROM", count=known, folder=folder)
    if known:
        reporter.found("LEARNED_FROM", count=known, folder=folder)
    return new


def try_views(request: requests.TryViews, reporter: Reporter) -> dict[str, Any]:
    """Every row of `VIEWS` on the validation pictures. Raises UserError NOT_A_RUN, NOT_A_MODEL, NO_IMAGES."""
    run = open_run(Path(request.run))
    judged, clock = open_judged(run), Clock()
    dataset = open_dataset(run.project, run.recipe, clock, reporter)
    indices = held_out(judged, dataset, "val")
    if not len(indices):
        raise UserError("NO_IMAGES", folder=str(dataset.folder))
    rows: list[dict[str, Any]] = []
    before: NDArray[np.bool_] | None = None
    for name, views in VIEWS.items():
        began = time.perf_counter()
        answers = answers_of(judged, dataset, indices, run.recipe, reporter, name)
        took = time.perf_counter() - began
        chances = answers.probabilities(judged.card.temperature)
        if before is None:
            before = chances.argmax(axis=1) == answers.labels
        rows.append(
            {
                "views": name,
                "passes": len(views),
                "milliseconds": 1000 * took / len(indices),
                **gain_of(chances, answers.labels, before),
            }
        )
    return {"part": "val", "images": len(indices), "settled": judged.card.views, "rows": rows}


def answers_of(
    judged: Judged,
    dataset: Dataset,
    indices: NDArray[np.int64],
    recipe: Recipe,
    reporter: Reporter,
    views: str | None = None,
) -> Answers:
    """What the model answers for some pictures; `views` override its own. Raises UserError STRANGE_CLASSES."""
    classes = judged.card.classes
    known = {name: number for number, name in enumerate(classes)}
    if strange := [name for name in dataset.classes if name not in known]:
        folder = str(dataset.folder)
        raise UserError("STRANGE_CLASSES", names=", ".join(strange), folder=folder, classes=", ".join(classes))
    translated = np.array([known[name] for name in dataset.classes])
    threads, device = resolve.threads_for(recipe), resolve.device_for(recipe)
    chances: list[NDArray[np.float64]] = []
    for member in judged.members:
        pictures = album_at(dataset, indices, member.card.preprocessing, threads, reporter)
        logs = judge_logs(member, pictures, reporter, device, judged.card.views if views is None else views)
        # A member of an ensemble has a temperature of its own; that of a single model comes after, from its card.
        chances.append(softmax(logs, member.card.temperature))
    paths = tuple(dataset.paths[i] for i in indices)
    mean = np.mean(chances, axis=0)
    return Answers(classes, paths, translated[dataset.labels[indices]], as_logs(mean))
