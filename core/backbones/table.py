"""The whole catalogue, kept on disk for as long as the libraries stay the same, so that it opens without them.

Two files in the cache folder, named after the versions of timm and torchvision: the rows, made in a moment from the
registries, and the numbers of parameters, for which each network must be built once (without memory for its numbers).
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.backbones.entry import Entry
from core.events import Reporter
from core.project import atomic, places

LAYOUT = 1
KEPT_EVERY_SECONDS = 5.0
_read: dict[Path, tuple[Entry, ...]] = {}  # rows as read from disk: they never change under one name


def known() -> list[Entry] | None:
    """All rows, without importing the libraries; None where these versions were never looked into."""
    path = _path("rows")
    if path not in _read:
        kept = _load(path)
        try:
            _read[path] = tuple(Entry(**{**row, "variants": tuple(row["variants"])}) for row in kept["rows"])
        except (KeyError, TypeError):
            return None
    counts = _counts()
    return [replace(row, parameters=counts.get(row.name, 0)) for row in _read[path]]


def read(reporter: Reporter) -> list[Entry]:
    """All rows, from the registries where these versions were never looked into."""
    rows = known()
    if rows is not None:
        return rows
    from core.backbones import registries

    reporter.progress("catalogue", 0, 0)
    made = list(registries.all_entries())
    atomic.write_json(_path("rows"), {"rows": [asdict(row) for row in made]})
    return known() or made


def count(most_seconds: float, reporter: Reporter) -> int:
    """Count the parameters of networks that were not counted yet, for so long; how many are left then.

    What was counted is kept, also when cancelled.
    """
    rows, counts = read(reporter), dict(_counts())
    todo = [row for row in rows if row.name not in counts]
    if not todo:
        return 0
    from core.backbones import registries

    began = kept = time.monotonic()
    done = 0
    try:
        for done, row in enumerate(todo):
            now = time.monotonic()
            if now - began > most_seconds:
                return len(todo) - done
            if now - kept > KEPT_EVERY_SECONDS:
                _keep(counts)
                kept = now
            reporter.progress("parameters", len(rows) - len(todo) + done, len(rows))
            counts[row.name] = _count(registries, row)
        return 0
    finally:
        _keep(counts)


def uncounted(rows: list[Entry]) -> int:
    """How many of the rows nobody tried to count yet."""
    counts = _counts()
    return sum(row.name not in counts for row in rows)


def _count(registries: Any, row: Entry) -> int:
    try:
        return int(registries.count_parameters(row, at_any_cost=False))
    except Exception:  # one network of a thousand that cannot be built here must not hide the others
        return 0


def _counts() -> Mapping[str, int]:
    kept = _load(_path("parameters"))
    return {name: count for name, count in kept.items() if isinstance(count, int)}


def _keep(counts: Mapping[str, int]) -> None:
    atomic.write_json(_path("parameters"), dict(counts))


def _path(what: str) -> Path:
    name = f"timm-{version('timm')}-torchvision-{version('torchvision')}-{LAYOUT}"
    return places.cache_folder() / "catalogue" / f"{name}-{what}.json"


def _load(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
