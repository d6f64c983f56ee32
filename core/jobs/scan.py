"""Reading a folder, and the user's edits to what was read."""

from pathlib import Path
from typing import Any

from core import requests
from core.data.scan import brief, refresh
from core.data.watch import compare
from core.events import Reporter
from core.jobs.opening import scan_folder
from core.project.index import Index

Editing = requests.Edit | requests.EditClass | requests.PartTwins | requests.TakeBack


def scan(request: requests.Scan, reporter: Reporter) -> dict[str, Any]:
    result = scan_folder(request.project, request.recipe, reporter)
    return brief(result) if request.brief else result


def look(request: requests.Look, reporter: Reporter) -> dict[str, Any]:
    with Index.open(Path(request.project), read_only=True) as index:
        return compare(request.recipe.data, index, reporter)


def summarise(request: requests.Summarise) -> dict[str, Any]:
    with Index.open(Path(request.project)) as index:
        return brief(refresh(index, request.recipe))


def edit(request: Editing) -> dict[str, Any]:
    """Store what the user says, whole, and remember how to take it back."""
    with Index.open(Path(request.project)) as index:
        match request:
            case requests.Edit():
                done = index.edit(
                    request.pictures, request.label, request.excluded, request.part, request.group, request.name
                )
                return {"pictures": done}
            case requests.EditClass():
                return {"pictures": _edit_class(index, request)}
            case requests.PartTwins():
                index.part_twins(request.pictures, request.name)
                return {}
            case requests.TakeBack():
                known = index.do_again(request.name) if request.again else index.take_back(request.name)
                return {"known": known}


def _edit_class(index: Index, request: requests.EditClass) -> int:
    if request.new_label is not None:
        return index.rename_class(request.label, request.new_label, request.name)
    if request.colour is not None:
        index.colour_class(request.label, request.colour, request.name)
    else:
        index.make_class(request.label, request.name)
    return 0
