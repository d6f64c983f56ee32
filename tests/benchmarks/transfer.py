"""What learning from drawn pictures is worth on real ones, beside its floor and its ceiling.

`uv run python -m tests.benchmarks.transfer FOLDER [--sets ants-bees …] [--strategies linear_probe …]` trains
with what `python -m core.pretrain FOLDER` left, with random numbers in the same network, and with mobilenetv2_035 from
ImageNet, and judges them where they were not trained: `val` of ants-bees and of the samples, `test` of brain-mri. A
colour histogram with mean, spread and edge strength before logistic regression is the floor.

With `--curve` every snapshot of the folder is judged by linear probes instead.
"""

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core import jobs, requests
from core.events import silent
from core.pretrain.learn import MEAN, STD, Settings
from core.recipe import Recipe
from resources.samples import PICTURES as SAMPLES
from tests.benchmarks.measure import SHARED, WEIGHTS

DRAWN = Settings()
HOW = {**DRAWN.options, "mean": [MEAN] * 3, "std": [STD] * 3}
"""What an import of the network must be told."""
ARMS = ("random", "drawn", "imagenet")
SETS = {
    "ants-bees": (SHARED / "data" / "ants-bees", "val"),
    "brain-mri": (SHARED / "data" / "brain-mri", "test"),
    "samples": (SAMPLES, "val"),
}


def do(request: requests.Request) -> dict[str, Any]:
    return jobs.run(request, silent())


def accuracies(home: Path, backbone: str, name: str, strategy: str, seeds: int) -> list[float]:
    """Of one training for each seed, in a place of its own."""
    os.environ["GRAFT_HOME"] = str(home)
    folder, part = SETS[name]
    found = []
    for seed in range(seeds):
        recipe = Recipe().with_value("data.folder", str(folder)).with_value("backbone.name", backbone)
        recipe = recipe.with_value("strategy.kind", strategy).with_value("seed", seed)
        run = home / f"run-{name}-{strategy}-{seed}"
        shutil.rmtree(run, ignore_errors=True)
        do(requests.Train(project=str(home / f"project-{name}"), recipe=recipe, run=str(run)))
        found.append(float(do(requests.Evaluate(run=str(run)))[part]["accuracy"]))
    return found


def take_weights(home: Path, file: Path, name: str, settings: Mapping[str, Any]) -> None:
    os.environ["GRAFT_HOME"] = str(home)
    do(requests.ImportBackbone(path=str(file), name=name, settings=settings))


def untrained(home: Path, scratch: Path) -> None:
    """Random numbers as the weights of the same network."""
    import timm
    import torch

    torch.manual_seed(0)
    network = timm.create_model(DRAWN.architecture, num_classes=0, **DRAWN.options)
    save_file({key: value.contiguous() for key, value in network.state_dict().items()}, scratch / "random.safetensors")
    take_weights(home, scratch / "random.safetensors", DRAWN.architecture, HOW)


def _snapshots(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.safetensors"))


def floor(name: str) -> float:
    """Accuracy of a few lines of NumPy on the same pictures."""
    squares, labels, held_out = _squares(name)
    rows = np.stack([_histogram(square) for square in squares])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
    model.fit(rows[~held_out], labels[~held_out])
    return float(model.score(rows[held_out], labels[held_out]))


def _histogram(square: NDArray[np.uint8]) -> NDArray[np.float64]:
    points = square.reshape(-1, 3)
    counts, _ = np.histogramdd(points, bins=[np.linspace(0, 256, 6)] * 3)
    grey = square.mean(2)
    edges = np.abs(np.diff(grey, axis=0)).mean(), np.abs(np.diff(grey, axis=1)).mean()
    return np.concatenate([counts.ravel() / len(points), points.mean(0), points.std(0), edges])


def _squares(name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.bool_]]:
    """The pictures as Graft prepares them, their labels, and which are judged on."""
    from core.data.pictures import squares
    from core.jobs.clock import Clock
    from core.jobs.opening import open_dataset
    from core.project import places

    folder, part = SETS[name]
    recipe = Recipe().with_value("data.folder", str(folder))
    dataset = open_dataset(str(places.default_project(folder)), recipe, Clock(), silent())
    indices = np.concatenate([dataset.indices(one) for one in ("train", "val", "test")])
    judged = np.isin(indices, dataset.indices(part))
    keep = judged | np.isin(indices, dataset.indices("train"))
    indices, judged = indices[keep], judged[keep]
    pixels = squares(dataset, indices, 224, "crop", places.pictures_folder(), silent(), 2)
    return pixels, dataset.labels[indices], judged


def compare(folder: Path, sets: Sequence[str], strategies: Sequence[str], seeds: int, arms: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        homes = {arm: Path(scratch) / arm for arm in arms}
        for arm, home in homes.items():
            home.mkdir()
            os.environ["GRAFT_HOME"] = str(home)
            if arm == "random":
                untrained(home, Path(scratch))
            elif arm == "drawn":
                take_weights(home, _snapshots(folder)[-1], DRAWN.architecture, HOW)
            else:
                how = {"mean": [0.5] * 3, "std": [0.5] * 3, "pad_type": "same"}
                take_weights(home, WEIGHTS, "mobilenetv2_035", how)
        for name in sets:
            print(f"{name:<10} {'histogram':<14} {'':<9} {floor(name):.3f}", flush=True)
            for strategy in strategies:
                for arm, home in homes.items():
                    backbone = "mobilenetv2_035" if arm == "imagenet" else DRAWN.architecture
                    found = accuracies(home, backbone, name, strategy, seeds)
                    spread = statistics.stdev(found) if len(found) > 1 else 0.0
                    each = "  ".join(f"{value:.3f}" for value in found)
                    print(
                        f"{name:<10} {strategy:<14} {arm:<9} {statistics.mean(found):.3f} ± {spread:.3f}   {each}",
                        flush=True,
                    )


def curve(folder: Path, sets: Sequence[str]) -> None:
    """Accuracy of linear probes on each snapshot."""
    for snapshot in _snapshots(folder):
        with tempfile.TemporaryDirectory() as home:
            take_weights(Path(home), snapshot, DRAWN.architecture, HOW)
            found = {name: accuracies(Path(home), DRAWN.architecture, name, "linear_probe", 1)[0] for name in sets}
        print(snapshot.stem, "  ".join(f"{name} {value:.3f}" for name, value in found.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--strategies", nargs="+", default=["linear_probe", "fine_tune_top"])
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--curve", action="store_true")
    given = parser.parse_args()
    if given.curve:
        curve(given.folder, given.sets)
    else:
        compare(given.folder, given.sets, given.strategies, given.seeds, given.arms)


if __name__ == "__main__":
    main()
