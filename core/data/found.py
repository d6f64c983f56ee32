"""What was found in a folder: its files with class, part and group, and how the folder was read."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.data.table import Columns
from core.data.walk import Entry
from core.errors import Problem
from core.recipe import LayoutKind


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


def as_file(entry: Entry, label: str, part: str) -> FoundFile:
    return FoundFile(entry.path, label, part, entry.size, entry.mtime_ns, entry.problem)


def in_order(files: Iterable[FoundFile]) -> tuple[FoundFile, ...]:
    return tuple(sorted(files, key=lambda file: os.fsencode(file.path)))
