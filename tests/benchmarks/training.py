"""What the training loop costs beyond the network itself, and what a training gains by it.

`uv run python -m tests.benchmarks.training [rates] [tutorial] [memory] [checkpoints] [default]`; without names, all.

- rates: `fine_tune_all` of mobilenetv2_035 and resnet18 (224 pixels, mirror and crop on), pictures a second within an
  epoch against bare forward, backward and step on one batch that lies in memory; the two by turns. On a machine that
  others keep busy the processor's time says more than the clock, so both are told.
- tutorial: epochs of the same (judging included) against epochs of the official tutorial's recipe, by turns.
- memory: resident memory over 200 epochs, at 64 pixels.
- checkpoints: the share of a training that goes into writing them.
- default: accuracy and seconds of the default recipe, and of `fine_tune_all`, against those of fastai's `fine_tune`
  with the same weights (0.895 in 130 s, when it was measured on such a machine).

Needs the real pictures and weights; resnet18 has random numbers. Each part, or `rates` and `tutorial` of one of the
`--networks`, takes at most about six minutes.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import PICTURES, ROOT, WEIGHTS, fresh_home, judge, last_line, report

NETWORKS = ("mobilenetv2_035", "resnet18")
SIMPLE = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0}
FASTAI_ACCURACY, FASTAI_SECONDS = 0.895, 130.0
Took = tuple[float, float]
"""Seconds by the clock, and of all the processor's cores together."""


def recipe_of(network: str, **choices: Any) -> Any:
    from core.recipe import Recipe

    recipe = Recipe().with_value("data.folder", str(PICTURES)).with_value("backbone.name", network)
    for path, value in choices.items():
        recipe = recipe.with_value(path.replace("__", "."), value)
    return recipe


def import_weights() -> None:
    """The real weights of mobilenetv2_035, and random ones of resnet18."""
    import timm
    from safetensors.torch import save_file

    from core.backbones.weights import import_file

    half = (0.5, 0.5, 0.5)
    import_file(WEIGHTS, "mobilenetv2_035", mean=half, std=half, settings={"pad_type": "same"})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "resnet18.safetensors"
        save_file(timm.create_model("resnet18", num_classes=0).state_dict(), file)
        import_file(file, "resnet18")


def now() -> Took:
    return time.perf_counter(), time.process_time()


class Taught:
    """A network that can be trained for an epoch again and again, by the loop or bare, always from the same place."""

    def __init__(self, name: str) -> None:
        import torch

        from core.events import silent
        from core.jobs.beginning import classifier_for, resolved_for
        from core.jobs.choosing import choose, network_of
        from core.jobs.clock import Clock
        from core.jobs.opening import open_dataset
        from core.project.places import default_project
        from core.training import teach
        from core.training.stepping import accelerator_for

        recipe = recipe_of(name, strategy__kind="fine_tune_all", training__epochs=1)
        for field, value in SIMPLE.items():
            recipe = recipe.with_value(f"augmentation.{field}", value)
        clock, reporter = Clock(), silent()
        dataset = open_dataset(str(default_project(PICTURES)), recipe, clock, reporter)
        chosen = choose(recipe, reporter)
        network = network_of(chosen, recipe)
        resolved = resolved_for(recipe, chosen, network, dataset, clock, reporter)
        torch.set_num_threads(resolved.threads)
        self.classifier, stock = classifier_for(recipe, resolved, dataset, clock, reporter)
        self.lesson, self.optimizer, self.pace = teach.prepare(self.classifier, recipe, resolved, stock, reporter)
        self.accelerator = accelerator_for(resolved.device, resolved.precision)
        examples = self.lesson.examples
        self.inputs = examples.inputs(torch.arange(self.pace.batch_size), 0)
        self.labels = examples.labels[: self.pace.batch_size].clone()

    def by_the_loop(self) -> list[Took]:
        """What each step of an epoch took but the first and the last, which is shorter."""
        from core.events import Batch, Event, Reporter
        from core.training.loop import learn
        from core.training.steering import Steering

        stamps: list[Took] = []

        def hear(event: Event) -> None:
            if isinstance(event, Batch):
                stamps.append(now())

        reporter = Reporter("benchmark", hear)
        steering = Steering(reporter)
        with tempfile.TemporaryDirectory() as folder:
            learn(
                self.lesson, self.optimizer, None, self.pace, self.accelerator, Path(folder), reporter, steering
            )  # fmt: skip
        return [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(stamps[:-1])]

    def bare(self, steps: int) -> list[Took]:
        from torch.nn import functional

        self.lesson.set_mode()
        stamps = []
        for _ in range(steps + 2):
            self.optimizer.zero_grad()
            functional.cross_entropy(self.classifier(self.inputs), self.labels).backward()
            self.optimizer.step()
            stamps.append(now())
        return [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(stamps[1:])]


def rates(rounds: int, networks: Sequence[str]) -> bool:
    from core import memory

    kept = True
    for name in networks:
        taught = Taught(name)
        looped, bare = [], []
        with memory.kept():  # as every training has it; the bare steps gain as much by it
            taught.by_the_loop()  # warms up
            for _ in range(rounds):
                looped.append(middle(taught.by_the_loop()))
                bare.append(middle(taught.bare(6)))
        rows = [(f"{name}: a step of the loop", looped), (f"{name}: a bare step", bare)]
        report([(title, [1000 * clock for clock, _ in values]) for title, values in rows], "ms")
        report([("  by the processor's time", [1000 * spent for _, spent in values]) for _, values in rows], "ms")
        shares = [statistics.median(o[kind] / b[kind] for o, b in zip(looped, bare, strict=True)) for kind in (0, 1)]
        print(f"{name}: loop / bare by the processor's time {shares[1]:.3f}")
        kept &= judge(f"{name}: loop / bare", shares[0], 1 / 0.9)
    return kept


def middle(steps: Sequence[Took]) -> Took:
    return statistics.median(clock for clock, _ in steps), statistics.median(spent for _, spent in steps)


def train(name: str, folder: Path, hear: Callable[[Any], None] = lambda event: None, **choices: Any) -> dict[str, Any]:
    """The report of a whole training."""
    from core import jobs, requests
    from core.events import Reporter
    from core.project.places import default_project
    from core.project.runs import open_run

    request = requests.Train(project=str(default_project(PICTURES)), recipe=recipe_of(name, **choices), run=str(folder))
    jobs.run(request, Reporter("benchmark", hear))
    return dict(open_run(folder).report or {})


def tutorial(rounds: int, folder: Path, networks: Sequence[str]) -> bool:
    """Seconds an epoch; both learn from the same pictures and judge on the same."""
    kept, epochs = True, 2
    for name in networks:
        theirs, ours = [], []
        for number in range(rounds):
            command = [sys.executable, "-m", "tests.benchmarks.references", "tutorial", str(PICTURES), str(WEIGHTS)]
            told = last_line([*command, f"--epochs={epochs}", f"--network={name}"], dict(os.environ))
            theirs.append(told["seconds"] / epochs)
            run = folder / f"tutorial-{name}-{number}"
            history = train(name, run, strategy__kind="fine_tune_all", training__epochs=epochs + 1)["history"]
            ours.append(statistics.mean(epoch["seconds"] for epoch in history[2:]))  # the first one warms up
        report([(f"{name}: an epoch of Graft", ours), (f"{name}: of the tutorial", theirs)])
        kept &= judge(
            f"{name}: Graft / tutorial", statistics.median(o / t for o, t in zip(ours, theirs, strict=True)), 1 / 3
        )
    return kept


def resident_memory(folder: Path, epochs: int) -> bool:
    """The slope of resident memory over all epochs but the first twenty, in MB an epoch."""
    import psutil

    from core.events import Epoch

    resident: list[float] = []

    def hear(event: Any) -> None:
        if isinstance(event, Epoch):
            resident.append(psutil.Process().memory_info().rss / 2**20)

    train(
        "mobilenetv2_035", folder / "memory", hear, strategy__kind="fine_tune_all", training__epochs=epochs,
        data__image_size=64,
    )  # fmt: skip
    settled = resident[20:]
    print(f"resident MB at epochs 0, 20, 40, …: {'  '.join(f'{value:.0f}' for value in resident[::20])}")
    slope = statistics.linear_regression(range(len(settled)), settled).slope
    return judge("MB an epoch", slope, 0.1)


def checkpoints(folder: Path, networks: Sequence[str]) -> bool:
    """The share of the seconds of a training in which it writes checkpoints."""
    from core.training.keeping import Keeper

    spent, write = [0.0], Keeper._checkpoint

    def timed(keeper: Keeper, *arguments: Any) -> None:
        began = time.perf_counter()
        write(keeper, *arguments)
        spent[0] += time.perf_counter() - began

    Keeper._checkpoint = timed  # type: ignore[method-assign]
    kept = True
    for name in networks:
        spent[0] = 0.0
        told = train(name, folder / f"checkpoints-{name}", strategy__kind="fine_tune_all", training__epochs=20)
        seconds = told["seconds"]["train"]
        print(f"{name}: {spent[0]:.2f} s of {seconds:.1f} s")
        kept &= judge(f"{name}: writing / all", spent[0] / seconds, 0.02)
    Keeper._checkpoint = write  # type: ignore[method-assign]
    return kept


def default(folder: Path) -> bool:
    """Two whole trainings with nothing in the caches but the weights."""
    kept = True
    for kind in (None, "fine_tune_all"):
        told = train("mobilenetv2_035", folder / f"default-{kind}", strategy__kind=kind)
        seconds, accuracy = told["seconds"], told["val"]["accuracy"]
        print(f"{told['strategy']}: accuracy {accuracy:.3f} in {seconds['total']:.1f} s {seconds}")
        kept &= judge(f"{told['strategy']}: fastai / accuracy", FASTAI_ACCURACY / accuracy, 1.0)
        if kind is None:
            kept &= judge(f"{told['strategy']}: seconds / fastai", seconds["total"] / FASTAI_SECONDS, 0.1)
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="rates, tutorial, memory, checkpoints, default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=200, help="of the part `memory`")
    parser.add_argument("--networks", nargs="*", default=NETWORKS, choices=NETWORKS)
    given = parser.parse_args()
    os.chdir(ROOT)
    networks = tuple(given.networks)
    with fresh_home() as (folder, environment):
        os.environ |= environment
        import_weights()
        parts: dict[str, Callable[[], bool]] = {
            "default": lambda: default(folder),
            "rates": lambda: rates(given.rounds, networks),
            "tutorial": lambda: tutorial(max(1, given.rounds // 2), folder, networks),
            "checkpoints": lambda: checkpoints(folder, networks),
            "memory": lambda: resident_memory(folder, given.epochs),
        }
        kept = [part() for name, part in parts.items() if name in (given.names or parts)]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
