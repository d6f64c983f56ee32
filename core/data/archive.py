"""Unpack a .zip or .tar of pictures into the user's data folder: the whole of it or nothing, and each archive once.

An archive may come from a stranger. Only plain files are ever written, below a fresh folder of our own, without links
and without the permission to run; names that lead elsewhere, devices and bombs refuse the archive as a whole.
"""

import contextlib
import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.errors import UserError
from core.events import Reporter
from core.project.sources import unpacked_folder, unpacked_versions

BOMB_BYTES = 2**30
BOMB_RATIO = 200
"""What grows beyond both is a bomb. Pictures hardly shrink in an archive, flat drawings saved as BMP a hundredfold."""

ENTRIES = 5_000_000
_CHUNK = 2**20
_UTF8 = 0x800  # zip's flag for names in UTF-8 (APPNOTE 4.4.4)
_ENCRYPTED = 0x1
_MALFORMED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class _Member:
    """A file to be written; `size` as the archive claims it, `content` open for reading."""

    name: str
    size: int
    content: IO[bytes]


def unpack(archive: Path, reporter: Reporter) -> Path:
    """The folder that the archive's content lies in, unpacked at the first time.

    Raises UserError UNSAFE_ARCHIVE, DAMAGED_ARCHIVE, NO_SUCH_FOLDER, NO_PERMISSION, DISK_FULL, CANNOT_WRITE.
    """
    try:
        folder = unpacked_folder(archive)
        if folder.is_dir():
            return folder
        with _in_the_making(folder, archive) as target:
            _fill(archive, target, reporter)
    except FileNotFoundError as error:
        raise UserError("NO_SUCH_FOLDER", folder=str(archive)) from error
    return folder


def is_unpacked(archive: Path) -> bool:
    """Whether its content, as it is now, lies here already."""
    return unpacked_folder(archive).is_dir()


@contextlib.contextmanager
def _in_the_making(folder: Path, archive: Path) -> Iterator[Path]:
    """A folder to fill that becomes `folder` at the end, in place of what the archive held before, or else is gone."""
    versions = unpacked_versions(archive)
    _remove_leftovers(versions)
    making = versions / f"{folder.parent.name}.part-{os.getpid()}"
    try:
        try:
            (making / folder.name).mkdir(parents=True)
        except OSError as error:
            raise UserError("CANNOT_WRITE", path=str(versions), reason=error.strerror or str(error)) from error
        yield making / folder.name
        if hasattr(os, "sync"):
            os.sync()  # the name must not survive a power cut that the content did not
        with contextlib.suppress(OSError):  # somebody else unpacked it meanwhile
            making.rename(folder.parent)
        for older in versions.iterdir():
            if older.name != folder.parent.name and ".part-" not in older.name:
                shutil.rmtree(older, ignore_errors=True)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _remove_leftovers(versions: Path) -> None:
    """What processes left behind that were killed in the middle."""
    if not versions.is_dir():
        return
    import psutil

    for name in os.listdir(versions):
        _, part, pid = name.partition(".part-")
        if part and not (pid.isdecimal() and int(pid) != os.getpid() and psutil.pid_exists(int(pid))):
            shutil.rmtree(versions / name, ignore_errors=True)


def _fill(archive: Path, target: Path, reporter: Reporter) -> None:
    reporter.progress("archive", 0, 0)
    try:
        if archive.name.lower().endswith(".zip"):
            with zipfile.ZipFile(archive) as opened:
                _write_all(_of_zip(opened, archive, target), target, archive, reporter)
        else:
            with archive.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:*") as packed:
                _write_all(_of_tar(packed, archive), target, archive, reporter, raw)
    except PermissionError as error:
        raise UserError("NO_PERMISSION", path=str(archive)) from error
    except _MALFORMED as error:
        raise _damaged(archive, str(error) or type(error).__name__) from error


def _of_zip(opened: zipfile.ZipFile, archive: Path, target: Path) -> Iterator[_Member]:
    members = opened.infolist()
    names = [_zip_name(member) for member in members]
    _check_names(names, archive)
    _check_size(sum(member.file_size for member in members), archive)
    if sum(member.compress_size for member in members) > archive.stat().st_size:
        raise _unsafe(archive, "its entries lie over one another")
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise _damaged(archive, "it is locked with a password")
    for member, name in zip(members, names, strict=True):
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
            raise _unsafe(archive, f"{name} is neither a file nor a folder")
        if kind == stat.S_IFLNK:
            _check_link(name, os.fsdecode(opened.read(member)) if member.file_size < 2**16 else "/", archive)
    if (free := shutil.disk_usage(target).free) < (wanted := sum(member.file_size for member in members)):
        raise UserError("DISK_FULL", path=f"{target} ({wanted - free:,} bytes are missing)")
    for member, name in zip(members, names, strict=True):
        if not member.is_dir() and not stat.S_ISLNK(member.external_attr >> 16):
            with opened.open(member) as content:
                yield _Member(name, member.file_size, content)


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Many programs write UTF-8 without saying so."""
    if member.flag_bits & _UTF8:
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename


def _of_tar(packed: tarfile.TarFile, archive: Path) -> Iterator[_Member]:
    """In one pass, since a compressed archive cannot be looked through beforehand without being unpacked."""
    for member in packed:
        _check_names([member.name], archive)
        if member.issym() or member.islnk():
            _check_link(member.name if member.issym() else "", member.linkname, archive)
        elif member.isfile():
            content = packed.extractfile(member)
            if content is not None:
                yield _Member(member.name, member.size, content)
        elif not member.isdir():
            raise _unsafe(archive, f"{member.name} is neither a file nor a folder")


def _write_all(
    members: Iterable[_Member], target: Path, archive: Path, reporter: Reporter, raw: IO[bytes] | None = None
) -> None:
    """Progress is counted in bytes of the archive where `raw` is read through, else in bytes written."""
    packed_size = archive.stat().st_size
    written = 0
    for number, member in enumerate(members):
        if number >= ENTRIES:
            raise _unsafe(archive, f"it holds more than {ENTRIES:,} files")
        path = target.joinpath(*_parts(member.name))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                while chunk := member.content.read(_CHUNK):
                    written += len(chunk)
                    _check_size(written, archive)
                    file.write(chunk)
                    reporter.progress("archive", min(raw.tell() if raw else written, packed_size), packed_size)
        except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
            raise _unsafe(archive, f"{member.name} is a file and a folder at once") from error
        except OSError as error:
            if error.filename is None or isinstance(error, PermissionError):
                raise  # the archive's own, or what the caller explains
            raise _damaged(archive, f"{member.name}: {error.strerror}") from error
    reporter.progress("archive", packed_size, packed_size)


def _check_names(names: Iterable[str], archive: Path) -> None:
    for name in names:
        plain = name.replace("\\", "/")
        drive = len(plain) > 1 and plain[1] == ":"
        if plain.startswith("/") or drive or "\0" in plain or ".." in plain.split("/"):
            raise _unsafe(archive, f"the name {name!r} leads out of it")


def _check_link(name: str, leads_to: str, archive: Path) -> None:
    """Links are never made; one that leads out tells of a bad intent."""
    goal = leads_to.replace("\\", "/")
    inside = os.path.normpath(os.path.join(os.path.dirname(name), goal))  # noqa: PTH120
    if goal.startswith("/") or goal[1:2] == ":" or inside == ".." or inside.startswith(f"..{os.sep}"):
        raise _unsafe(archive, f"the link {name or leads_to!r} leads out of it")


def _check_size(size: int, archive: Path) -> None:
    if size > BOMB_BYTES and size > BOMB_RATIO * archive.stat().st_size:
        raise _unsafe(archive, f"it would grow to more than {BOMB_RATIO} times its size")


def _parts(name: str) -> list[str]:
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def _unsafe(archive: Path, reason: str) -> UserError:
    return UserError("UNSAFE_ARCHIVE", path=str(archive), reason=reason)


def _damaged(archive: Path, reason: str) -> UserError:
    return UserError("DAMAGED_ARCHIVE", path=str(archive), reason=reason)
