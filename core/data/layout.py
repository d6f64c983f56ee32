"""What a folder says of its pictures: class, part of the split, group. Only names, metadata and a table are read.

Layouts (`core.recipe.LayoutKind`) are found by looking, unless the recipe says which: one folder per class; `train`
beside `val`, `valid`, `validation` or `test` with the class folders inside; a table; a flat folder, whose pictures have
no class yet. A whole folder as one class is never guessed.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.data.finder import Finder
from core.data.table import PART_OF_NAME, Columns, Table, find_columns, read_table, rows_of
from core.data.walk import Entry, Listing, Visited, list_folder
from core.errors import Problem, UserError
from core.project.sources import TABLE_SUFFIXES
from core.recipe import LayoutKind

_ENOUGH = 0.5
"""A table that speaks of at least this share of the files is taken for what the folder is read by."""

_TABLES = 20
"""So many tables are looked into at most."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of the folder. `path` is relative, with `/`; `problem` is set where it cannot be used, whatever it holds,
    and `params` are the problem's."""

    path: str
    label: str
    part: str
    size: int = 0
    mtime_ns: int = 0
    problem: str = ""
    group: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a folder is to be read; None where it is to be found out. `columns` by role: path, label, group, part."""

    layout: LayoutKind | None = None
    table: str | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a folder was read, and `possible`, how else it could be. `base` is the one folder around everything, if any;
    `columns` of the `table` in use, `all_columns` what it has, `stamp` its size and time."""

    layout: LayoutKind
    possible: tuple[LayoutKind, ...] = ()
    base: str = ""
    table: str = ""
    columns: Columns | None = None
    all_columns: tuple[str, ...] = ()
    stamp: tuple[int, int] = (0, 0)

    def to_json(self) -> dict[str, Any]:
        used = self.columns
        roles = {} if used is None else {role: getattr(used, role) for role in ("path", "label", "group", "part")}
        return {
            "layout": self.layout,
            "possible": list(self.possible),
            "table": self.table,
            "columns": roles,
            "all_columns": list(self.all_columns),
            "stamp": list(self.stamp),
        }


@dataclass(frozen=True, slots=True)
class Contents:
    """All files by path, the class folders by name (also those without files), how many files are hidden, how the
    folder was read, and what is wrong with the table as a whole."""

    files: tuple[FoundFile, ...]
    class_folders: tuple[str, ...]
    hidden: int
    manner: Manner
    problems: tuple[Problem, ...] = ()


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
    tables = _tables(folder, listing, base, wish)
    possible = _possible(listing, base, parts, tables)
    layout = wish.layout or _likeliest(listing, base, parts, tables)
    if layout not in possible:
        raise UserError("BAD_VALUE", field="data.layout", value=layout, reason=_WHY_NOT[layout])
    if layout == "table":
        return _by_table(listing, tables[0], possible, base)
    manner = Manner(layout, possible, "/".join(base), tables[0].name if tables else "")
    placed = _Places(layout, base, parts, folder.name)
    files = [_as_file(entry, *placed.of(entry.names)) for entry in listing.files]
    classes = {name for entry in listing.folders if (name := placed.class_folder(entry.names))}
    if layout == "one_class":
        classes = {folder.name}
    return Contents(_in_order(files), tuple(sorted(classes, key=os.fsencode)), listing.hidden, manner)


_WHY_NOT: Mapping[LayoutKind, str] = {
    "parts": "there is no train folder with the class folders inside",
    "table": "there is no table with a column of picture files",
    "classes": "there are no folders in it",
    "flat": "",
    "one_class": "",
}


def _possible(
    listing: Listing, base: tuple[str, ...], parts: Mapping[str, str], tables: "list[_Found]"
) -> tuple[LayoutKind, ...]:
    found: list[LayoutKind] = []
    if any(len(entry.names) == len(base) + 1 for entry in listing.folders if entry.names[: len(base)] == base):
        found.append("classes")
    if parts:
        found.append("parts")
    if tables:
        found.append("table")
    return (*found, "one_class", "flat")


def _likeliest(listing: Listing, base: tuple[str, ...], parts: Mapping[str, str], tables: "list[_Found]") -> LayoutKind:
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


def _as_file(entry: Entry, label: str, part: str) -> FoundFile:
    return FoundFile(entry.path, label, part, entry.size, entry.mtime_ns, entry.problem)


def _in_order(files: Iterable[FoundFile]) -> tuple[FoundFile, ...]:
    return tuple(sorted(files, key=lambda file: os.fsencode(file.path)))


# Tables.


@dataclass(frozen=True, slots=True)
class _Found:
    """A table with what its columns are; `share` of the folder's other files it speaks of."""

    name: str
    table: Table
    columns: Columns
    finder: Finder
    share: float


def _tables(folder: Path, listing: Listing, base: tuple[str, ...], wish: Wish) -> list[_Found]:
    """The tables that the folder could be read by, the best first; the wished one alone where one is wished."""
    at_top = {base, ()}
    names = [entry.path for entry in listing.files if not entry.problem and entry.names[:-1] in at_top]
    tables = [name for name in names if name.lower().endswith(TABLE_SUFFIXES)]
    wanted = [wish.table] if wish.table else tables[:_TABLES]
    paths = [entry.path for entry in listing.files if not entry.path.lower().endswith(TABLE_SUFFIXES)]
    found = []
    for name in wanted:
        try:
            table = read_table(folder / name)
        except UserError:
            if wish.table:
                raise
            continue
        finder = Finder(folder, paths, name.rpartition("/")[0], table.encoding)
        try:
            columns = find_columns(table, wish.columns, lambda text, f=finder: bool(f.find(text)))  # type: ignore[misc]
        except KeyError as missing:
            if wish.layout != "table" and not wish.table:
                continue
            reason = f"there is no column {missing.args[0]}; it has {', '.join(table.columns)}"
            raise UserError("BAD_TABLE", path=str(folder / name), reason=reason) from missing
        if columns is None:
            if wish.table:
                raise UserError("BAD_TABLE", path=str(folder / name), reason="no column holds names of picture files")
            continue
        known = {path for row in rows_of(table, columns) for path in finder.find(row.path)}
        share = len(known) / max(1, len(paths)) if columns.label or wish.layout == "table" else 0.0
        found.append(_Found(name, table, columns, finder, share))
    return sorted(found, key=lambda table: -table.share)


def _by_table(listing: Listing, found: _Found, possible: tuple[LayoutKind, ...], base: tuple[str, ...]) -> Contents:
    """Every file of the folder with what the table says of it, and what it says of files that are not there."""
    files = {entry.path: _as_file(entry, "", "") for entry in listing.files if entry.path != found.name}
    said: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    nameless = 0
    for row in rows_of(found.table, found.columns):
        if not row.path.strip():
            nameless += 1
            continue
        meant = found.finder.find(row.path)
        path = meant[0] if len(meant) == 1 else row.path.strip()
        if len(meant) > 1:
            files[path] = FoundFile(
                path, row.label, row.part, problem="AMBIGUOUS", params={"paths": ", ".join(meant[:3])}
            )
        elif not meant:
            outside = found.finder.outside(row.path)
            path = outside or path
            files.setdefault(
                path, _elsewhere(path) if outside else FoundFile(path, row.label, row.part, problem="MISSING")
            )
        said[path].append((row.label, row.part, row.group))
    placed = [_told(file, said.get(path, ())) for path, file in files.items()]
    labels = {label for rows in said.values() for label, _, _ in rows if label}
    problems = [Problem("TABLE_ROWS", found.name, {"count": nameless})] if nameless else []
    stamp = next(((file.size, file.mtime_ns) for file in listing.files if file.path == found.name), (0, 0))
    manner = Manner("table", possible, "/".join(base), found.name, found.columns, found.table.columns, stamp)
    return Contents(_in_order(placed), tuple(sorted(labels, key=os.fsencode)), listing.hidden, manner, tuple(problems))


def _told(file: FoundFile, rows: Iterable[tuple[str, str, str]]) -> FoundFile:
    """A file with its class, part and group; one with several classes is a problem."""
    labels = Counter(label for label, _, _ in rows if label)
    if len(labels) > 1 and not file.problem:
        return replace(file, problem="TWO_LABELS", params={"classes": ", ".join(sorted(labels))})
    part = next((part for _, part, _ in rows if part), "")
    group = next((group for _, _, group in rows if group), "")
    return replace(file, label=next(iter(labels), ""), part=part, group=group)


def _elsewhere(path: str) -> FoundFile:
    status = os.stat(path)  # noqa: PTH116
    return FoundFile(path, "", "", status.st_size, status.st_mtime_ns)
