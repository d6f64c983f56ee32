"""An ONNX export with its parity certificate, against the bare `torch.onnx.export` call.

`uv run python -m tests.benchmarks.exporting [--rounds 3]`. Ours is what the user waits for: the file written, opened
again with onnxruntime, and compared on 100 photographs and 50 awkward pictures. Bare is the call that a programmer
would write: the network with its head for normalised pictures of 224 pixels, with an open batch, and nothing checked;
beside it, for comparison, the same call for all that our file holds, from raw pictures of any size to probabilities.
`mobilenetv2_035` in random numbers.
"""

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch.export import Dim

from core.backbones import catalogue
from core.backbones.network import build
from core.data.preprocessing import Preprocessing
from core.evaluation.ensemble import as_ensemble
from core.events import silent
from core.export.formats import export_model
from core.export.onnx_model import OPSET
from core.training.classifier import Classifier, ModelCard
from tests.benchmarks.measure import PICTURES, judge, report

BOUND = 1.5


def model() -> Classifier:
    torch.manual_seed(0)
    network = build(catalogue.find("mobilenetv2_035"), None)
    preprocessing = Preprocessing(224, "crop", network.mean, network.std)
    card = ModelCard("mobilenetv2_035", network.settings, ("a", "b"), preprocessing, 0.0, False, {})
    return Classifier(network, card).eval()


def bare(module: torch.nn.Module, example: torch.Tensor, open_axes: tuple[int, ...], path: Path) -> None:
    axes = dict.fromkeys(open_axes, Dim.DYNAMIC)
    program = torch.onnx.export(
        module, (example,), dynamo=True, opset_version=OPSET, input_names=["image"], output_names=["answers"],
        dynamic_shapes=(axes,), verbose=False,
    )  # fmt: skip
    assert program is not None
    program.save(str(path), external_data=False)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    plain = model()
    whole = as_ensemble(plain).eval()
    pictures = [(path, None) for path in sorted((PICTURES / "val").rglob("*.jpg"))]
    taken: dict[str, list[float]] = {"bare call": [], "bare call, all of our file": [], "export with parity": []}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        works = (
            lambda: bare(plain, torch.zeros(2, 3, 224, 224), (0,), file),
            lambda: bare(whole, torch.zeros(2, 40, 30, 3, dtype=torch.uint8), (0, 1, 2), file),
            lambda: export_model(whole, "onnx", file, pictures, silent()),
        )
        for work in works:
            work()
        for _ in range(rounds):
            for name, work in zip(taken, works, strict=True):
                taken[name].append(seconds(work))
    report(list(taken.items()))
    small, large, ours = taken.values()
    print(f"{'against all of our file':<34} {statistics.median(b / a for a, b in zip(large, ours, strict=True)):8.3f}")
    ratio = statistics.median(b / a for a, b in zip(small, ours, strict=True))
    return 0 if judge("with parity / bare call", ratio, BOUND) else 1


if __name__ == "__main__":
    sys.exit(main())
