"""Reading a project from disk, off the window's thread: what the session needs to begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.project.beginning import first_recipe
from core.project.edits import KeptEdit
from core.project.folds import folds_in
from core.project.index import FILE_NAME, Index
from core.project.places import default_project
from core.project.project import Project
from core.project.runs import Run, runs_in
from core.project.sources import root_of, source_at
from core.recipe import Recipe, read_kept
from gui.shelf_facts import ShelfFacts, facts_of


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run as the window shows it; `report` is None while it is not complete."""

    run: Run
    resolved: Mapping[str, Any]
    report: Mapping[str, Any] | None

    @property
    def complete(self) -> bool:
        return self.report is not None


@dataclass(frozen=True, slots=True)
class Opened:
    """`path` is what was opened, `folder` what the pictures' relative names start from. `unknown` are
    choices that the project kept and this Graft does not have."""

    project: Project
    path: Path
    folder: Path
    recipe: Recipe
    summary: Mapping[str, Any]
    facts: ShelfFacts
    runs: tuple[RunFacts, ...]
    folds: Mapping[str, Any]
    edits: tuple[KeptEdit, ...]
    unknown: tuple[str, ...]


def open_path(path: Path, standing: Project | None = None) -> Opened:
    """Open a folder of pictures, a table or an archive of them, or a project's own folder. Raises UserError.

    Pictures that are out of reach, such as on a drive that is not connected, keep nobody from what was learned from
    them: then their project opens as it is known. Where that is the project `standing` open already, it is read anew
    and stays the same.
    """
    known = default_project(path)
    if path.exists() or not (known / FILE_NAME).is_file():
        path = source_at(path)
    own = (path / FILE_NAME).is_file()
    if standing is not None and standing.folder == (path if own else default_project(path)):
        project = standing
    else:
        project = Project.open(path if own else known) if own or not path.exists() else Project.of(path)
    with Index.open(project.folder, read_only=True) as index:
        source = (index.source or index.data_folder or path) if own else path
        folder = root_of(source) if source.exists() else index.data_folder or path
        kept = index.recipe()
        recipe, unknown = read_kept(kept) if kept else (first_recipe(source), ())
        return Opened(
            project=project,
            path=path,
            folder=folder,
            recipe=recipe.with_value("data.folder", str(source.absolute())),
            summary=index.summary(),
            facts=facts_of(index),
            runs=read_runs(project.runs_folder),
            folds=_latest_folds(project.runs_folder),
            edits=tuple(index.kept_edits()),
            unknown=unknown,
        )


def read_runs(folder: Path) -> tuple[RunFacts, ...]:
    """The runs of a project, oldest first. One that cannot be read is left out."""
    found = []
    for run in runs_in(folder):
        try:
            resolved = run.resolved if (run.folder / "run.json").is_file() else {}
            found.append(RunFacts(run, resolved, run.report))
        except (OSError, ValueError):
            continue
    return tuple(found)


def _latest_folds(folder: Path) -> Mapping[str, Any]:
    """What the last trainings over folds found; empty where there are none that are complete."""
    complete = [found for found in folds_in(folder) if found.complete]
    return complete[-1].result() if complete else {}


def store_recipe(project: Path, recipe: Recipe) -> None:
    with Index.open(project) as index:
        index.store_recipe(recipe.to_json())
