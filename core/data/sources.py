"""All the places that a project's pictures come from, as one: the first, and folders that were added to it.

Pictures of the first are named from it; those of the others by their whole path, so that no two are ever called the
same and `folder / path` always leads to the file.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.data.archive import unpack
from core.data.found import Contents, FoundFile, Wish
from core.data.layout import contents
from core.data.walk import Visited
from core.errors import Problem, UserError
from core.events import Reporter
from core.project.sources import kind_of, root_of
from core.recipe import Data


@dataclass(frozen=True, slots=True)
class Gathered:
    """`folder` is what relative paths start from; `sources` say how each place was read, ready for JSON."""

    folder: Path
    files: tuple[FoundFile, ...]
    class_folders: tuple[str, ...]
    hidden: int
    sources: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]


def gather(data: Data, reporter: Reporter) -> Gathered:
    """Look at every place that the recipe names, unpacking archives that were not unpacked yet.

    Raises UserError NO_SUCH_FOLDER, NOT_A_SOURCE, NO_PERMISSION, BAD_TABLE, BAD_VALUE, and what `unpack` raises.
    """
    for source in places_of(data):
        if kind_of(source) == "archive":
            unpack(source, reporter)
    return look(data, reporter.check_cancelled)


def look(data: Data, safe_point: Callable[[], None]) -> Gathered:
    """As `gather`, where nothing is to be unpacked."""
    visited: Visited = set()
    found: list[Contents] = []
    for number, source in enumerate(places_of(data)):
        found.append(contents(root_of(source), safe_point, _wish(data, number, source), visited))
    folder = root_of(places_of(data)[0])
    files = list(found[0].files)
    known = {file.path for file in files}
    for source, more in zip(places_of(data)[1:], found[1:], strict=True):
        root = os.path.abspath(root_of(source))  # noqa: PTH100
        for file in more.files:
            path = f"{root}/{file.path}" if not os.path.isabs(file.path) else file.path  # noqa: PTH117
            if path not in known:
                known.add(path)
                files.append(replace(file, path=path))
    return Gathered(
        folder=folder,
        files=tuple(sorted(files, key=lambda file: os.fsencode(file.path))),
        class_folders=tuple(sorted({name for one in found for name in one.class_folders}, key=os.fsencode)),
        hidden=sum(one.hidden for one in found),
        sources=tuple(
            {"path": str(source), "kind": kind_of(source), "files": len(one.files), **one.manner.to_json()}
            for source, one in zip(places_of(data), found, strict=True)
        ),
        problems=tuple(problem for one in found for problem in one.problems),
    )


def places_of(data: Data) -> list[Path]:
    """What the recipe names, the first one first."""
    if not data.folder:
        raise UserError("NO_SUCH_FOLDER", folder="")
    return [Path(data.folder), *map(Path, data.more_folders)]


def _wish(data: Data, number: int, source: Path) -> Wish:
    """A table that was opened itself is what the folder is read by."""
    opened = source.name if kind_of(source) == "table" else None
    if number:
        layouts = (*data.more_layouts, *[None] * len(data.more_folders))
        return Wish("table" if opened else layouts[number - 1], opened)
    columns = {
        "path": data.path_column, "label": data.label_column, "group": data.group_column, "part": data.part_column
    }  # fmt: skip
    return Wish(data.layout or ("table" if opened else None), opened or data.table, columns)
