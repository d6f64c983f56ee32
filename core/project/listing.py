"""Reading the index piece by piece: which pictures, in which order, and only those that are seen.

However many pictures there are, a window holds their numbers (8 bytes each) and fetches the rows that it draws.
"""

import itertools
import os
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.project.picture import COLUMNS, Picture, as_picture
from core.project.store import Store

_AT_ONCE = 500  # numbers in one question; SQLite takes some thousands

Kind = Literal["same", "alike"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of the pictures that can be shown. `label` None is every class, "" those without one; an empty `part`,
    `state` or `text` asks for nothing. `text` is looked for in the path, without regard to case in ASCII."""

    label: str | None = None
    part: str = ""
    state: Literal["", "used", "excluded", "odd"] = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class with its pictures that are used if nothing else speaks against it, and those left out by the user."""

    name: str
    count: int
    excluded: int
    colour: int


@dataclass(frozen=True, slots=True)
class TwinGroup:
    """`kind` same: one and the same content. `conflict`: the very same picture in several classes, which must be
    settled. `labels` are its classes, in order."""

    number: int
    pictures: int
    kind: Kind
    labels: tuple[str, ...]
    conflict: bool


@dataclass(frozen=True, slots=True)
class Shapes:
    """How far from square the used pictures are: shares that a square crop cuts away, the longest side over its
    shorter; and the most oblong of them, lying and upright in turn."""

    mean_lost: float
    most_lost: float
    longest: float
    telling: tuple[Picture, ...]


class Listing(Store):
    """The reading half of the index."""

    def ids(self, wanted: Filter) -> "array[int]":
        """The numbers of the pictures that pass, by path."""
        where, values = _where(wanted)
        return array(
            "q", (row[0] for row in self._rows(f"SELECT id FROM pictures WHERE {where} ORDER BY path", values))
        )

    def by_ids(self, ids: Sequence[int]) -> list[Picture]:
        """These pictures in this order, less those that are not in the index."""
        found: dict[int, Picture] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = list(ids[start : start + _AT_ONCE])
            marks = ", ".join("?" * len(some))
            for row in self._rows(f"SELECT {COLUMNS} FROM pictures WHERE id IN ({marks})", some):
                found[row["id"]] = as_picture(row)
        return [found[number] for number in ids if number in found]

    def at(self, paths: Iterable[str]) -> dict[str, Picture]:
        """The pictures at these paths that are still there."""
        names = [os.fsencode(path) for path in paths]
        found: dict[str, Picture] = {}
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            rows = self._rows(f"SELECT {COLUMNS} FROM pictures WHERE present AND path IN ({marks})", some)
            found.update((picture.path, picture) for picture in map(as_picture, rows))
        return found

    def shown_count(self) -> int:
        """How many pictures can be shown: all that could be read."""
        return int(self._rows("SELECT count(*) FROM pictures WHERE present AND problem = ''", ())[0][0])

    def classes(self) -> list[ClassRow]:
        """All classes in the order of their places, those that the user made without pictures too."""
        rows = self._rows(
            """
            SELECT name, count(id) - coalesce(sum(left_out), 0), coalesce(sum(left_out), 0), max(colour)
            FROM (SELECT name, colour, place, made FROM classes UNION ALL
                  SELECT DISTINCT label, -1, 1000000000, 0 FROM pictures
                  WHERE present AND problem = '' AND label != x'' AND label NOT IN (SELECT name FROM classes))
            LEFT JOIN pictures ON label = name AND present AND problem = ''
            GROUP BY name HAVING count(id) OR max(made) ORDER BY min(place), name
            """,
            (),
        )
        return [
            ClassRow(os.fsdecode(name), count, excluded, colour if colour >= 0 else place)
            for place, (name, count, excluded, colour) in enumerate(rows)
        ]

    def unlabelled_count(self) -> int:
        """Pictures that could be used if they had a class."""
        where, values = _where(Filter(label="", state="used"))
        return int(self._rows(f"SELECT count(*) FROM pictures WHERE {where}", values)[0][0])

    def excluded_count(self) -> int:
        where, values = _where(Filter(state="excluded"))
        return int(self._rows(f"SELECT count(*) FROM pictures WHERE {where}", values)[0][0])

    def shapes(self, most: int = 8) -> Shapes:
        """`telling` holds at most `most` pictures."""
        used = "present AND problem = '' AND label != x'' AND NOT left_out AND width > 0 AND height > 0"
        ratio = "max(width, height) * 1.0 / min(width, height)"
        mean, longest = self._rows(f"SELECT avg(1 - 1 / ({ratio})), max({ratio}) FROM pictures WHERE {used}", ())[0]
        lying, upright = (
            [
                as_picture(row)
                for row in self._rows(
                    f"SELECT {COLUMNS} FROM pictures WHERE {used} AND width {sign} height"
                    f" ORDER BY {ratio} DESC LIMIT ?",
                    (most,),
                )
            ]
            for sign in (">=", "<")
        )
        mixed = [picture for pair in itertools.zip_longest(lying, upright) for picture in pair if picture is not None]
        return Shapes(mean or 0.0, 1 - 1 / (longest or 1.0), longest or 1.0, tuple(mixed[:most]))

    def twin_groups(self) -> list[TwinGroup]:
        """Groups of twins as last worked out, those first that must be settled, then those in several classes."""
        rows = self._rows(
            """
            SELECT twin, count(*) AS pictures, count(DISTINCT content_hash) AS contents,
                   group_concat(DISTINCT hex(label)) AS labels,
                   count(DISTINCT content_hash || hex(label)) > count(DISTINCT content_hash) AS conflict
            FROM pictures WHERE twin AND present AND NOT left_out GROUP BY twin HAVING count(*) > 1
            ORDER BY conflict DESC, count(DISTINCT label) > 1 DESC, twin
            """,
            (),
        )
        return [
            TwinGroup(
                number=row["twin"],
                pictures=row["pictures"],
                kind="same" if row["contents"] == 1 else "alike",
                labels=tuple(sorted(os.fsdecode(bytes.fromhex(name)) for name in row["labels"].split(","))),
                conflict=bool(row["conflict"]),
            )
            for row in rows
        ]

    def twins(self, number: int) -> list[Picture]:
        """The pictures of one group of twins, by path."""
        rows = self._rows(
            f"SELECT {COLUMNS} FROM pictures WHERE twin = ? AND present AND NOT left_out ORDER BY path", (number,)
        )
        return [as_picture(row) for row in rows]


def _where(wanted: Filter) -> tuple[str, list[object]]:
    parts: list[str] = ["present AND problem = ''"]
    values: list[object] = []
    if wanted.label is not None:
        parts.append("label = ?")
        values.append(os.fsencode(wanted.label))
    if wanted.part:
        parts.append("dealt = ?")
        values.append(wanted.part)
    if wanted.state == "used":
        parts.append("NOT left_out")
    elif wanted.state == "excluded":
        parts.append("left_out")
    elif wanted.state == "odd":
        parts.append("notes != '[]'")
    if wanted.text:
        escaped = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append("CAST(path AS TEXT) LIKE ? ESCAPE '\\'")
        values.append(f"%{escaped}%")
    return " AND ".join(parts), values
