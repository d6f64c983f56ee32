"""The cache of resized pictures: one file of rows for each size and fit, which only grows, found by content hash.

A row counts once its hash and checksum are recorded, which happens after its bytes are written; what a crash leaves
behind the last record is written over. Several processes may write and read at the same time. The cache may be deleted
at any time, also while it is used.
"""

import contextlib
import errno
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.recipe import Fit

_ASKED_AT_ONCE = 500  # of the hashes; SQLite takes 999 in one question, or more
_VERSION = 2  # of what decoding and resizing make of a file: a new one leaves old rows alone


class Squares:
    """Resized pictures, uint8 [size, size, 3] each, by content hash."""

    def __init__(self, cache: Path, size: int, fit: Fit) -> None:
        self.size = size
        self.fit: Fit = fit
        self._bytes = size * size * 3
        folder = cache / "squares"
        self._pixels = folder / f"{size}-{fit}-{_VERSION}.u8"
        self._records = folder / f"{size}-{fit}-{_VERSION}.sqlite"

    def load(self, hashes: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Pictures uint8 [N, size, size, 3] and which of them are here (bool [N]); the others are zero."""
        pictures = np.zeros((len(hashes), self.size, self.size, 3), dtype=np.uint8)
        here = np.zeros(len(hashes), dtype=np.bool_)
        records = self._known(hashes)
        if not records:
            return pictures, here
        with self._pixels.open("rb") as file:
            for place, name in enumerate(hashes):
                row, checksum = records.get(name, (-1, 0))
                if row < 0:
                    continue
                file.seek(row * self._bytes)
                got = file.readinto(memoryview(pictures[place]).cast("B"))
                here[place] = got == self._bytes and zlib.crc32(memoryview(pictures[place])) == checksum
        return pictures, here

    def places(self, hashes: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """All pictures of the cache uint8 [M, size, size, 3], left on the disk, and the row of each hash [N]; -1 where
        it is not here. No checksum is looked at: `load` does that."""
        shape = (self.size, self.size, 3)
        records = self._known(hashes)
        whole = self._pixels.stat().st_size // self._bytes if records else 0
        if not whole:
            return np.empty((0, *shape), np.uint8), np.full(len(hashes), -1)
        rows = np.array([records.get(name, (-1, 0))[0] for name in hashes], np.int64)
        pixels = np.memmap(self._pixels, np.uint8, "r", shape=(whole, *shape))
        return pixels, np.where(rows < whole, rows, -1)

    def add(self, pictures: Sequence[tuple[str, NDArray[np.uint8]]], anew: bool = False) -> None:
        """Append pictures under their hashes; those that are there already only if `anew`, in place of the old.

        Raises UserError DISK_FULL, CANNOT_WRITE.
        """
        if not pictures:
            return
        with self._explained():
            self._pixels.parent.mkdir(parents=True, exist_ok=True)
            self._pixels.touch()
            with contextlib.closing(self._connect()) as records, self._pixels.open("r+b") as file:
                records.execute("BEGIN IMMEDIATE")  # from here to COMMIT no other process appends
                whole = os.fstat(file.fileno()).st_size // self._bytes
                records.execute("DELETE FROM rows WHERE row >= ?", (whole,))  # the pixels were deleted or cut
                row = records.execute("SELECT coalesce(max(row) + 1, 0) FROM rows").fetchone()[0]
                file.seek(row * self._bytes)
                for name, picture in pictures:
                    if not anew and records.execute("SELECT 1 FROM rows WHERE hash = ?", (name,)).fetchone():
                        continue
                    content = picture.tobytes()
                    file.write(content)
                    records.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", (name, row, zlib.crc32(content)))
                    row += 1
                file.flush()
                records.execute("COMMIT")

    def _known(self, hashes: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Of these hashes, row and checksum; empty where there is no cache or none that can be read."""
        if not self._records.is_file() or not self._pixels.is_file():
            return {}
        found: dict[str, tuple[int, int]] = {}
        try:
            with contextlib.closing(self._connect(read_only=True)) as records:
                for start in range(0, len(hashes), _ASKED_AT_ONCE):
                    some = hashes[start : start + _ASKED_AT_ONCE]
                    query = f"SELECT * FROM rows WHERE hash IN ({', '.join('?' * len(some))})"
                    found |= {name: (row, checksum) for name, row, checksum in records.execute(query, some)}
        except sqlite3.DatabaseError:
            return {}
        return found

    def _connect(self, read_only: bool = False) -> sqlite3.Connection:
        if read_only:
            return sqlite3.connect(f"{self._records.resolve().as_uri()}?mode=ro", uri=True, timeout=60)
        try:
            return self._prepared()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise
            self._records.unlink()  # it can be had again
            return self._prepared()

    def _prepared(self) -> sqlite3.Connection:
        records = sqlite3.connect(self._records, timeout=60, isolation_level=None)
        records.execute("PRAGMA synchronous = OFF")  # checksums tell what a power cut lost
        records.execute("CREATE TABLE IF NOT EXISTS rows (hash TEXT PRIMARY KEY, row INTEGER, checksum INTEGER)")
        return records

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.DatabaseError) as error:
            full = getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT)
            if full or getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise UserError("DISK_FULL", path=str(self._pixels)) from error
            raise UserError("CANNOT_WRITE", path=str(self._pixels), reason=str(error)) from error
