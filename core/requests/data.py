"""About the pictures: reading them, sorting them, whose twins they are."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from core.recipe import Recipe
from core.requests.request import Request, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan(Request):
    """Read the data folder into the project's index. Result: the `scan` fields; where `brief`, numbers for the lists
    that grow with the folder."""

    project: str
    recipe: Recipe
    brief: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarise(Request):
    """Work out anew what follows from edits or from other choices for twins, problems and the split; no file is read.

    Result: the `scan` fields, brief.
    """

    project: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Request):
    """Whether the folder changed since it was read, by metadata. Result: `reached`, `added`, `changed`, `removed`."""

    project: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Request):
    """Say something about pictures: class, left out or not, part of the split, group. None leaves that as it is, an
    empty part or group takes the user's word back. Stored at once, under `name`, to be taken back. Result: `pictures`,
    how many are concerned.
    """

    quick: ClassVar[bool] = True
    project: str
    pictures: tuple[int, ...]
    label: str | None = None
    excluded: bool | None = None
    part: Literal["", "train", "val", "test"] | None = None
    group: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditClass(Request):
    """Make a class; or give it another name, which may be that of another class: then they become one; or a colour.

    Stored at once, under `name`, to be taken back. Result: `pictures`, how many are concerned.
    """

    quick: ClassVar[bool] = True
    project: str
    label: str
    new_label: str | None = None
    colour: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTwins(Request):
    """These pictures are not the same, however alike they look. Kept under `name`, to be taken back. Result: `{}`."""

    quick: ClassVar[bool] = True
    project: str
    pictures: tuple[int, ...]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Request):
    """Undo the edit of that name, or (`again`) redo it. Result: `known`, whether it was still remembered."""

    quick: ClassVar[bool] = True
    project: str
    name: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTwins(Request):
    """Compare all pictures by their features. Result: `backbone`, `pairs`, `groups`, `groups_before`, `duplicates`."""

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe
