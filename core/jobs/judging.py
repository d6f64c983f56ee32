"""What a trained classifier, and the snapshots taken on the way, make of the pictures they never learned from."""

import shutil
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from core.data.dataset import PARTS, Dataset, Part
from core.evaluation.answers import Answers, as_logs, save_answers
from core.evaluation.judge import judge
from core.evaluation.report import report_on
from core.events import Reporter
from core.jobs.material import Stock
from core.project.runs import Run, create_run
from core.recipe import PROBES
from core.training import checkpoints
from core.training.classifier import save_classifier
from core.training.resolve import Resolved
from core.training.teach import Taught

Given = dict[Part, NDArray[np.float32]]


def judged_parts(taught: Taught, resolved: Resolved, stock: Stock, run: Run, reporter: Reporter) -> dict[str, Any]:
    """The report on each held-out part; the answers behind it are kept in the run's folder."""
    given = _answers(taught, resolved, stock, reporter)
    _keep_answers(given, stock.dataset, run)
    return _reports(stock.dataset, given)


def snapshot_ensemble(taught: Taught, resolved: Resolved, stock: Stock, run: Run, reporter: Reporter) -> dict[str, Any]:
    """`ensemble`, the report on what the snapshots say together: the mean of their probabilities (Huang and others,
    2017). Empty where none was taken. Each is left in the run's folder as a run of its own."""
    found = checkpoints.snapshots(run.checkpoints)
    if taught.lesson is None or not found:
        return {}
    best = {name: value.clone() for name, value in taught.classifier.state_dict().items()}
    given = []
    for step, path in found.items():
        taught.lesson.load(load_file(path))
        given.append(_answers(taught, resolved, stock, reporter))
        _keep_snapshot(f"step-{step:08d}", taught, given[-1], stock.dataset, run)
    taught.classifier.load_state_dict(best)
    means: Given = {part: np.mean([each[part] for each in given], axis=0) for part in given[0]}
    return {"ensemble": {"snapshots": list(found), **_reports(stock.dataset, means)}}


def _keep_snapshot(name: str, taught: Taught, given: Given, dataset: Dataset, run: Run) -> None:
    """With all that a run has, so that it can be compared, combined, exported and asked like one."""
    folder, resolved = run.snapshots / name, run.resolved
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier end of the same training
    snapshot = create_run(folder, run.recipe)
    snapshot.write_resolved(resolved)
    snapshot.write_learned(dataset.hashes[place] for place in dataset.indices("train"))
    _keep_answers(given, dataset, snapshot)
    save_classifier(taught.classifier, snapshot.model)
    told = {"strategy": resolved["strategy"], "backbone": resolved["backbone"]}
    learned = {"parameters_learned": taught.parameters_learned, "seconds": {}, "history": []}
    snapshot.write_report({"run": str(folder), **told, **learned, **_reports(dataset, given)})


def _keep_answers(given: Given, dataset: Dataset, run: Run) -> None:
    kept: dict[str, Answers] = {
        part: Answers(dataset.classes, tuple(_paths(dataset, part)), _labels(dataset, part), as_logs(probabilities))
        for part, probabilities in given.items()
    }
    save_answers(run.folder, kept)


def _answers(taught: Taught, resolved: Resolved, stock: Stock, reporter: Reporter) -> Given:
    """Probabilities [n, C] for the parts that hold pictures to judge by."""
    classifier = taught.classifier
    # While the backbone is as it was, its features are here already, in full precision.
    rests = resolved.strategy in PROBES and (taught.lesson is None or taught.lesson.floor == taught.lesson.top)
    answers: Given = {}
    for part in PARTS[1:]:
        if not len(stock.dataset.indices(part)):
            continue
        if rests:
            with torch.inference_mode():
                logits = classifier.head(torch.from_numpy(stock.features(part)))
                answers[part] = classifier.probabilities(logits).numpy()
        else:
            answers[part] = judge(classifier, stock.squares(part), reporter, resolved.device)
    return answers


def _reports(dataset: Dataset, given: Given) -> dict[str, Any]:
    return {
        "val": None,
        **{
            part: report_on(probabilities, _labels(dataset, part), dataset.classes, _paths(dataset, part))
            for part, probabilities in given.items()
        },
    }


def _labels(dataset: Dataset, part: Part) -> NDArray[np.int64]:
    labels: NDArray[np.int64] = dataset.labels[dataset.indices(part)]
    return labels


def _paths(dataset: Dataset, part: Part) -> list[str]:
    return [dataset.paths[i] for i in dataset.indices(part)]
