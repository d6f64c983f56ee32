"""A folder to a trained model, against the tutorial and against a script written by hand.

`uv run python -m tests.benchmarks.main_job [--rounds 3] [--tutorial 1] [--epochs 10]`. Each round runs the
hand-written script, Graft in a fresh place, and Graft again in the same place, so that a busy machine slows all
alike. Seconds never count process start and imports. Needs the real pictures and weights.
"""

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import GRAFT, PICTURES, WEIGHTS, fresh_home, judge, last_line, report


def reference(name: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.references", name, str(PICTURES), str(WEIGHTS), *options]
    with fresh_home() as (_, environment):
        return last_line(command, environment)


def graft_twice() -> list[dict[str, Any]]:
    """The results of the first and the second training on the same pictures."""
    with fresh_home() as (folder, environment):
        taken = ["--as", "mobilenetv2_035", "--mean", "0.5", "--std", "0.5", "--set", "pad_type=same", "--json"]
        last_line([GRAFT, "backbones", "import", str(WEIGHTS), *taken], environment)
        return [last_line(_train(folder / name), environment) for name in ("first", "second")]


def _train(run: Path) -> list[str]:
    chosen = ["--backbone", "mobilenetv2_035", "--set", "strategy.kind=linear_probe", "--json"]
    return [GRAFT, "train", str(PICTURES), "--out", str(run), *chosen]


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """The median over rounds, in each of which both met the same machine."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tutorial", type=int, default=1, help="how often the tutorial runs; minutes each")
    parser.add_argument("--epochs", type=int, default=10, help="of the tutorial")
    given = parser.parse_args()

    by_hand, first, second = [], [], []
    for _ in range(given.rounds):
        by_hand.append(reference("hand_written"))
        once, again = graft_twice()
        first.append(once)
        second.append(again)
    tutorial = [reference("tutorial", f"--epochs={given.epochs}") for _ in range(given.tutorial)]

    rows = {
        "hand-written": [result["seconds"] for result in by_hand],
        "Graft, first training": [result["seconds"]["total"] for result in first],
        "Graft, second training": [result["seconds"]["total"] for result in second],
        f"tutorial, {given.epochs} epochs": [result["seconds"] for result in tutorial],
    }
    medians = report([(name, values) for name, values in rows.items() if values])
    for part in ("startup", "scan", "features", "train", "evaluate"):
        report([(f"  first training: {part}", [result["seconds"][part] for result in first])])
    accuracies = {"hand-written": by_hand[0]["accuracy"], "Graft": first[0]["val"]["accuracy"]}
    if tutorial:
        accuracies["tutorial"] = tutorial[0]["accuracy"]
    print("validation accuracy:", ", ".join(f"{name} {value:.3f}" for name, value in accuracies.items()))
    kept = judge("first / hand-written", _ratio(rows["Graft, first training"], rows["hand-written"]), 1.3)
    kept &= judge("second / first", _ratio(rows["Graft, second training"], rows["Graft, first training"]), 0.15)
    if tutorial:
        print(f"tutorial / Graft {medians[f'tutorial, {given.epochs} epochs'] / medians['Graft, first training']:.1f}")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
