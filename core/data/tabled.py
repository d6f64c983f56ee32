"""A folder read by a table: which tables it could be read by, and what one says of each file."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core.data.finder import Finder
from core.data.found import Contents, FoundFile, Manner, Wish, as_file, in_order
from core.data.table import Columns, Table, find_columns, read_table, rows_of
from core.data.walk import Listing
from core.errors import Problem, UserError
from core.project.sources import TABLE_SUFFIXES
from core.recipe import LayoutKind

_TABLES = 20
"""So many tables are looked into at most."""


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table with what its columns are; `share` of the folder's other files it speaks of."""

    name: str
    table: Table
    columns: Columns
    finder: Finder
    share: float


def tables_in(folder: Path, listing: Listing, base: tuple[str, ...], wish: Wish) -> list[FoundTable]:
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
        found.append(FoundTable(name, table, columns, finder, share))
    return sorted(found, key=lambda table: -table.share)


def by_table(listing: Listing, found: FoundTable, possible: tuple[LayoutKind, ...], base: tuple[str, ...]) -> Contents:
    """Every file of the folder with what the table says of it, and what it says of files that are not there."""
    files = {entry.path: as_file(entry, "", "") for entry in listing.files if entry.path != found.name}
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
    return Contents(in_order(placed), tuple(sorted(labels, key=os.fsencode)), listing.hidden, manner, tuple(problems))


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
