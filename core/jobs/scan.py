"""Reading a folder, and the user's edits to what was read."""

from pathlib import Path
from typing import Any

from core import requests
from core.data.scan import refresh
from core.events import Reporter
from core.jobs.opening import scan_folder
from core.project.beginning import first_recipe
from core.project.index import Index
from core.recipe import read_recipe


def scan(request: requests.Scan, reporter: Reporter) -> dict[str, Any]:
    return scan_folder(request.project, request.recipe, reporter)


def edit(request: requests.Edit) -> dict[str, Any]:
    """Relabel or exclude, and work out anew what follows for twins, problems and the split: no picture is read."""
    with Index.open(Path(request.project)) as index:
        previous = index.edit(request.pictures, label=request.label, excluded=request.excluded)
        kept = index.recipe()
        summary = refresh(index, read_recipe(kept) if kept else first_recipe(index.data_folder or Path()))
    return {"previous": previous, "summary": summary}
