"""Downloads that were broken off: what came is kept, with a note of whose it is, so that a later try goes on there.

Imports no torch, so that a list of them costs nothing.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path

from core.project import atomic, places

# What nobody came back for is given up; the numbers can be had again.
KEPT_SECONDS = 60 * 24 * 3600.0


def folder() -> Path:
    return places.weights_folder() / "incoming"


def path_of(origin: str, expected: str) -> Path:
    """Where the bytes of a file lie: `origin` says which file, `expected` (of its SHA-256) which edition of it."""
    return folder() / f"{hashlib.sha256(f'{origin} {expected}'.encode()).hexdigest()[:32]}.part"


def note(part: Path, name: str, total: int) -> None:
    """Write down that these bytes belong to the backbone `name` and will be `total` when whole."""
    atomic.write_json(part.with_suffix(".json"), {"name": name, "total": total})


def forget(part: Path) -> None:
    """The bytes served their purpose, or none."""
    for path in (part, part.with_suffix(".json")):
        path.unlink(missing_ok=True)


def standing() -> Mapping[str, Mapping[str, int]]:
    """By backbone: `done` of `total` bytes, for every download that was begun and is not whole."""
    return {name: {"done": part.stat().st_size, "total": total} for part, name, total in _notes()}


def discard(name: str) -> None:
    """Give up what came for a backbone."""
    for part, whose, _ in _notes():
        if whose == name:
            forget(part)


def sweep() -> None:
    """Give up what was left lying for months. The clock may be wrong: then it is downloaded again, nothing worse."""
    for part, _, _ in _notes():
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > KEPT_SECONDS:
                forget(part)


def _notes() -> list[tuple[Path, str, int]]:
    found = []
    for path in sorted(folder().glob("*.json")) if folder().is_dir() else ():
        part = path.with_suffix(".part")
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(path.read_text(encoding="utf-8"))
            if part.is_file():
                found.append((part, str(kept["name"]), int(kept["total"])))
    return found
