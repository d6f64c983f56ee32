"""What the user says about pictures and classes, each edit whole, and all of it to be taken back.

An edit is one transaction. It is kept, under a name that the caller gives, with what it changed; so it can be taken
back and done again by any process, also by one that began after it. The files are never touched.
"""

import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import UserError
from core.project.store import Store

KEPT_EDITS = 200
COLOURS = 8
"""How many colours the window has for classes; the index only counts them."""

What = Literal["label", "left_out", "own_part", "own_group", "classes", "twins"]
_SAID: tuple[What, ...] = ("label", "left_out", "own_part", "own_group")
_TABLES = {
    "classes": ("name", "colour", "place", "made"),
    "renamed": ("folder", "label"),
    "not_twins": ("one", "other"),
}
_Rows = set[tuple[Any, ...]]
_Standing = tuple[dict[int, tuple[Any, ...]], dict[str, _Rows]]


@dataclass(frozen=True, slots=True)
class KeptEdit:
    """An edit that can be taken back: `what` it gave the value (`""` for classes and twins) to so many `pictures`."""

    name: str
    what: What
    value: str
    pictures: int


class Edits(Store):
    """The edit half of the index. A name of "" keeps nothing to be taken back."""

    def edit(
        self,
        ids: Iterable[int],
        label: str | None = None,
        excluded: bool | None = None,
        part: str | None = None,
        group: str | None = None,
        name: str = "",
    ) -> int:
        """Relabel, exclude, move to a part or group by hand; None leaves that as it is, an empty part or group takes
        the user's word back. Gives how many pictures are concerned. A label that is no class yet becomes one."""
        chosen = list(ids)
        if label and not self._is_class(label):
            self.settle_classes()  # a new class comes after those that are there
        with self._kept_as(name, chosen):
            if label:
                self._make_class(label)
            self._choose(chosen)
            return self._connection.execute(
                """
                UPDATE pictures SET label = coalesce(?, label), left_out = coalesce(?, left_out),
                    own_part = coalesce(?, own_part), own_group = coalesce(?, own_group)
                WHERE id IN (SELECT id FROM temp.chosen)
                """,
                (None if label is None else os.fsencode(label), excluded, part, group),
            ).rowcount

    def make_class(self, label: str, name: str = "") -> None:
        """A class without pictures yet."""
        self.settle_classes()
        with self._kept_as(name, ()):
            self._make_class(label)

    def colour_class(self, label: str, colour: int, name: str = "") -> None:
        self.settle_classes()
        with self._kept_as(name, ()):
            self._make_class(label)
            self._connection.execute("UPDATE classes SET colour = ? WHERE name = ?", (colour, os.fsencode(label)))

    def rename_class(self, old: str, new: str, name: str = "") -> int:
        """Give a class another name; where there is a class of that name already, they become one.

        Pictures that come into the old folder later belong to it too. Gives how many pictures are concerned.
        Raises UserError BAD_OPTION where the new name is empty.
        """
        if not new.strip():
            raise UserError("BAD_OPTION", field="class", value=new, reason="a class needs a name")
        self.settle_classes()
        was, is_now = os.fsencode(old), os.fsencode(new)
        ids = [row[0] for row in self._rows("SELECT id FROM pictures WHERE label = ?", (was,))]
        with self._kept_as(name, ids):
            there = self._rows("SELECT 1 FROM classes WHERE name = ? AND name != ?", (is_now, was))
            if there:
                self._connection.execute("DELETE FROM classes WHERE name = ?", (was,))
            else:
                self._make_class(old)
                self._connection.execute("UPDATE classes SET name = ? WHERE name = ?", (is_now, was))
            self._connection.execute("UPDATE pictures SET label = ? WHERE label = ?", (is_now, was))
            self._connection.execute("UPDATE renamed SET label = ? WHERE label = ?", (is_now, was))
            self._connection.execute(
                "INSERT OR REPLACE INTO renamed SELECT DISTINCT folder_label, ? FROM pictures WHERE folder_label = ?"
                " AND NOT EXISTS (SELECT 1 FROM renamed WHERE folder = folder_label)",
                (is_now, was),
            )
            self._connection.execute("DELETE FROM renamed WHERE folder = label")
        return len(ids)

    def part_twins(self, ids: Iterable[int], name: str = "") -> None:
        """These pictures are not the same, however alike they look. Remembered by content."""
        chosen = list(ids)
        with self._kept_as(name, ()):
            self._choose(chosen)
            found = self._rows(
                "SELECT DISTINCT content_hash FROM pictures WHERE id IN (SELECT id FROM temp.chosen)"
                " AND content_hash != '' ORDER BY content_hash",
                (),
            )
            pairs = itertools.combinations([row[0] for row in found], 2)
            self._connection.executemany("INSERT OR IGNORE INTO not_twins VALUES (?, ?)", pairs)

    def take_back(self, name: str) -> bool:
        """Undo the edit of that name. False where it is not remembered any more."""
        return self._restore(name, 0)

    def do_again(self, name: str) -> bool:
        """Redo the edit of that name."""
        return self._restore(name, 1)

    def last_edit(self) -> str:
        """The name of the latest edit that was not taken back; nothing where there is none."""
        rows = self._rows("SELECT name FROM edits WHERE done ORDER BY number DESC LIMIT 1", ())
        return str(rows[0][0]) if rows else ""

    def kept_edits(self, most: int = 50) -> list[KeptEdit]:
        """The latest edits that were not taken back, oldest first."""
        rows = self._rows("SELECT name, body FROM edits WHERE done ORDER BY number DESC LIMIT ?", (most,))
        return [_kept_edit(name, json.loads(body)) for name, body in reversed(rows)]

    # Classes, as the scan needs them.

    def name_of_folder(self) -> Mapping[str, str]:
        """What class folders are called now, where that differs from their own names."""
        rows = self._rows("SELECT folder, label FROM renamed", ())
        return {os.fsdecode(folder): os.fsdecode(label) for folder, label in rows}

    def settle_classes(self) -> None:
        """Give each class that has none yet a place and a colour, in the order of names."""
        with self._transaction():
            labels = self._rows(
                "SELECT DISTINCT label FROM pictures WHERE present AND label != x'' AND problem = '' ORDER BY label", ()
            )
            for (label,) in labels:
                self._make_class(os.fsdecode(label), made=False)

    # Within.

    def _is_class(self, label: str) -> bool:
        return bool(self._rows("SELECT 1 FROM classes WHERE name = ?", (os.fsencode(label),)))

    def _make_class(self, label: str, made: bool = True) -> None:
        if self._is_class(label):
            return
        name = os.fsencode(label)
        used = [row[0] for row in self._rows("SELECT colour FROM classes ORDER BY place", ())]
        colour = min(range(COLOURS), key=lambda number: (used.count(number), number))
        place = self._rows("SELECT coalesce(max(place), 0) + 1 FROM classes", ())[0][0]
        self._connection.execute("INSERT INTO classes VALUES (?, ?, ?, ?)", (name, colour, place, made))

    def _choose(self, ids: Sequence[int]) -> None:
        self._connection.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY)")
        self._connection.execute("DELETE FROM temp.chosen")
        self._connection.executemany("INSERT OR IGNORE INTO temp.chosen VALUES (?)", ((number,) for number in ids))

    @contextmanager
    def _kept_as(self, name: str, ids: Sequence[int]) -> Iterator[None]:
        """One transaction, whose changes to these pictures and to the classes are remembered under `name`."""
        with self._transaction():
            before = self._standing(ids) if name else None
            yield
            if before is not None:
                self._remember(name, before, self._standing(ids))

    def _standing(self, ids: Sequence[int]) -> _Standing:
        self._choose(ids)
        said = self._rows(f"SELECT id, {', '.join(_SAID)} FROM pictures WHERE id IN (SELECT id FROM temp.chosen)", ())
        tables = {
            table: {tuple(row) for row in self._rows(f"SELECT {', '.join(columns)} FROM {table}", ())}
            for table, columns in _TABLES.items()
        }
        return {row[0]: tuple(row)[1:] for row in said}, tables

    def _remember(self, name: str, before: _Standing, after: _Standing) -> None:
        pictures: dict[tuple[Any, ...], list[int]] = {}
        for number, was in before[0].items():
            pictures.setdefault((was, after[0][number]), []).append(number)
        body = {
            "pictures": [[_plain(was), _plain(now), ids] for (was, now), ids in pictures.items() if was != now],
            "tables": {
                table: [
                    [_plain(row) for row in before[1][table] - after[1][table]],
                    [_plain(row) for row in after[1][table] - before[1][table]],
                ]
                for table in _TABLES
            },
        }
        self._connection.execute("DELETE FROM edits WHERE NOT done")  # a new edit ends what could be done again
        self._connection.execute(
            "INSERT OR REPLACE INTO edits (name, body, done) VALUES (?, ?, 1)", (name, json.dumps(body))
        )
        self._connection.execute("DELETE FROM edits WHERE number <= (SELECT max(number) FROM edits) - ?", (KEPT_EDITS,))

    def _restore(self, name: str, side: int) -> bool:
        """Bring back what was before (side 0) or after (side 1) an edit."""
        with self._transaction():
            rows = self._rows("SELECT body FROM edits WHERE name = ?", (name,))
            if not rows:
                return False
            body = json.loads(rows[0][0])
            for was, now, ids in body["pictures"]:
                wanted, other = ((was, now), (now, was))[side]
                differing = [place for place in range(len(_SAID)) if wanted[place] != other[place]]
                self._choose(ids)
                self._connection.execute(
                    f"UPDATE pictures SET {', '.join(f'{_SAID[place]} = ?' for place in differing)}"
                    " WHERE id IN (SELECT id FROM temp.chosen)",
                    [_raw(wanted[place]) for place in differing],
                )
            for table, columns in _TABLES.items():
                gone, came = body["tables"][table] if side else reversed(body["tables"][table])
                match = " AND ".join(f"{column} = ?" for column in columns)
                self._connection.executemany(f"DELETE FROM {table} WHERE {match}", map(_raw_row, gone))
                marks = ", ".join("?" * len(columns))
                self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", map(_raw_row, came))
            self._connection.execute("UPDATE edits SET done = ? WHERE name = ?", (side, name))
        return True


def _kept_edit(name: str, body: Mapping[str, Any]) -> KeptEdit:
    """What an edit did, from what it changed. Only renaming or merging takes a class away or says it of a folder."""
    tables = body["tables"]
    if tables["not_twins"][1]:
        return KeptEdit(name, "twins", "", 0)
    if tables["classes"][0] or any(tables["renamed"]) or not body["pictures"]:
        return KeptEdit(name, "classes", "", 0)
    was, now, _ = body["pictures"][0]
    place = next(place for place in range(len(_SAID)) if was[place] != now[place])
    value = os.fsdecode(_raw(now[place])) if isinstance(now[place], list) else str(now[place])
    return KeptEdit(name, _SAID[place], value, sum(len(ids) for *_, ids in body["pictures"]))


def _plain(row: Sequence[Any]) -> list[Any]:
    """For JSON: bytes, which are names of the file system, in a list of their own."""
    return [[os.fsdecode(value)] if isinstance(value, bytes) else value for value in row]


def _raw(value: Any) -> Any:
    return os.fsencode(value[0]) if isinstance(value, list) else value


def _raw_row(row: Sequence[Any]) -> list[Any]:
    return [_raw(value) for value in row]
