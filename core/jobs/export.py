"""Taking the model away, checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import requests
from core.data.dataset import PARTS
from core.data.load import load_dataset
from core.errors import UserError
from core.evaluation.ensemble import load_ensemble
from core.events import Reporter
from core.export.formats import export_model
from core.project.index import Index
from core.project.runs import Run, open_run


@dataclass(frozen=True, slots=True)
class Pictures:
    """Files of a run that are still there: `to_check`, with the number of their class among the model's (None: not one
    of them), and `learned_from`."""

    to_check: tuple[tuple[Path, int | None], ...] = ()
    learned_from: tuple[Path, ...] = ()


def export(request: requests.Export, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL, EXPORT_FAILED, BAD_OPTION for an unknown format or precision."""
    run = open_run(Path(request.run))
    model = load_ensemble(run.model)
    pictures = pictures_of(run, model.card.classes)
    out = Path(request.out)
    return export_model(
        model, request.format, out, pictures.to_check, reporter, request.precision, pictures.learned_from
    )


def pictures_of(run: Run, classes: tuple[str, ...]) -> Pictures:
    """To check on: the validation pictures, or whatever it learned from; none where the folder is gone."""
    try:
        with Index.open(Path(run.project), read_only=True) as index:
            dataset = load_dataset(index, run.recipe)
    except (UserError, OSError):
        return Pictures()
    number_of = {name: number for number, name in enumerate(classes)}
    numbers = [number_of.get(name) for name in dataset.classes]
    here = {
        part: [
            (path, numbers[dataset.labels[i]])
            for i in dataset.indices(part)
            if (path := dataset.folder / dataset.paths[i]).is_file()
        ]
        for part in PARTS
    }
    to_check = next((here[part] for part in (*PARTS[1:], PARTS[0]) if here[part]), [])
    return Pictures(tuple(to_check), tuple(path for path, _ in here[PARTS[0]]))
