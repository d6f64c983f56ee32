"""What can be opened: a folder of pictures, a table that lists pictures, or an archive of either."""

import hashlib
import os
from pathlib import Path
from typing import Literal

from core.errors import UserError
from core.project import places

SourceKind = Literal["folder", "table", "archive"]

TABLE_SUFFIXES = (".csv", ".tsv", ".tab")
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif")
ARCHIVE_SUFFIXES = (
    ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz",
)  # fmt: skip


def kind_of(path: Path) -> SourceKind:
    """By its name, and whether it is there. Raises UserError NO_SUCH_FOLDER, NOT_A_SOURCE."""
    if path.is_dir():
        return "folder"
    if not path.exists():
        raise UserError("NO_SUCH_FOLDER", folder=str(path))
    name = path.name.lower()
    if name.endswith(TABLE_SUFFIXES):
        return "table"
    if name.endswith(ARCHIVE_SUFFIXES):
        return "archive"
    raise UserError("NOT_A_SOURCE", path=str(path))


def source_at(path: Path) -> Path:
    """What a person means who names or drops `path`: itself, or the folder that a picture lies in.

    Raises what `kind_of` raises."""
    if path.is_file() and path.name.lower().endswith(PICTURE_SUFFIXES):
        return path.parent
    kind_of(path)
    return path


def root_of(path: Path) -> Path:
    """The folder that the pictures' relative names start from: of a table the one it lies in, of an archive the one
    that it is, or will be, unpacked to. Raises what `kind_of` raises."""
    kind = kind_of(path)
    if kind == "folder":
        return path
    return path.parent if kind == "table" else unpacked_folder(path)


def unpacked_folder(archive: Path) -> Path:
    """Where the archive's content goes, as it is now: another one where it changed. The folder has the archive's name
    so that the project is called like it."""
    name = archive.name
    for suffix in sorted(ARCHIVE_SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    return unpacked_versions(archive) / _stamp(archive) / (name.lstrip(".") or "pictures")


def unpacked_versions(archive: Path) -> Path:
    """The folder of everything that was ever unpacked from this path."""
    key = hashlib.sha256(os.fsencode(os.path.realpath(archive))).hexdigest()[:12]
    return places.data_folder() / "unpacked" / key


def _stamp(archive: Path) -> str:
    status = archive.stat()
    return hashlib.sha256(f"{status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:12]
