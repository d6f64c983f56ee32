"""A project: a folder that holds a dataset index and runs, written by one window at a time."""

import contextlib
import os
import re
import time
from pathlib import Path
from types import TracebackType

from core.errors import UserError
from core.project import places
from core.project.index import FILE_NAME, Index
from core.project.lock import Holder, Lock
from core.project.runs import Run, runs_in
from core.project.sources import root_of

_RUN_NUMBER = re.compile(r"(\d+)-")


class Project:
    """An open project; `open`, `create` and `of` give one. `read_only` where another window holds it, named by
    `holder`, or where the disk cannot be written; then `holder` is None. Its own context manager."""

    def __init__(self, folder: Path, mine: Holder | None, holder: Holder | None = None) -> None:
        self.folder = folder
        self.holder = holder
        self._mine = mine

    @classmethod
    def open(cls, folder: Path) -> "Project":
        """An existing project. Raises UserError NO_SUCH_FOLDER, NOT_A_PROJECT, NEWER_PROJECT, DISK_FULL."""
        if not folder.is_dir():
            raise UserError("NO_SUCH_FOLDER", folder=str(folder))
        if not (folder / FILE_NAME).is_file():
            raise UserError("NOT_A_PROJECT", path=str(folder))
        try:
            with Lock.open(folder) as lock:
                holder, is_mine = lock.take()
        except UserError as error:
            if error.code != "CANNOT_WRITE":
                raise
            return cls(folder, None)
        return cls(folder, holder) if is_mine else cls(folder, None, holder)

    @classmethod
    def create(cls, folder: Path, data: Path | None = None) -> "Project":
        """A new project, or the one that is there already, for the pictures in `data`: a folder, a table, an archive.

        Raises UserError CANNOT_WRITE, DISK_FULL, NOT_A_SOURCE, and what `open` raises.
        """
        if not (folder / FILE_NAME).is_file():
            with Index.open(folder) as index:
                if data is not None:
                    index.store_data_folder(root_of(data.absolute()))
                    index.store_source(data.absolute())
        return cls.open(folder)

    @classmethod
    def of(cls, data: Path) -> "Project":
        """The project that belongs to a folder of pictures, made at the first time. Raises what `create` raises."""
        return cls.create(places.default_project(data), data)

    def take_over(self) -> None:
        """Hold it from now on, though a machine that the user knows to be gone never gave it back.

        Raises UserError CANNOT_WRITE, DISK_FULL.
        """
        with Lock.open(self.folder) as lock:
            holder, is_mine = lock.take(from_elsewhere=True)
        self._mine, self.holder = (holder, None) if is_mine else (None, holder)

    @property
    def read_only(self) -> bool:
        return self._mine is None

    @property
    def data_folder(self) -> Path | None:
        with self.index() as index:
            return index.data_folder

    @property
    def runs_folder(self) -> Path:
        return self.folder / "runs"

    def index(self) -> Index:
        """The dataset index, to read: open it where it is needed and close it after. Raises what `Index.open` does."""
        return Index.open(self.folder, read_only=True)

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        return runs_in(self.runs_folder)

    def new_run_folder(self) -> Path:
        """A path for the next run, not made yet. Its number orders runs, whatever the clock said meanwhile."""
        names = os.listdir(self.runs_folder) if self.runs_folder.is_dir() else []
        numbers = [int(found.group(1)) for found in map(_RUN_NUMBER.match, names) if found]
        number = max(numbers, default=0) + 1
        return self.runs_folder / f"{number:04d}-{time.strftime('%Y%m%d-%H%M%S')}"

    def close(self) -> None:
        """Give the project back, so that another window may write."""
        if self._mine is not None:
            with contextlib.suppress(UserError), Lock.open(self.folder) as lock:  # a dead holder's lock is reclaimed
                lock.release(self._mine)
        self._mine = None

    def __enter__(self) -> "Project":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
