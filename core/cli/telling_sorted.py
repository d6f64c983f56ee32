"""What sorting did, in a few lines, for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.cli.printing import json_line, plain
from core.cli.telling import Result, console, say, table

if TYPE_CHECKING:
    from core.project.index import ClassRow

MOST = 20
"""So many groups of twins are listed."""


def edited(what: str, result: Result, way_back: str) -> None:
    say(f"{what}. Now: {', '.join(f'{plain(name)} {count}' for name, count in result['classes'].items())}.")
    parts = ", ".join(f"{count} {part}" for part, count in result["split"].items())
    say(f"Split: {parts}. {way_back}")


def classes(rows: "Sequence[ClassRow]", as_json: bool) -> None:
    if as_json:
        found = [{"name": row.name, "pictures": row.count, "left_out": row.excluded} for row in rows]
        json_line({"event": "result", "classes": found})
        return
    shown = table(None, "class", "pictures", "left out")
    for row in rows:
        shown.add_row(plain(row.name), str(row.count), str(row.excluded))
    console.print(shown)


def twins(result: Result) -> None:
    say(f"Pairs that {result['backbone']} finds alike: {result['pairs']}. Groups of twins: {result['groups']}.")
    for group in result["duplicates"][:MOST]:
        say("  " + ", ".join(map(plain, group)))
    if len(result["duplicates"]) > MOST:
        say(f"  … and {len(result['duplicates']) - MOST} more; --json lists all")
    if result["duplicates"]:
        say("They stay on one side of the split. `graft edit FOLDER PATHS --not-twins` parts them.")


def folds(result: Result) -> None:
    shown = table(None, "fold", "pictures", "accuracy", "95 %")
    for row in result["folds"]:
        interval = f"{row['low']:.1%} to {row['high']:.1%}"
        shown.add_row(str(row["fold"]), str(row["images"]), f"{row['accuracy']:.1%}", interval)
    console.print(shown)
    count = len(result["folds"])
    say(f"Mean accuracy over {count} folds: {result['mean']:.1%}, spread {100 * result['spread']:.1f} points.")
    say(f"Runs: {result['run']}")
