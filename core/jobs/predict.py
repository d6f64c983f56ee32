"""Answers for new pictures, from a run's model or from an exported one."""

import os
from pathlib import Path
from typing import Any

from core import requests
from core.errors import UserError
from core.evaluation.predict import open_model, predict_files
from core.evaluation.table import write_csv
from core.events import Reporter


def predict(request: requests.Predict, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NO_SUCH_FILE, NOT_A_MODEL, UNSAFE_MODEL."""
    model = Path(request.model)
    for path in (model, *map(Path, request.paths)):
        if not path.exists():
            raise UserError("NO_SUCH_FILE", path=str(path))
    threads = os.cpu_count() or 1
    answers = open_model(model)
    rows = predict_files(answers, request.paths, reporter, threads)
    if request.csv:
        write_csv(rows, answers.classes, Path(request.csv))
    return {"rows": rows, "classes": list(answers.classes), "threshold": answers.threshold, "csv": request.csv}
