"""The dataset index: one SQLite file that knows every file of the data folder, its label and what is wrong with it.

The engine's worker is the only writer. Any number of readers may look on at the same time, also while a scan writes,
from any thread (see `core.project.store`).

Paths and labels are names of the file system: kept as bytes, handed out as `os.fsdecode` gives them.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import Problem
from core.project import places
from core.project.edits import Edits
from core.project.kept import Kept
from core.project.listing import ClassRow, Filter, Listing, Shapes, TwinGroup
from core.project.picture import COLUMNS, Picture, as_picture
from core.project.store import FILE_NAME

__all__ = [
    "FILE_NAME",
    "ClassRow",
    "Filter",
    "Index",
    "Known",
    "Picture",
    "Reading",
    "Shapes",
    "TwinGroup",
    "thumbnail_path",
]

_OR_UNLABELLED = " OR label = x''"
_NAME_NOW = "coalesce((SELECT renamed.label FROM renamed WHERE folder = {0}), {0})"
"""What a class folder is called, which the user may have renamed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the scan learned about one file; the fields are those of `Picture`, `label` is the class folder's name."""

    path: str
    label: str
    part: str
    size: int
    mtime_ns: int
    content_hash: str = ""
    perceptual_hash: str = ""
    flatness: float = 0.0
    width: int = 0
    height: int = 0
    problem: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()
    group: str = ""


class Known(NamedTuple):
    """What the index knows of a path, as far as it tells whether the file must be read again."""

    size: int
    mtime_ns: int
    content_hash: str
    problem: str
    label: str
    part: str
    group: str
    present: bool
    params: str


class Index(Edits, Listing, Kept):
    """Opened by `Index.open(project, read_only=...)`, which raises what `Store.open` raises."""

    # Pictures.

    def pictures(self) -> list[Picture]:
        """Every file that the scan found and that is still there, by path."""
        return self._pictures("WHERE present ORDER BY path", ())

    def pictures_page(self, label: str | None, offset: int, limit: int) -> list[Picture]:
        """Some of the pictures that can be shown, by path: those of one class, or (None) all, the excluded too."""
        if label is None:
            return self._pictures("WHERE present AND problem = '' ORDER BY path LIMIT ? OFFSET ?", (limit, offset))
        where = "WHERE present AND problem = '' AND label = ? ORDER BY path LIMIT ? OFFSET ?"
        return self._pictures(where, (os.fsencode(label), limit, offset))

    def class_counts(self) -> dict[str, int]:
        """Classes by name with how many pictures of each can be used and are not excluded."""
        rows = self._rows(
            "SELECT label, count(*) FROM pictures WHERE present AND problem = '' AND label != x'' AND NOT left_out "
            "GROUP BY label ORDER BY label",
            (),
        )
        return {os.fsdecode(label): count for label, count in rows}

    def problems(self, unlabelled: bool = True) -> list[Problem]:
        """What is wrong or odd, file by file, then what concerns several pictures or the whole dataset; with or
        without a line for each picture that has no class yet."""
        found: list[Problem] = []
        for picture in self._pictures(
            f"WHERE present AND (problem != '' OR notes != '[]'{_OR_UNLABELLED if unlabelled else ''}) ORDER BY path",
            (),
        ):
            if picture.problem and (unlabelled or picture.problem != "UNLABELLED"):
                found.append(Problem(picture.problem, picture.path, picture.params))
            found.extend(picture.notes)
        return found + [Problem(*row) for row in json.loads(self._kept("problems") or b"[]")]

    # For the scan.

    def record(self, readings: Iterable[Reading]) -> None:
        """Add or renew files, in one transaction. What the user said about a path (label, excluded) stays."""
        with self._transaction():
            self._connection.executemany(
                f"""
                INSERT INTO pictures (path, label, folder_label, part, size, mtime_ns, content_hash, perceptual_hash,
                                      flatness, width, height, problem, params, notes, group_key)
                VALUES (:path, {_NAME_NOW.format(":label")}, :label, :part, :size, :mtime_ns, :content_hash,
                        :perceptual_hash, :flatness, :width, :height, :problem, :params, :notes, :group)
                ON CONFLICT (path) DO UPDATE SET
                    label = CASE WHEN label = {_NAME_NOW.format("pictures.folder_label")}
                        THEN excluded.label ELSE label END,
                    folder_label = excluded.folder_label, part = excluded.part, size = excluded.size,
                    mtime_ns = excluded.mtime_ns, content_hash = excluded.content_hash,
                    perceptual_hash = excluded.perceptual_hash, flatness = excluded.flatness,
                    width = excluded.width, height = excluded.height,
                    problem = excluded.problem, params = excluded.params, notes = excluded.notes,
                    group_key = excluded.group_key, present = 1
                """,
                (_as_row(reading) for reading in readings),
            )

    def place(self, labels: Iterable[tuple[str, str, str, str]]) -> None:
        """Give known paths another class folder, part and group: (path, label, part, group). The user's labels stay."""
        with self._transaction():
            self._connection.executemany(
                f"""
                UPDATE pictures SET label = CASE WHEN label = {_NAME_NOW.format("folder_label")}
                    THEN {_NAME_NOW.format("?1")} ELSE label END, folder_label = ?1, part = ?2, group_key = ?3
                WHERE path = ?4 AND (folder_label, part, group_key) != (?1, ?2, ?3)
                """,
                (
                    (os.fsencode(label), part, os.fsencode(group), os.fsencode(path))
                    for path, label, part, group in labels
                ),
            )

    def known(self) -> dict[str, Known]:
        """What was read of every path ever met, also of files that are gone."""
        rows = self._rows(
            "SELECT path, size, mtime_ns, content_hash, problem, folder_label, part, group_key, present, "
            "params FROM pictures",
            (),
        )
        return {
            os.fsdecode(path): Known(size, mtime, content, problem, os.fsdecode(label), part, os.fsdecode(group), *rest)
            for path, size, mtime, content, problem, label, part, group, *rest in rows
        }

    def faulty(self) -> list[Picture]:
        """The files with something wrong or odd, by path."""
        return self._pictures("WHERE present AND (problem != '' OR notes != '[]') ORDER BY path", ())

    def finish_scan(
        self,
        seen: Iterable[str],
        class_folders: Sequence[str],
        hidden: int,
        sources: Sequence[Mapping[str, Any]] = (),
        problems: Iterable[Problem] = (),
    ) -> None:
        """End a whole scan: files not among `seen` are gone, though what was said about them is remembered.

        A file new at its path with the content of one that is gone was moved: it takes over what was said about that,
        but not the label where it lies in the folder of another class now.
        """
        with self._transaction():
            self._connection.execute("CREATE TEMP TABLE IF NOT EXISTS seen (path BLOB PRIMARY KEY)")
            self._connection.execute("DELETE FROM temp.seen")
            self._connection.executemany(
                "INSERT OR IGNORE INTO temp.seen VALUES (?)", ((os.fsencode(path),) for path in seen)
            )
            self._connection.execute("UPDATE pictures SET present = path IN (SELECT path FROM temp.seen)")
            self._connection.execute(
                """
                UPDATE pictures SET
                    left_out = gone.left_out, own_part = gone.own_part, own_group = gone.own_group,
                    label = CASE WHEN gone.folder_label = pictures.folder_label THEN gone.label ELSE pictures.label END
                FROM pictures AS gone
                WHERE pictures.is_new AND pictures.present AND NOT gone.present
                    AND pictures.content_hash != '' AND gone.content_hash = pictures.content_hash
                """
            )
            self._connection.execute("UPDATE pictures SET is_new = 0 WHERE present AND is_new")
            self._connection.execute("DELETE FROM temp.seen")
            self._keep("class_folders", json.dumps(list(class_folders)).encode())
            self._keep("hidden", str(hidden).encode())
            self._keep("sources", json.dumps(list(sources)).encode())
            self._keep("source_problems", _as_json(problems))

    def store_dealing(self, rows: Iterable[tuple[str, int, int]]) -> None:
        """Keep the part and the group of twins of pictures: (part or nothing, group or 0, id)."""
        with self._transaction():
            self._connection.executemany("UPDATE pictures SET dealt = ?, twin = ? WHERE id = ?", rows)

    def not_twins(self) -> list[tuple[str, str]]:
        """Pairs of contents that the user said are not the same."""
        return [(one, other) for one, other in self._rows("SELECT one, other FROM not_twins", ())]

    def alike(self) -> list[tuple[str, str]]:
        """Pairs of contents that a backbone finds nearly the same."""
        return [(one, other) for one, other in self._rows("SELECT one, other FROM alike", ())]

    def store_alike(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Replace what was found before."""
        with self._transaction():
            self._connection.execute("DELETE FROM alike")
            self._connection.executemany("INSERT OR IGNORE INTO alike VALUES (?, ?)", pairs)

    def store_summary(self, summary: Mapping[str, Any], problems: Iterable[Problem]) -> None:
        """Keep the `scan` result, with the problems that concern more than one file."""
        with self._transaction():
            self._keep("summary", json.dumps(summary).encode())
            self._keep("problems", _as_json(problems))

    # Within.

    def _pictures(self, where: str, values: Sequence[object]) -> list[Picture]:
        rows = self._rows(f"SELECT {COLUMNS} FROM pictures {where}", values)
        return [as_picture(row) for row in rows]


def thumbnail_path(content_hash: str) -> Path:
    """Where the thumbnail (JPEG, at most 160 pixels a side) of a content lies, if the scan met it."""
    return places.thumbnails_folder() / content_hash[:1] / f"{content_hash}.jpg"


def _as_json(problems: Iterable[Problem]) -> bytes:
    return json.dumps([(problem.code, problem.path, dict(problem.params)) for problem in problems]).encode()


def _as_row(reading: Reading) -> dict[str, Any]:
    return {
        "path": os.fsencode(reading.path),
        "label": os.fsencode(reading.label),
        "part": reading.part,
        "size": reading.size,
        "mtime_ns": reading.mtime_ns,
        "content_hash": reading.content_hash,
        "perceptual_hash": reading.perceptual_hash,
        "flatness": reading.flatness,
        "width": reading.width,
        "height": reading.height,
        "problem": reading.problem,
        "params": json.dumps(dict(reading.params)),
        "notes": json.dumps([(note.code, dict(note.params)) for note in reading.notes]),
        "group": os.fsencode(reading.group),
    }
