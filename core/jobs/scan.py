"""Reading a folder, and the user's edits to what was read."""

from pathlib import Path
from typing import Any

from core import requests
from core.events import Reporter
from core.jobs.opening import scan_folder
from core.project.index import Index


def scan(request: requests.Scan, reporter: Reporter) -> dict[str, Any]:
    return scan_folder(request.project, request.recipe, reporter)


def edit(request: requests.Edit) -> dict[str, Any]:
    with Index.open(Path(request.project)) as index:
        return {"previous": index.edit(request.pictures, label=request.label, excluded=request.excluded)}
