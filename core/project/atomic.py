"""Every write that matters is whole or absent: temporary file, fsync, rename, fsync of the folder."""

import contextlib
import errno
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import UserError

_ASIDE, _PART, _BEFORE = ".graft-", ".part", "before-"
_DAY = 24 * 60 * 60.0


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Hand out a temporary path beside `path`; what was written there takes `path`'s place when the block ends.

    If the block fails, `path` is as it was. Raises UserError DISK_FULL or CANNOT_WRITE.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")
        # Not by tempfile, which hides files from everybody else: who may read them is the user's umask to say.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
        try:
            yield temporary
            _sync(temporary, os.O_RDWR)
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Hand out a temporary folder beside `path`, removed when the block ends; what is to stay is `put` from there.

    For several files that belong together, or a whole folder. What a process left there that was killed is removed
    after a day. Raises UserError DISK_FULL or CANNOT_WRITE.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        folder = Path(tempfile.mkdtemp(prefix=_ASIDE, suffix=_PART, dir=path.parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Nothing that is still being written stands untouched for a day, on whatever machine. What had stepped aside when
    the process was killed is all that there is, and stays."""
    for left in folder.glob(f"{_ASIDE}*{_PART}"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _DAY and not any(left.glob(f"{_BEFORE}*/*")):
                shutil.rmtree(left, ignore_errors=True)


def put(written: Path, path: Path) -> None:
    """Move a whole file, or folder of files, to `path` on the same disk. A folder takes the place of another only
    while the old one steps aside, into the folder that `written` lies in."""
    with _explained(path):
        for file in written.iterdir() if written.is_dir() else (written,):
            _sync(file, os.O_RDWR)
        if written.is_dir() and path.exists():
            path.rename(Path(tempfile.mkdtemp(prefix=_BEFORE, dir=written.parent)) / path.name)
        written.replace(path)
        _sync_folder(path.parent)


def write_bytes(path: Path, content: bytes) -> None:
    with whole(path) as temporary:
        temporary.write_bytes(content)


def append(path: Path, content: bytes) -> None:
    """Add to the end of a file all of `content` or nothing: on a full disk no half record stays, for the next one would
    stick to it. Not synced. Raises OSError."""
    before = path.stat().st_size if path.exists() else 0
    try:
        with path.open("ab") as file:
            file.write(content)
    except OSError:
        with contextlib.suppress(OSError):
            os.truncate(path, before)
        raise


def write_text(path: Path, content: str) -> None:
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    # File names that are no text keep their bytes as lone surrogates, which JSON can only hold escaped: as "\udcff".
    write_bytes(path, json.dumps(content, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError("DISK_FULL", path=str(path)) from error
        raise UserError("CANNOT_WRITE", path=str(path), reason=error.strerror or str(error)) from error


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        _sync(folder, os.O_RDONLY)
