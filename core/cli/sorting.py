"""The commands that sort: labels, parts, groups and classes of pictures, twins, and trainings over folds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.options import Backbone, Conflict, Folder, Json, Settings, project_of, recipe_from

if TYPE_CHECKING:
    from core.project.index import Picture


AGAIN = "`graft undo` once more takes back what was said before that."


def add_to(app: typer.Typer) -> None:
    for command, name in (
        (edit, "edit"), (classes, "classes"), (undo, "undo"), (twins, "twins"), (cross_validate, "cross-validate"),
    ):  # fmt: skip
        app.command(name)(command)


def edit(
    folder: Folder,
    paths: Annotated[
        list[str], typer.Argument(help="Pictures from the folder on, as in ants/1.jpg; * and ? stand for more.")
    ],
    label: Annotated[str | None, typer.Option("--label", help="Their class, which may be new.")] = None,
    leave_out: Annotated[bool | None, typer.Option("--leave-out/--take-in", help="Learn from them or not.")] = None,
    part: Annotated[str | None, typer.Option("--part", help="train, val or test; auto lets Graft choose.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="They belong together under this name.")] = None,
    not_twins: Annotated[bool, typer.Option("--not-twins", help="They are not the same, however alike.")] = False,
    json: Json = False,
) -> None:
    """Say something about pictures. The files stay as they are; `graft undo` takes it back."""
    import uuid

    from core import requests

    if part not in (None, "train", "val", "test", "auto"):
        raise typer.BadParameter("train, val, test or auto", param_hint="--part")
    if not not_twins and all(value is None for value in (label, leave_out, part, group)):
        raise typer.BadParameter("say what is to change: --label, --leave-out, --part, --group or --not-twins")
    project, name = project_of(folder), uuid.uuid4().hex
    ids = tuple(picture.id for picture in _matching(folder, paths, json))
    request: requests.Edit | requests.PartTwins
    if not_twins:
        request = requests.PartTwins(project=project, pictures=ids, name=name)
    else:
        request = requests.Edit(
            project=project, pictures=ids, label=label, excluded=leave_out, group=group, name=name,
            part="" if part == "auto" else part,  # type: ignore[arg-type]
        )  # fmt: skip
    _do_and_tell(folder, request, f"Pictures concerned: {len(ids)}", json)


def classes(
    folder: Folder,
    rename: Annotated[
        tuple[str, str] | None,
        typer.Option("--rename", metavar="<old> <new>", help="Another name, or that of a class to merge into."),
    ] = None,
    new: Annotated[str | None, typer.Option("--new", help="Make a class without pictures yet.")] = None,
    json: Json = False,
) -> None:
    """List classes, or rename, merge and make them."""
    import uuid

    from core import requests
    from core.cli import telling_sorted
    from core.cli.printing import plain

    if rename is not None and new is not None:
        raise typer.BadParameter("one at a time: --rename or --new")
    project, name = project_of(folder), uuid.uuid4().hex
    if rename is not None:
        _check_class(folder, rename[0], json)
        request = requests.EditClass(project=project, label=rename[0], new_label=rename[1], name=name)
        _do_and_tell(folder, request, plain(f"{rename[0]} is {rename[1]} now"), json)
    elif new is not None:
        _do_and_tell(folder, requests.EditClass(project=project, label=new, name=name), plain(new), json)
    else:
        telling_sorted.classes(_ask(folder, json, lambda index: index.classes()), json)


def undo(folder: Folder, json: Json = False) -> None:
    """Take back what was last said about the pictures. Here or in the window."""
    from core import requests
    from core.cli.running import fail
    from core.errors import UserError

    name = str(_ask(folder, json, lambda index: index.last_edit()))
    if not name:
        raise fail(UserError("NOTHING_TO_UNDO", folder=str(folder)), json)
    _do_and_tell(folder, requests.TakeBack(project=project_of(folder), name=name), "Taken back", json, AGAIN)


def twins(folder: Folder, backbone: Backbone = None, json: Json = False) -> None:
    """Look for twins with a backbone too. It finds the same picture where it is lighter, or cut a little."""
    from core import requests
    from core.cli import telling_sorted
    from core.cli.running import do

    recipe = recipe_from(folder, json, backbone)
    result = do(requests.FindTwins(project=project_of(folder), recipe=recipe), json)
    if not json:
        telling_sorted.twins(result)


def cross_validate(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="Where the runs go. What was broken off there goes on.")],
    folds: Annotated[int, typer.Option("--folds", min=2, max=20, help="How many trainings.")] = 5,
    backbone: Backbone = None,
    settings: Settings = None,
    on_conflict: Conflict = None,
    json: Json = False,
) -> None:
    """Train every fold: mean accuracy and spread. Each training is judged by other pictures."""
    from core import requests
    from core.cli import telling_sorted
    from core.cli.running import do

    recipe = recipe_from(folder, json, backbone, settings=settings, on_conflict=on_conflict)
    recipe = recipe.with_value("split.folds", folds)
    result = do(requests.CrossValidate(project=project_of(folder), recipe=recipe, out=str(out.absolute())), json)
    if not json:
        telling_sorted.folds(result)


def _ask(folder: Path, json: bool, question: Any) -> Any:
    """What the index of the folder answers; leaves with status 3 where it was never scanned."""
    from core.cli.running import fail
    from core.errors import UserError
    from core.project.index import Index

    try:
        with Index.open(Path(project_of(folder)), read_only=True) as index:
            return question(index)
    except UserError as error:
        if error.code == "NO_SUCH_FILE":
            error = UserError("NOT_SCANNED" if folder.exists() else "NO_SUCH_FOLDER", folder=str(folder))
        raise fail(error, json) from None


def _check_class(folder: Path, label: str, json: bool) -> None:
    """Leaves with status 3 where the folder has no such class."""
    from core.cli.running import fail
    from core.errors import UserError

    known = [row.name for row in _ask(folder, json, lambda index: index.classes())]
    if label not in known:
        reason = f"the classes are {', '.join(known)}"
        raise fail(UserError("BAD_OPTION", field="class", value=label, reason=reason), json)


def _matching(folder: Path, patterns: list[str], json: bool) -> "list[Picture]":
    from fnmatch import fnmatchcase

    from core.cli.running import fail
    from core.errors import UserError

    pictures: list[Picture] = _ask(folder, json, lambda index: index.pictures())
    chosen: dict[int, Picture] = {}
    for pattern in patterns:
        found = [picture for picture in pictures if picture.path == pattern or fnmatchcase(picture.path, pattern)]
        if not found:
            raise fail(UserError("NO_SUCH_PICTURE", path=pattern), json)
        chosen.update((picture.id, picture) for picture in found)
    return list(chosen.values())


def _do_and_tell(
    folder: Path, request: Any, what: str, json: bool, way_back: str = "`graft undo` takes this back."
) -> None:
    """Store an edit, then tell how things stand."""
    from core import requests
    from core.cli import telling_sorted
    from core.cli.running import do

    do(request, json, quiet_result=True)
    result = do(requests.Summarise(project=project_of(folder), recipe=recipe_from(folder, json)), json)
    if not json:
        telling_sorted.edited(what, result, way_back)
