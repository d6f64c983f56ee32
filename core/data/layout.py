"""What a folder says of its pictures: class, part of the split, group. Only names, metadata and a table are read.

Layouts (`core.recipe.LayoutKind`) are found by looking, unless the recipe says which: one folder per class; `train`
beside `val`, `valid`, `validation` or `test` with the class folders inside; a table; a flat folder, whose pictures have
no class yet. A whole folder as one class is never guessed.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.data.found import Contents, Manner, Wish, as_file, in_order
from core.data.table import PART_OF_NAME
from core.data.tabled import FoundTable, by_table, tables_in
from core.data.walk import Listing, Visited, list_folder
from core.errors import UserError
from core.recipe import LayoutKind

_ENOUGH = 0.5
"""A table that speaks of at least this share of the files is taken for what the folder is read by."""


def contents(
    folder: Path,
    safe_point: Callable[[], None] = lambda: None,
    wish: Wish | None = None,
    visited: Visited | None = None,
) -> Contents:
    """Look at the folder. `safe_point` is called now and then and may raise Cancelled; for `visited` see `list_folder`.

    Raises UserError NO_SUCH_FOLDER, NO_PERMISSION, BAD_TABLE, and BAD_VALUE where the folder cannot be read as wished.
    """
    wish = wish or Wish()
    listing = list_folder(folder, safe_point, visited)
    base = _base(listing)
    parts = _parts(listing, base)
    tables = tables_in(folder, listing, base, wish)
    possible = _possible(listing, base, parts, tables)
    layout = wish.layout or _likeliest(listing, base, parts, tables)
    if layout not in possible:
        raise UserError("BAD_VALUE", field="data.layout", value=layout, reason=_WHY_NOT[layout])
    if layout == "table":
        return by_table(listing, tables[0], possible, base)
    manner = Manner(layout, possible, "/".join(base), tables[0].name if tables else "")
    placed = _Places(layout, base, parts, folder.name)
    files = [as_file(entry, *placed.of(entry.names)) for entry in listing.files]
    classes = {name for entry in listing.folders if (name := placed.class_folder(entry.names))}
    if layout == "one_class":
        classes = {folder.name}
    return Contents(in_order(files), tuple(sorted(classes, key=os.fsencode)), listing.hidden, manner)


_WHY_NOT: Mapping[LayoutKind, str] = {
    "parts": "there is no train folder with the class folders inside",
    "table": "there is no table with a column of picture files",
    "classes": "there are no folders in it",
    "flat": "",
    "one_class": "",
}


def _possible(
    listing: Listing, base: tuple[str, ...], parts: Mapping[str, str], tables: list[FoundTable]
) -> tuple[LayoutKind, ...]:
    found: list[LayoutKind] = []
    if any(len(entry.names) == len(base) + 1 for entry in listing.folders if entry.names[: len(base)] == base):
        found.append("classes")
    if parts:
        found.append("parts")
    if tables:
        found.append("table")
    return (*found, "one_class", "flat")


def _likeliest(
    listing: Listing, base: tuple[str, ...], parts: Mapping[str, str], tables: list[FoundTable]
) -> LayoutKind:
    if tables and tables[0].share >= _ENOUGH:
        return "table"
    if parts:
        return "parts"
    below = any(len(entry.names) > len(base) + 1 for entry in listing.files)
    empty_folders = any(listing.folders) and not any(listing.files)
    return "classes" if below or empty_folders else "flat"


def _base(listing: Listing) -> tuple[str, ...]:
    """The names down to where the layout begins: folders that hold nothing but one folder, which holds several."""
    below: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    with_files = {entry.names[:-1] for entry in listing.files}
    for entry in listing.folders:
        below[entry.names[:-1]].append(entry.names)
    base: tuple[str, ...] = ()
    while len(below[base]) == 1 and base not in with_files:
        (inner,) = below[base]
        if inner[-1].lower() in PART_OF_NAME or (len(below[inner]) < 2 and not _wraps(inner, below, with_files)):
            break
        base = inner
    return base


def _wraps(
    inner: tuple[str, ...], below: Mapping[tuple[str, ...], list[tuple[str, ...]]], with_files: set[tuple[str, ...]]
) -> bool:
    """Whether a folder is a wrapping of another one: it has one folder, and no files."""
    return inner not in with_files and len(below.get(inner, ())) == 1


def _parts(listing: Listing, base: tuple[str, ...]) -> Mapping[str, str]:
    """Which folders at the top are parts of a split; none where they are classes."""
    depth = len(base)
    top = [entry.names[depth] for entry in listing.folders if len(entry.names) == depth + 1]
    parents = {entry.names[depth] for entry in listing.folders if len(entry.names) == depth + 2}
    parts = {name: PART_OF_NAME[name.lower()] for name in top if name.lower() in PART_OF_NAME}
    several = len(set(parts.values())) > 1 or len(top) == 1
    has_classes = any(name in parents for name, part in parts.items() if part == "train")
    return parts if several and has_classes else {}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the folders put a file."""

    layout: LayoutKind
    base: tuple[str, ...]
    parts: Mapping[str, str]
    name: str

    def of(self, names: tuple[str, ...]) -> tuple[str, str]:
        """Label and part of a file."""
        if self.layout in ("flat", "one_class"):
            return (self.name if self.layout == "one_class" else ""), ""
        part, below = self._below(names)
        return (below[0] if len(below) > 1 else ""), part

    def class_folder(self, names: tuple[str, ...]) -> str:
        """The class that a folder stands for, or nothing."""
        if self.layout not in ("classes", "parts"):
            return ""
        _, below = self._below(names)
        return below[0] if len(below) == 1 else ""

    def _below(self, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """The part, and the names below it: the class's first. Nothing outside of where classes can be."""
        depth = len(self.base)
        if names[:depth] != self.base or len(names) <= depth:
            return "", ()
        if self.layout == "classes":
            return "", names[depth:]
        part = self.parts.get(names[depth], "")
        return part, names[depth + 1 :] if part else ()
