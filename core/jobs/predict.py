"""Answers for new pictures, from a run's model or from an exported one."""

import os
from pathlib import Path
from typing import Any

from core import requests
from core.errors import UserError
from core.evaluation import gallery
from core.evaluation.gallery import Gallery
from core.evaluation.predict import open_model, predict_files
from core.evaluation.table import write_csv
from core.events import Reporter
from core.project.runs import open_run


def predict(request: requests.Predict, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NO_SUCH_FILE, NOT_A_MODEL, UNSAFE_MODEL."""
    model = Path(request.model)
    for path in (model, *map(Path, request.paths)):
        if not path.exists():
            raise UserError("NO_SUCH_FILE", path=str(path))
    threads = os.cpu_count() or 1
    answers = open_model(model)
    known = _gallery(model, answers.classes, reporter)
    rows = predict_files(answers, request.paths, reporter, threads, known)
    if request.csv:
        write_csv(rows, answers.classes, Path(request.csv))
    return {
        "rows": rows,
        "classes": list(answers.classes),
        "threshold": answers.threshold,
        "limit": None if known is None else known.limit,
        "csv": request.csv,
    }


def _gallery(model: Path, classes: tuple[str, ...], reporter: Reporter) -> Gallery | None:
    """What tells unknown pictures: of a run alone, and only while its pictures are there or have been looked at."""
    try:
        run = open_run(model)
    except UserError:
        return None
    kept = gallery.load(run.folder)
    if kept is not None and kept.classes == classes:
        return kept
    from core.jobs.judged import gallery_of, open_judged  # they import torch

    try:
        return gallery_of(open_judged(run), reporter)
    except UserError:
        return None
