"""What judging found, in a few lines, for people."""

from collections.abc import Mapping
from typing import Any

from core.cli.printing import plain
from core.cli.telling import Result, console, say, table

OVERALL = {
    "accuracy": "right answers",
    "balanced_accuracy": "each class counted alike",
    "precision": "precision, mean over classes",
    "recall": "recall, mean over classes",
    "f1": "F1, mean over classes",
    "roc_auc": "area under the ROC curve",
    "average_precision": "average precision",
}
PARTS = {"train": "training", "val": "validation", "test": "test"}
MOST = 40
"""So many doubtful labels are listed."""


def examined(result: Result) -> None:
    """The figures of each part with their intervals, class by class, and the calibration."""
    for part in ("val", "test"):
        judged = result.get(part)
        if judged:
            _part(judged, PARTS[part])


def _part(judged: Result, name: str) -> None:
    figures = judged["figures"]
    overall = table(f"On {judged['images']} {name} pictures", "figure", "value", "95 %")
    for key, title in OVERALL.items():
        overall.add_row(title, *_figure(figures["overall"].get(key)))
    console.print(overall)
    classes = table(None, "class", "pictures", "recall", "95 %", "precision", "95 %", "F1", "ROC area")
    for row in figures["classes"]:
        shown = [*_figure(row["recall"]), *_figure(row["precision"]), _figure(row["f1"])[0], _figure(row["roc_auc"])[0]]
        classes.add_row(plain(row["name"]), str(row["support"]), *shown)
    console.print(classes)
    if judged.get("calibration"):
        _calibration(judged["calibration"])


def _calibration(calibration: Result) -> None:
    now, mended = calibration["now"], calibration["mended"]
    said = f"It says {now['said']:.0%} on average and is right on {now['right']:.0%}: calibration error "
    said += f"{100 * now['ece']:.1f} points."
    if mended is not None:
        said += f" With temperature {calibration['temperature']:.2f} it would be {100 * mended['ece']:.1f}."
    say(said)


def compare(result: Result) -> None:
    rows = table(
        f"On {result['images']} {PARTS.get(result['part'], result['part'])} pictures that all judged",
        "run",
        "right",
        "95 %",
    )
    for name, row in zip(result["names"], result["runs"], strict=True):
        rows.add_row(plain(name), f"{row['accuracy']:.1%}", f"{row['low']:.1%} to {row['high']:.1%}")
    console.print(rows)
    for pair in result["pairs"]:
        first, second = plain(result["names"][pair["first"]]), plain(result["names"][pair["second"]])
        say(
            f"{second} against {first}: {100 * pair['gain']:+.1f} points ({100 * pair['low']:+.1f} to "
            f"{100 * pair['high']:+.1f}); only {first} right on {pair['only_first']}, only {second} on "
            f"{pair['only_second']}; p = {pair['p_adjusted']:.3f} (McNemar, exact)."
        )
    together = result.get("together")
    if together:
        gain = together["against"]
        say(
            f"Together: {together['accuracy']:.1%}, {100 * gain['gain']:+.1f} points over the best alone "
            f"({100 * gain['low']:+.1f} to {100 * gain['high']:+.1f}), p = {gain['p']:.3f}."
        )


def check_labels(result: Result) -> None:
    say(f"{len(result['suspects'])} of {result['checked']} labels are in doubt.")
    for row in result["suspects"][:MOST]:
        say(f"{plain(row['path'])}: {plain(row['label'])}, rather {plain(row['suggested'])} ({row['probability']:.0%})")
    if len(result["suspects"]) > MOST:
        say(f"… and {len(result['suspects']) - MOST} more; --json lists all.")


def try_views(result: Result) -> None:
    rows = table(
        f"On {result['images']} {PARTS.get(result['part'], result['part'])} pictures",
        "views",
        "right",
        "gain",
        "95 %",
        "p",
        "ms",
    )
    for row in result["rows"]:
        gain = row["against"]
        rows.add_row(
            row["views"], f"{row['accuracy']:.1%}", f"{100 * gain['gain']:+.1f}",
            f"{100 * gain['low']:+.1f} to {100 * gain['high']:+.1f}", f"{gain['p']:.3f}", f"{row['milliseconds']:.1f}",
        )  # fmt: skip
    console.print(rows)


def settled(result: Result) -> None:
    chosen = result["settled"]
    doubt = "always an answer" if chosen["threshold"] is None else f"not sure below {chosen['threshold']:.2f}"
    say(f"Temperature {chosen['temperature']:.3f}, {doubt}, views: {chosen['views']}.")
    if line := chosen.get("line"):
        say(f"It answers {plain(line['label'])} from {line['threshold']:.1%} on, else the likeliest of the others.")


def written(result: Result) -> None:
    say(f"Written to {result['path']}")


def _figure(row: Mapping[str, Any] | None) -> tuple[str, str]:
    return ("–", "") if row is None else (f"{row['value']:.1%}", f"{row['low']:.1%} to {row['high']:.1%}")
