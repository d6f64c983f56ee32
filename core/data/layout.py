"""What lies in a data folder: its files in order, and the class and part of the split that the folders give each.

Layouts: one folder per class; or `train` beside `val`, `valid`, `validation` or `test`, with the class folders inside.
Only names and metadata are read here, never a file's content.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError

_PART_OF_NAME = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
_SYSTEM_NAMES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "lost+found"}
_WINDOWS_HIDDEN = 2 | 4  # FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One entry of the folder. `path` is relative, with `/`; `problem` is set where it cannot even be looked at."""

    path: str
    label: str
    part: str
    size: int = 0
    mtime_ns: int = 0
    problem: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """All files by path, the class folders by name (also those without files), and how many files are hidden."""

    files: tuple[FoundFile, ...]
    class_folders: tuple[str, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """`names` from the data folder down; `status` is None where it cannot be had, for the reason `problem`."""

    names: tuple[str, ...]
    status: os.stat_result | None = None
    problem: str = ""

    @property
    def is_folder(self) -> bool:
        return self.status is not None and stat.S_ISDIR(self.status.st_mode)

    @property
    def is_hidden(self) -> bool:
        attributes = getattr(self.status, "st_file_attributes", 0)  # Windows alone has them
        return _is_hidden_name(self.names[-1]) or bool(attributes & _WINDOWS_HIDDEN)


def contents(folder: Path, safe_point: Callable[[], None] = lambda: None) -> Contents:
    """Walk the folder. `safe_point` is called now and then and may raise Cancelled.

    Raises UserError NO_SUCH_FOLDER or NO_PERMISSION.
    """
    _check(folder)
    parts = _parts(folder)
    files: list[FoundFile] = []
    classes: set[str] = set()
    hidden = 0
    for entry in _walk(folder, safe_point):
        part, below = _placed(entry.names, parts)
        if entry.is_hidden:
            hidden += _count_files(folder.joinpath(*entry.names))
        elif entry.is_folder and not entry.problem:
            if len(below) == 1 and (part or not parts):
                classes.add(below[0])
        else:
            label = below[0] if len(below) > 1 and (part or not parts) else ""
            files.append(_as_file(entry, label, part))
    files.sort(key=lambda file: os.fsencode(file.path))
    return Contents(tuple(files), tuple(sorted(classes, key=os.fsencode)), hidden)


def _check(folder: Path) -> None:
    try:
        with os.scandir(folder):
            pass
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError("NO_SUCH_FOLDER", folder=str(folder)) from error
    except PermissionError as error:
        raise UserError("NO_PERMISSION", path=str(folder)) from error
    except OSError as error:
        raise UserError("NO_SUCH_FOLDER", folder=str(folder)) from error


def _parts(folder: Path) -> Mapping[str, str]:
    """Which folders at the top are parts of a split; none where they are classes."""
    folders = _visible_folders(folder)
    parts = {name: _PART_OF_NAME[name.lower()] for name in folders if name.lower() in _PART_OF_NAME}
    several = len(set(parts.values())) > 1 or len(folders) == 1
    has_classes = any(_visible_folders(folder / name) for name, part in parts.items() if part == "train")
    return parts if several and has_classes else {}


def _visible_folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir() and not _is_hidden_name(entry.name)]
    except OSError:
        return []


def _placed(names: tuple[str, ...], parts: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The part, and the names below it: the class's first."""
    part = parts.get(names[0], "")
    return (part, names[1:]) if part else ("", names)


def _walk(folder: Path, safe_point: Callable[[], None]) -> Iterator[_Entry]:
    """Every entry below the folder. Each folder is entered once, however many links lead there, real names first."""
    seen: set[tuple[int, int]] = set()
    real: list[_Entry] = [_Entry(())]
    links: list[_Entry] = []
    while real or links:
        safe_point()
        entry = real.pop() if real else links.pop(0)
        path = folder.joinpath(*entry.names)
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as children:
                found = sorted(children, key=lambda child: os.fsencode(child.name))
        except OSError as error:
            if not entry.names:
                raise UserError("NO_SUCH_FOLDER", folder=str(folder)) from error
            yield _Entry(entry.names, entry.status, _code(error))
            continue
        if entry.names:
            yield entry
        for child in found:
            below = _look(child, entry.names)
            if below.is_folder and not below.is_hidden:
                (links if child.is_symlink() else real).append(below)
            else:
                yield below


def _look(child: os.DirEntry[str], above: tuple[str, ...]) -> _Entry:
    names = (*above, child.name)
    try:
        status = child.stat()
    except FileNotFoundError:
        return _Entry(names, None, "BROKEN_LINK")
    except OSError as error:
        return _Entry(names, None, _code(error))
    if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
        return _Entry(names, status)
    return _Entry(names, status, "NOT_A_FILE")


def _as_file(entry: _Entry, label: str, part: str) -> FoundFile:
    path = "/".join(entry.names)
    if entry.status is None:
        return FoundFile(path, label, part, problem=entry.problem)
    return FoundFile(path, label, part, entry.status.st_size, entry.status.st_mtime_ns, entry.problem)


def _code(error: OSError) -> str:
    codes = {errno.ELOOP: "BROKEN_LINK", errno.ENAMETOOLONG: "NAME", errno.EINVAL: "NAME"}
    return codes.get(error.errno or 0, "NO_PERMISSION")


def _is_hidden_name(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES


def _count_files(path: Path) -> int:
    """Files of a hidden entry, which may be a folder of them; links to folders count as one and are not followed."""
    if path.is_symlink() or not path.is_dir():
        return 1
    return sum(len(files) for _, _, files in os.walk(path))
