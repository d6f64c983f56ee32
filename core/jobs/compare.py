"""Runs side by side, and several made one."""

import shutil
from pathlib import Path
from typing import Any

from core import requests
from core.errors import UserError
from core.evaluation.answers import Answers, as_logs, load_answers, save_answers
from core.evaluation.compare import aligned
from core.evaluation.compare import compare as compare_answers
from core.evaluation.report import report_on
from core.evaluation.settled import read_settled
from core.project import atomic
from core.project.runs import Run, create_run, open_run, runs_in

PARTS = ("test", "val")


def compare(request: requests.Compare) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL, and BAD_OPTION where they cannot be compared."""
    runs = [open_run(Path(folder)) for folder in request.runs]
    part, answers = _common_part(runs, request.part)
    settled = [read_settled(run.model) for run in runs]
    found = compare_answers(answers, [one.temperature for one in settled], [one.line for one in settled])
    if not found["images"]:
        raise _cannot(runs, "they judged no picture in common")
    return {"part": part, "names": [run.folder.name for run in runs], **found}


def combine(request: requests.Combine) -> dict[str, Any]:
    """Raises UserError RUN_EXISTS, NOT_A_RUN, NOT_A_MODEL, and BAD_OPTION where they cannot be combined."""
    runs = [open_run(Path(folder)) for folder in request.runs]
    if len(runs) == 1:
        runs = _snapshots(runs[0])
    if any((run.model / "ensemble.json").exists() for run in runs):
        raise _cannot(runs, "one of them is made of several already")
    if len({read_settled(run.model).views for run in runs}) > 1:
        raise _cannot(runs, "they look at pictures through different views")
    _, answers = _common_part(runs, "val")
    out = create_run(Path(request.out), runs[0].recipe)
    try:
        _copy_models(runs, out, answers[0].classes)
        return _report(runs, out)
    except BaseException:
        shutil.rmtree(out.folder, ignore_errors=True)
        raise


def _snapshots(run: Run) -> list[Run]:
    found = runs_in(run.snapshots)
    if len(found) < 2:
        reason = "of a single run its snapshots are combined, and it takes two or more; the schedule warm_restarts "
        raise _cannot([run], f"{reason}keeps one at the end of each cycle")
    return found


def _copy_models(runs: list[Run], out: Run, classes: tuple[str, ...]) -> None:
    names = [f"member-{number}" for number in range(1, len(runs) + 1)]
    for name, run in zip(names, runs, strict=True):
        for file in ("model.safetensors", "model.json"):
            atomic.write_bytes(out.model / name / file, (run.model / file).read_bytes())
    atomic.write_json(
        out.model / "ensemble.json",
        {
            "members": names,
            "classes": list(classes),
            "views": read_settled(runs[0].model).views,
            "temperature": 1.0,
            "threshold": None,
            "line": None,
        },
    )


def _report(runs: list[Run], out: Run) -> dict[str, Any]:
    """Judge the mean of the kept answers, and write what a run has."""
    reports = [run.report or {} for run in runs]
    members = [run.folder.name for run in runs]
    result: dict[str, Any] = {
        "run": str(out.folder),
        "strategy": "ensemble",
        "backbone": ", ".join(dict.fromkeys(str(report.get("backbone", "")) for report in reports)),
        "parameters_learned": sum(int(report.get("parameters_learned") or 0) for report in reports),
        "seconds": {"total": sum(float((report.get("seconds") or {}).get("total") or 0) for report in reports)},
        "members": members,
        "val": None,
    }
    kept: dict[str, Answers] = {}
    for part in PARTS:
        parts = [load_answers(run.folder).get(part) for run in runs]
        known = [answers for answers in parts if answers is not None]
        if len(known) == len(runs) and aligned(known)[0]:
            kept[part] = _mean(known, [read_settled(run.model).temperature for run in runs])
            result[part] = report_on(kept[part].probabilities(), kept[part].labels, known[0].classes, kept[part].paths)
    if not kept:  # as with the folds of a cross-validation: each learned what the others were judged by
        raise _cannot(runs, "they judged no picture in common")
    save_answers(out.folder, kept)
    out.write_resolved({**runs[0].resolved, "strategy": "ensemble", "members": members})
    learned = [run.learned for run in runs]
    if None not in learned:
        out.write_learned(sorted(frozenset().union(*filter(None, learned))))
    out.write_report({**result, "history": []})
    return result


def _mean(runs: list[Answers], temperatures: list[float]) -> Answers:
    paths, labels, places = aligned(runs)
    chances = [
        answers.probabilities(temperature)[place]
        for answers, temperature, place in zip(runs, temperatures, places, strict=True)
    ]
    return Answers(runs[0].classes, tuple(paths), labels, as_logs(sum(chances) / len(chances)))  # type: ignore[arg-type]


def _common_part(runs: list[Run], asked: str) -> tuple[str, list[Answers]]:
    if len(runs) < 2:
        raise _cannot(runs, "it takes two or more")
    kept = [load_answers(run.folder) for run in runs]
    for part in (asked,) if asked else PARTS:
        answers = [parts[part] for parts in kept if part in parts]
        if len(answers) == len(runs):
            if len({one.classes for one in answers}) > 1:
                raise _cannot(runs, "their classes differ")
            return part, answers
    raise _cannot(runs, "one of them kept no answers; judge it again first")


def _cannot(runs: list[Run], reason: str) -> UserError:
    names = ", ".join(run.folder.name for run in runs)
    return UserError("BAD_OPTION", field="runs", value=names, reason=reason)
