"""Whether the folder still is as it was read: by names, sizes and times alone.

Not by the system's notices of changes: network drives send none, a watch on each of ten thousand folders exceeds what
systems allow, and setting one waits for the disk. A look at 10,000 files takes some tenths of a second and opens none.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.data.archive import is_unpacked
from core.data.sources import Gathered, look, places_of
from core.errors import Cancelled, UserError
from core.events import Reporter
from core.project.index import Index
from core.project.sources import kind_of
from core.recipe import Data

PATIENCE_SECONDS = 20.0
"""A disk that gives no sign of life for so long is called out of reach."""

_ASK_SECONDS = 0.1
_NO_FILES = ("MISSING", "AMBIGUOUS")


@dataclass(slots=True)
class _Looking:
    """A look in a thread of its own: a disk that hangs must not hang the process that waits for it."""

    signs: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    stopped: bool = False
    found: Gathered | None = None
    failure: Exception | None = None

    def safe_point(self) -> None:
        self.signs += 1
        if self.stopped:
            raise Cancelled


_hanging: list[_Looking] = []


def compare(data: Data, index: Index, reporter: Reporter, patience: float = PATIENCE_SECONDS) -> dict[str, Any]:
    """How many files were `added`, `changed` and `removed` since the last scan, and whether the place can be `reached`.

    Raises Cancelled.
    """
    nothing = {"reached": False, "added": 0, "changed": 0, "removed": 0}
    if any(not looking.ended.is_set() for looking in _hanging):
        return nothing  # still waiting for the last one
    _hanging.clear()
    looking = _Looking()
    threading.Thread(target=_look, args=(data, looking), name="look", daemon=True).start()
    try:
        alive = _wait(looking, reporter.check_cancelled, patience)
    finally:
        looking.stopped = True
        _hanging.append(looking)
    if not alive or isinstance(looking.failure, (UserError, OSError)):
        return nothing
    if looking.failure is not None:
        raise looking.failure
    if looking.found is None:  # an archive is another one now
        return {"reached": True, "added": 0, "changed": 1, "removed": 0}
    return {"reached": True, **_differences(looking.found, index)}


def _look(data: Data, looking: _Looking) -> None:
    try:
        if all(kind_of(source) != "archive" or is_unpacked(source) for source in places_of(data)):
            looking.found = look(data, looking.safe_point)
    except Exception as error:
        looking.failure = error
    looking.ended.set()


def _wait(looking: _Looking, safe_point: Callable[[], None], patience: float) -> bool:
    """Until it ended (true), or gave no sign of life for too long."""
    seen, since = looking.signs, 0.0
    while not looking.ended.wait(_ASK_SECONDS):
        safe_point()
        since = 0.0 if looking.signs != seen else since + _ASK_SECONDS
        seen = looking.signs
        if since > patience:
            return False
    return True


def _differences(found: Gathered, index: Index) -> dict[str, int]:
    now = {file.path: (file.size, file.mtime_ns) for file in found.files if file.problem not in _NO_FILES}
    known = {
        path: (file.size, file.mtime_ns)
        for path, file in index.known().items()
        if file.present and file.problem not in _NO_FILES
    }
    before = [source.get("stamp") for source in index.sources()]
    tables = bool(before) and before != [source["stamp"] for source in found.sources]
    return {
        "added": sum(path not in known for path in now),
        "changed": tables + sum(path in known and known[path] != stamp for path, stamp in now.items()),
        "removed": sum(path not in now for path in known),
    }
