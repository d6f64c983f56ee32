"""The SQLite file of a project: opening it, whole transactions, and failures in the user's words.

One writer (the engine's worker) and any number of readers at the same time (WAL): what they see is always a whole
transaction. One store may be used from any thread; calls wait for one another.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import UserError

FILE_NAME = "project.sqlite"
VERSION = 3

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pictures (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    label BLOB NOT NULL,
    folder_label BLOB NOT NULL,
    part TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    perceptual_hash TEXT NOT NULL,
    flatness REAL NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    problem TEXT NOT NULL,
    params TEXT NOT NULL,
    notes TEXT NOT NULL,
    left_out INTEGER NOT NULL DEFAULT 0,
    present INTEGER NOT NULL DEFAULT 1,
    is_new INTEGER NOT NULL DEFAULT 1,
    group_key BLOB NOT NULL DEFAULT x'',
    own_part TEXT NOT NULL DEFAULT '',
    own_group TEXT NOT NULL DEFAULT '',
    dealt TEXT NOT NULL DEFAULT '',
    twin INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS by_label ON pictures (label, path);
CREATE INDEX IF NOT EXISTS by_content ON pictures (content_hash);
CREATE INDEX IF NOT EXISTS by_twin ON pictures (twin) WHERE twin;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS classes (
    name BLOB PRIMARY KEY, colour INTEGER NOT NULL, place INTEGER NOT NULL, made INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS renamed (folder BLOB PRIMARY KEY, label BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS not_twins (one TEXT, other TEXT, PRIMARY KEY (one, other)) STRICT;
CREATE TABLE IF NOT EXISTS alike (one TEXT, other TEXT, PRIMARY KEY (one, other)) STRICT;
CREATE TABLE IF NOT EXISTS edits (
    number INTEGER PRIMARY KEY, name TEXT UNIQUE, body TEXT NOT NULL, done INTEGER NOT NULL
) STRICT;
"""
_UPGRADES = {
    1: "ALTER TABLE pictures ADD COLUMN group_key BLOB NOT NULL DEFAULT x'';",
    2: "ALTER TABLE pictures ADD COLUMN own_part TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE pictures ADD COLUMN own_group TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE pictures ADD COLUMN dealt TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE pictures ADD COLUMN twin INTEGER NOT NULL DEFAULT 0;",
}
"""What makes a file of each earlier version one of the next."""


class Store:
    """`open` gives one; it is its own context manager."""

    def __init__(self, project: Path, connection: sqlite3.Connection) -> None:
        self.project = project
        self._connection = connection
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()

    @classmethod
    def open(cls, project: Path, read_only: bool = False) -> Self:
        """The store of a project folder; made where there is none yet.

        Raises UserError NO_SUCH_FILE (read-only, none there), NOT_A_PROJECT, NEWER_PROJECT, CANNOT_WRITE, DISK_FULL.
        """
        path = project / FILE_NAME
        with _explained(path):
            return cls(project, _connect_to_read(path) if read_only else _connect_to_write(path))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, query: str, values: Sequence[object]) -> list[sqlite3.Row]:
        with self._lock, _explained(self.project / FILE_NAME):
            return self._connection.execute(query, values).fetchall()

    def _kept(self, name: str) -> bytes | None:
        rows = self._rows("SELECT value FROM kept WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows else None

    def _keep(self, name: str, value: bytes) -> None:
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    def _forget(self, name: str) -> None:
        with self._transaction():
            self._connection.execute("DELETE FROM kept WHERE name = ?", (name,))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; a transaction within another is part of it."""
        with self._lock, _explained(self.project / FILE_NAME):
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _connect_to_write(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("CANNOT_WRITE", path=str(path.parent), reason=error.strerror or str(error)) from error
    connection = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives a power cut
    version = _version(path, connection)
    upgrades = "".join(_UPGRADES[older] for older in range(version, VERSION)) if version else ""
    if version < VERSION:
        connection.executescript(f"BEGIN IMMEDIATE; {upgrades} {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    return connection


def _connect_to_read(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise UserError("NO_SUCH_FILE", path=str(path))
    address = path.resolve().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=10, check_same_thread=False)
    try:
        version = _version(path, connection)
    except sqlite3.OperationalError:
        # On a disk that cannot be written WAL has no shared memory; nobody writes there either.
        connection.close()
        connection = sqlite3.connect(f"{address}?immutable=1", uri=True, timeout=10, check_same_thread=False)
        version = _version(path, connection)
    if version < VERSION:  # of an older Graft: to be read it must be renewed first
        connection.close()
        _connect_to_write(path).close()
        return _connect_to_read(path)
    return connection


def _version(path: Path, connection: sqlite3.Connection) -> int:
    """Of the file; 0 where it is new."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        connection.close()
        raise UserError("NEWER_PROJECT", path=str(path.parent))
    connection.execute("SELECT count(*) FROM sqlite_master")
    return version


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise UserError("DISK_FULL", path=str(path)) from error
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise UserError("NOT_A_PROJECT", path=str(path.parent)) from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY):
            raise UserError("CANNOT_WRITE", path=str(path), reason=str(error)) from error
        raise
