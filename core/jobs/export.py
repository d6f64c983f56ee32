"""Taking the model away, checked."""

from pathlib import Path
from typing import Any

from core import requests
from core.data.dataset import PARTS
from core.data.load import load_dataset
from core.errors import UserError
from core.events import Reporter
from core.export.formats import export_model
from core.project.index import Index
from core.project.runs import Run, open_run
from core.training.classifier import load_classifier


def export(request: requests.Export, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL, EXPORT_FAILED, BAD_VALUE for an unknown format."""
    run = open_run(Path(request.run))
    classifier = load_classifier(run.model)
    return export_model(classifier, request.format, Path(request.out), pictures_to_check(run), reporter)


def pictures_to_check(run: Run) -> list[Path]:
    """Validation pictures of the run, or whatever it learned from; none where the folder is gone."""
    try:
        with Index.open(Path(run.resolved["project"]), read_only=True) as index:
            dataset = load_dataset(index, run.recipe)
    except (UserError, OSError):
        return []
    for part in (*PARTS[1:], PARTS[0]):
        chosen = dataset.indices(part)  # the check picks its share, spread over all classes
        paths = [dataset.folder / dataset.paths[i] for i in chosen]
        if here := [path for path in paths if path.is_file()]:
            return here
    return []
