"""One file of the data folder as the index knows it, and how that stands in a row."""

import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import Problem

COLUMNS = (
    "id, path, label, part, size, mtime_ns, content_hash, perceptual_hash, flatness, width, height, "
    "CASE WHEN problem = '' AND label = x'' THEN 'UNLABELLED' ELSE problem END AS problem, left_out, params, notes, "
    "group_key, own_part, own_group, dealt, twin"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One file of the data folder. `path` is relative to it, with `/` between names.

    `part` is what the folders or the table say: `train`, `val`, `test` or nothing; `group` is what the table says
    belongs together (a patient, a slide), or nothing. `flatness` is the share of the picture that is of its commonest
    shade, from 0 to 1. `problem` is the code for which the file is skipped, or nothing; `notes` are codes of what is
    odd about a picture that is used all the same.

    `own_part` and `own_group` are what the user said by hand. `dealt` is the part that it was dealt to when that was
    last worked out (nothing: left out), `twin` the number of its group of twins (0: none).
    """

    id: int
    path: str
    label: str
    part: str
    size: int
    mtime_ns: int
    content_hash: str
    perceptual_hash: str
    width: int
    height: int
    problem: str
    excluded: bool
    flatness: float = 0.0
    params: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()
    group: str = ""
    own_part: str = ""
    own_group: str = ""
    dealt: str = ""
    twin: int = 0

    @property
    def usable(self) -> bool:
        return not self.problem and not self.excluded


def as_picture(row: sqlite3.Row) -> Picture:
    """From a row of `COLUMNS`."""
    path = os.fsdecode(row["path"])
    return Picture(
        id=row["id"],
        path=path,
        label=os.fsdecode(row["label"]),
        part=row["part"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        content_hash=row["content_hash"],
        perceptual_hash=row["perceptual_hash"],
        width=row["width"],
        height=row["height"],
        problem=row["problem"],
        excluded=bool(row["left_out"]),
        flatness=row["flatness"],
        params=json.loads(row["params"]) if row["params"] != "{}" else {},
        notes=tuple(Problem(code, path, params) for code, params in json.loads(row["notes"]))
        if row["notes"] != "[]"
        else (),
        group=os.fsdecode(row["group_key"]),
        own_part=row["own_part"],
        own_group=row["own_group"],
        dealt=row["dealt"],
        twin=row["twin"],
    )
