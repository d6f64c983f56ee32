"""Fine-tuning the upper half of a network: with the outputs of the frozen half kept, against passing it every time.

`uv run python -m tests.benchmarks.frozen_prefix [--rounds 3] [--epochs 8] [--varied]`. Each round trains twice in one
process and one fresh place, kept outputs first, and deletes them afterwards, so that what it costs to make them counts.
Without `--varied` no picture is varied, and both must show the same losses. Needs the real pictures and weights.
"""

import argparse
import os
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import PICTURES, WEIGHTS, fresh_home, judge, report

UNVARIED = ("flip", "brightness", "contrast", "saturation")


def trained(run: Path, views: int | None, epochs: int, varied: bool) -> dict[str, Any]:
    """The result of one training, with its history."""
    from core import jobs, requests
    from core.events import silent
    from core.project.places import default_project
    from core.project.runs import open_run
    from core.recipe import Recipe

    recipe = Recipe().with_value("data.folder", str(PICTURES)).with_value("backbone.name", "mobilenetv2_035")
    recipe = recipe.with_value("strategy.kind", "fine_tune_top").with_value("training.epochs", epochs)
    recipe = recipe.with_value("strategy.frozen_views", views)
    if not varied:
        for name in UNVARIED:
            recipe = recipe.with_value(f"augmentation.{name}", 0)
        recipe = recipe.with_value("augmentation.smallest_crop", 1)
    jobs.run(requests.Train(project=str(default_project(PICTURES)), recipe=recipe, run=str(run)), silent())
    return dict(open_run(run).report or {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument(
        "--varied", action="store_true", help="with augmentation: then losses differ, and speed less so"
    )
    given = parser.parse_args()
    kept, anew = [], []
    with fresh_home() as (folder, environment):
        os.environ |= environment
        from core.backbones.weights import import_file
        from core.project.places import cache_folder

        half = (0.5, 0.5, 0.5)
        import_file(WEIGHTS, "mobilenetv2_035", mean=half, std=half, settings={"pad_type": "same"})
        trained(folder / "warm", 0, 1, given.varied)  # the scan, features of the head, and all imports
        for number in range(given.rounds):
            kept.append(trained(folder / f"kept-{number}", None, given.epochs, given.varied))
            shutil.rmtree(cache_folder() / "frozen", ignore_errors=True)
            anew.append(trained(folder / f"anew-{number}", 0, given.epochs, given.varied))
    seconds = [[run["seconds"]["train"] for run in runs] for runs in (kept, anew)]
    report([("outputs of frozen stages kept", seconds[0]), ("passed in every epoch", seconds[1])])
    print("validation accuracy:", f"kept {kept[0]['val']['accuracy']:.3f}, anew {anew[0]['val']['accuracy']:.3f}")
    share = statistics.median(one / other for one, other in zip(*seconds, strict=True))
    within = judge("kept / anew", share, 0.5)
    if not given.varied:
        apart = max(
            abs(one[part]["loss"] - other[part]["loss"])
            for one, other in zip(kept[0]["history"], anew[0]["history"], strict=True)
            for part in ("train", "val")
            if one[part]
        )
        within &= judge("largest difference of losses", apart, 1e-4)
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
