"""What lies in a folder, by names and metadata alone: no file is opened."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError

_SYSTEM_NAMES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "lost+found"}
_WINDOWS_HIDDEN = 2 | 4  # FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM

Visited = set[tuple[int, int]]
"""Folders by device and inode."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder. `names` from the walked folder down; `problem` is set where it cannot even be looked at."""

    names: tuple[str, ...]
    is_folder: bool = False
    size: int = 0
    mtime_ns: int = 0
    problem: str = ""

    @property
    def path(self) -> str:
        return "/".join(self.names)


@dataclass(frozen=True, slots=True)
class Listing:
    """All visible entries, in no order, and how many files are hidden."""

    entries: tuple[Entry, ...]
    hidden: int

    @property
    def files(self) -> Iterator[Entry]:
        return (entry for entry in self.entries if not entry.is_folder)

    @property
    def folders(self) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.is_folder)


def list_folder(folder: Path, safe_point: Callable[[], None] = lambda: None, visited: Visited | None = None) -> Listing:
    """Walk the folder. Each folder is entered once, however many links lead there, real names first; those in
    `visited` are passed over, and those entered are added. `safe_point` is called now and then and may raise Cancelled.

    Raises UserError NO_SUCH_FOLDER or NO_PERMISSION.
    """
    _check(folder)
    seen: Visited = set() if visited is None else visited
    entries: list[Entry] = []
    hidden = 0
    real: list[tuple[str, ...]] = [()]
    links: list[tuple[str, ...]] = []
    while real or links:
        safe_point()
        names = real.pop() if real else links.pop(0)
        path = os.path.join(folder, *names)
        try:
            status = os.stat(path)  # noqa: PTH116 - a hundred thousand times Path is slow
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as children:
                found = sorted(children, key=lambda child: os.fsencode(child.name))
        except OSError as error:
            if not names:
                raise UserError("NO_SUCH_FOLDER", folder=str(folder)) from error
            entries.append(Entry(names, problem=_code(error)))
            continue
        if names:
            entries.append(Entry(names, is_folder=True))
        for child in found:
            below, is_hidden = _look(child, names)
            if is_hidden:
                hidden += _count_files(child.path)
            elif below.is_folder:
                (links if child.is_symlink() else real).append(below.names)
            else:
                entries.append(below)
    return Listing(tuple(entries), hidden)


def _check(folder: Path) -> None:
    try:
        with os.scandir(folder):
            pass
    except PermissionError as error:
        raise UserError("NO_PERMISSION", path=str(folder)) from error
    except OSError as error:
        raise UserError("NO_SUCH_FOLDER", folder=str(folder)) from error


def _look(child: "os.DirEntry[str]", above: tuple[str, ...]) -> tuple[Entry, bool]:
    """The entry, and whether it is hidden."""
    names = (*above, child.name)
    is_hidden = child.name.startswith(".") or child.name.lower() in _SYSTEM_NAMES
    try:
        status = child.stat()
    except FileNotFoundError:
        return Entry(names, problem="BROKEN_LINK"), is_hidden
    except OSError as error:
        return Entry(names, problem=_code(error)), is_hidden
    is_hidden = is_hidden or bool(getattr(status, "st_file_attributes", 0) & _WINDOWS_HIDDEN)  # Windows alone has them
    if stat.S_ISDIR(status.st_mode):
        return Entry(names, is_folder=True), is_hidden
    problem = "" if stat.S_ISREG(status.st_mode) else "NOT_A_FILE"
    return Entry(names, False, status.st_size, status.st_mtime_ns, problem), is_hidden


def _code(error: OSError) -> str:
    codes = {errno.ELOOP: "BROKEN_LINK", errno.ENAMETOOLONG: "NAME", errno.EINVAL: "NAME"}
    return codes.get(error.errno or 0, "NO_PERMISSION")


def _count_files(path: str) -> int:
    """Files of a hidden entry, which may be a folder of them; links to folders count as one and are not followed."""
    if os.path.islink(path) or not os.path.isdir(path):  # noqa: PTH112, PTH114
        return 1
    return sum(len(files) for _, _, files in os.walk(path))
