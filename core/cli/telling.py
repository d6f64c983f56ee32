"""Results in a few lines, for people."""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from core.cli.printing import json_line, plain
from core.errors import message_of
from core.recipe import FieldRow

# In a file or a pipe nothing is wrapped: a path stays whole, a table has room.
WIDE = 200
_apart = not sys.stdout.isatty()
console = Console(highlight=False, soft_wrap=_apart, width=WIDE if _apart and "COLUMNS" not in os.environ else None)
Result = Mapping[str, Any]


def say(text: str = "") -> None:
    console.print(text, markup=False)


def table(title: str | None, *columns: str) -> Table:
    """The first column is a name, the others are numbers."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index else "left")
    return made


def scan(result: Result) -> None:
    for source in result["sources"]:
        say(f"{plain(source['path'])}: {_read_as(source)}.")
    shown = table(None, "class", "pictures")
    for name, count in result["classes"].items():
        shown.add_row(plain(name), str(count))
    console.print(shown)
    split = ", ".join(f"{count} {part}" for part, count in result["split"].items())
    say(f"{result['images']} pictures used, {len(result['skipped'])} skipped. Split: {split}.")
    without = sum(row["code"] == "UNLABELLED" for row in result["skipped"])
    if without:
        say(f"Pictures without a class yet: {without}.")
    if result["duplicates"]:
        say(f"Groups of twins, kept on one side of the split: {len(result['duplicates'])}.")
    if result["conflicts"]:
        way_out = "settle it with `graft edit`, or train with --on-conflict exclude"
        say(f"Pictures in two classes at once: {sum(len(row['paths']) for row in result['conflicts'])}; {way_out}.")


LAYOUTS = {
    "classes": "one folder per class",
    "parts": "train and validation folders, with the classes inside",
    "one_class": "all of one class, named like the folder",
    "flat": "no classes yet; label the pictures in the window",
}


def _read_as(source: Result) -> str:
    """How a place was read, and by which columns."""
    if source["layout"] != "table":
        return LAYOUTS[source["layout"]]
    used = ", ".join(f"{role} from {plain(name)}" for role, name in source["columns"].items() if name)
    return f"the table {plain(source['table'])} ({used})"


def advise(result: Result) -> None:
    sure = "" if result.get("confident", True) else " (not sure)"
    say(f"Cell: {result['cell']}{sure}. Recommended strategy: {result['strategy']}.")
    for reason in result["reasons"]:
        say(f"  - {reason}")
    for field, reason in result.get("excluded", {}).items():
        say(f"{field} as you chose it will be refused: {reason}.")


def rank(result: Result) -> None:
    shown = table(None, "backbone", "accuracy", "LogME", "ms a picture", "seconds")
    for row in result["backbones"]:
        shown.add_row(
            row["name"],
            _accuracy(row, "probe_accuracy"),
            f"{row['logme']:.3f}",
            f"{row['milliseconds_per_picture']:.1f}",
            f"{row['seconds']:.1f}",
        )
    console.print(shown)


def train(result: Result) -> None:
    if result.get("strategy"):
        say(f"Strategy {result['strategy']}, {result['seconds']['total']:.1f} s.")
    for part, words in (("val", "validation"), ("test", "test")):
        judged = result.get(part)
        if judged:
            say(f"Accuracy on {judged['images']} {words} pictures it never learned from: {_accuracy(judged)}")
    if result.get("val") and result.get("strategy") in ("fine_tune_top", "fine_tune_all", "from_scratch"):
        say("The best epoch was chosen by the validation pictures, so their figure is a little kind.")
    if not result.get("val"):
        say("There were no validation pictures, so nothing can be said about how good it is.")
    say(f"Run: {result['run']}")


def elsewhere(result: Result, folder: Path) -> None:
    """What a model was right on in a folder of its user's choice: whether it learned from some of them nobody knows."""
    judged = result["test"]
    say(f"Accuracy on the {judged['images']} pictures of {plain(str(folder))}: {_accuracy(judged)}")
    say("That tells what to expect of new pictures only if it learned from none of these.")


def find_rate(result: Result) -> None:
    """The curve as bars, one for each fifth of a power of ten, and the suggestion."""
    points, step = result["points"], 3
    highest = max((point["loss"] for point in points), default=1.0)
    for point in points[::step]:
        say(f"{point['rate']:>9.1e}  loss {point['loss']:.3f}  {'▇' * round(40 * point['loss'] / highest)}")
    if result["suggested"] is None:
        say("No rate brought the loss down, so none is suggested: leave it to Graft, or train longer at a low one.")
        return
    say(f"Suggested: {result['suggested']:g}, a tenth of the rate with the lowest loss.")
    say(f"Train with it: --set optimizer.learning_rate={result['suggested']:g}")


def race(result: Result) -> None:
    shown = table(None, "strategy", "accuracy", "seconds", "parameters learned", "got to")
    for row in result["strategies"]:
        star = " (advised)" if row["strategy"] == result["recommended"] else ""
        shown.add_row(
            f"{row['strategy']}{star}",
            _accuracy(row),
            f"{row['seconds']:.1f}",
            f"{row['parameters_learned']:,}",
            "its end" if row["finished"] else f"epoch {row['epoch']} of {row['epochs']}",
        )
    console.print(shown)
    if result["regret"]:
        low, high = (100 * max(0.0, result[name]) for name in ("regret_low", "regret_high"))
        chance = ": that may be chance" if result["regret_low"] <= 0 else ""
        below = f"{result['regret'] * 100:.1f} points below the best"
        say(f"The advised strategy is {below} (95 %: {low:.1f} to {high:.1f}){chance}.")
    else:
        say("No strategy did better than the advised one.")
    say(f"{result['seconds']:.0f} s of {result['budget']:.0f} s were used. The runs lie in {plain(result['out'])}.")
    best = result["strategies"][0]
    if best["finished"]:
        say(f"The best has learned to its end: its run is {plain(best['run'])}.")
    else:
        say(f"Train the best to its end with --set strategy.kind={best['strategy']}, or use its run as it is.")


DOUBTS = {"not_sure": "not sure", "unknown": "unknown: unlike all that it learned from"}


def predict(result: Result) -> None:
    rows = result["rows"]
    if not rows:
        say("There is no picture to answer for.")
    elif result.get("csv"):
        told = Counter("unread" if row["probability"] is None else row["status"] for row in rows)
        words = {"not_sure": "not sure", "unknown": "unknown", "unread": "not readable"}
        doubts = ", ".join(f"{told[status]} {name}" for status, name in words.items() if told[status])
        say(f"Rows written to {plain(result['csv'])}: {len(rows)}{f', of which {doubts}' if doubts else ''}.")
    else:
        for row in rows:
            say(f"{plain(row['path'])}  {_answer(row)}")


def _answer(row: Result) -> str:
    """The class with its probability, and what there is to doubt; or why the file could not be read."""
    if row["probability"] is None:
        reason = message_of(row["status"], {"path": plain(row["path"])}).replace(" (?)", "")
        return row["status"] if "?" in reason else reason
    doubt = f"  {DOUBTS[row['status']]}" if row["status"] in DOUBTS else ""
    return f"{plain(row['label'])}  {row['probability']:.1%}{doubt}"


def export(result: Result) -> None:
    parity, cost = result["parity"], result["cost"]
    say(f"{result['format']} written to {result['path']}")
    if cost is not None:
        say(f"{result['precision']}: {cost['bytes'] / 1e6:.1f} MB instead of {cost['bytes_before'] / 1e6:.1f} MB.")
        if cost["images"]:
            say(
                f"Accuracy on {cost['images']} pictures: {cost['before']:.1%} before, {cost['after']:.1%} after "
                f"({cost['broken']} became wrong, {cost['mended']} became right)."
            )
        say(
            f"Graft's own answer on {parity['top1_agreement']:.1%} of {parity['images']} pictures; "
            f"largest difference of a probability {parity['max_abs_probability_difference']:.2g}."
        )
        return
    verdict = "Verified" if parity["verified"] else "NOT verified"
    say(
        f"{verdict}: the same answer on {parity['top1_agreement']:.1%} of {parity['images']} pictures; "
        f"largest difference of a probability {parity['max_abs_probability_difference']:.1e}."
    )


LICENCE_USES = {
    "free": "",
    "own_terms": " (own terms: read them)",
    "no_commerce": " (no commercial use)",
    "unstated": "not stated",
}


def backbones(result: Result) -> None:
    shown = table(None, "name", "what", "million parameters", "pixels", "accuracy", "licence", "here")
    for row in result["backbones"]:
        shown.add_row(
            row["name"],
            row["title"],
            f"{row['parameters'] / 1e6:.1f}" if row["parameters"] else "",
            str(row["image_size"]),
            f"{row['accuracy']:.1f} %" if row["accuracy"] else "",
            f"{row['licence']}{LICENCE_USES[row['licence_use']]}",
            "yes" if row["local"] else "in part" if row["partial"] else "",
        )
    shown.columns[1].justify = shown.columns[5].justify = "left"
    console.print(shown)
    if result.get("uncounted"):
        say(f"The parameters of {result['uncounted']} are not counted yet: --count does it, once, in some minutes.")


def speed(result: Result) -> None:
    shown = table(None, "way", "pictures a second", "seconds before", "least cosine", "same answers", "right")
    for one in result["ways"]:
        shown.add_row(
            one["way"], f"{one['rate']:.0f}", f"{one['setup']:.1f}", f"{one['cosine']:.4f}", f"{one['answers']:.0%}",
            "yes" if one["right"] else "no",
        )  # fmt: skip
    console.print(shown)
    for way, reason in result["failed"].items():
        say(f"{way} cannot be used: {reason}")
    say(f"{result['name']} will use {result['way']}: {result['milliseconds']:.2f} ms a picture.")


def backbone(result: Result) -> None:
    if "names" in result:
        say(f"{', '.join(result['names'])}: {result.get('path', 'here now')}")
        return
    say(f"{result['name']} is here: {result['path']}")
    if "matched" in result:
        say(f"{result['matched']} tensors matched, {len(result['missing'])} missing, {len(result['unused'])} not used.")


def fields(rows: Sequence[FieldRow], as_json: bool) -> None:
    """A choice of the recipe, or all of a part; as JSON a line each, the last of them marked as the result."""
    for row in rows:
        if as_json:
            last = {"event": "result"} if row is rows[-1] else {"event": "field"}
            json_line(last | {slot: getattr(row, slot) for slot in row.__slots__})
            continue
        if row is not rows[0]:
            say()
        _field(row)


def _field(row: FieldRow) -> None:
    say(f"{row.path}: {row.title}")
    say(row.what)
    unit = f"; unit: {row.unit}" if row.unit else ""
    free = "; or null: Graft chooses" if row.optional else ""
    if row.choices:
        say(f"One of: {', '.join(row.choices)}{free}")
    elif row.low is not None or row.high is not None:
        say(f"{_range(row)}{unit}{free}")
    say(f"Default: {json.dumps(row.default)}")


def _range(row: FieldRow) -> str:
    """As in "From 0 (not included) to 1"; a side without a bound is left out."""
    low = "" if row.low is None else f"from {row.low:g}{' (not included)' if row.low_open else ''}"
    high = "" if row.high is None else f"up to {row.high:g}{' (not included)' if row.high_open else ''}"
    text = f"{low} {high}".strip().replace(" up to", " to") if low else high
    return text[:1].upper() + text[1:]


def _accuracy(row: Result, key: str = "accuracy") -> str:
    return f"{row[key]:.1%} (95 %: {row['low']:.1%} to {row['high']:.1%})"
