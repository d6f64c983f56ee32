"""What was measured of each backbone on this machine: how fast each way of computing its features is, and whether it is
right. Imports no torch, so that a list of it costs nothing; `core.backbones.ways` does the measuring.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from core.project import atomic, places

Precision = Literal["fp32", "bf16", "fp16"]
# How features are computed: torch in one of the precisions, or ONNX Runtime, which is fp32 too.
Way = Literal["fp32", "bf16", "fp16", "onnx"]
ALL: tuple[Way, ...] = ("fp32", "bf16", "fp16", "onnx")
GRAPH_LOAD_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """One way on this machine: pictures a second, seconds before the first one, and how near it is to fp32.

    `answers` is the share of the probe's answers that stayed the same; `right` says whether the way may be taken.
    """

    way: Way
    rate: float
    setup: float
    cosine: float
    answers: float
    right: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one backbone on this machine. `complete` tells whether every way was tried; `failed` why some
    could not be."""

    ways: tuple[Measured, ...]
    batch: int
    complete: bool = False
    failed: Mapping[str, str] = field(default_factory=dict)

    def fastest(self, pictures: int, among: tuple[Way, ...] = ALL) -> Measured:
        """The way that is through first with so many pictures, its setup counted."""
        able = [one for one in self.ways if one.right and one.way in among]
        return min(able, key=lambda one: one.setup + pictures / one.rate)

    def with_graph(self) -> "Record":
        """The same once ONNX Runtime's graph is there and need only be loaded."""
        ways = [
            replace(one, setup=min(one.setup, GRAPH_LOAD_SECONDS)) if one.way == "onnx" else one for one in self.ways
        ]
        return replace(self, ways=tuple(ways))


def folder() -> Path:
    """Where the records lie; their names begin with those of the weights."""
    return places.cache_folder() / "ways"


def path_of(weights_hash: str, key: str) -> Path:
    return folder() / f"{weights_hash[:16]}-{key}.json"


def write(path: Path, found: Record) -> None:
    atomic.write_json(path, asdict(found))


def read(path: Path) -> Record | None:
    """A record from its file; None where it is missing or damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        ways = tuple(Measured(**one) for one in kept["ways"])
        found = Record(ways, int(kept["batch"]), bool(kept["complete"]), dict(kept["failed"]))
        return found if any(one.right and one.rate > 0 for one in ways) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def latest(weights_hash: str) -> Record | None:
    """What was last measured with these weights here, whatever the size of the pictures."""
    files = sorted(folder().glob(f"{weights_hash[:16]}-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return next(filter(None, map(read, files)), None)


def as_row(found: Record | None) -> dict[str, Any] | None:
    """For the list: the way that serves most often, its milliseconds a picture, and all that were tried."""
    if found is None:
        return None
    best = found.with_graph().fastest(1000)
    return {
        "way": best.way,
        "milliseconds": round(1000 / best.rate, 3),
        "batch": found.batch,
        "complete": found.complete,
        "ways": [asdict(one) for one in found.ways],
        "failed": dict(found.failed),
    }
