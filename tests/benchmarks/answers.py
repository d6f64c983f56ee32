"""Labelling a folder of pictures, against its two halves alone: decoding the files, and the forward pass.

`uv run python -m tests.benchmarks.answers [--rounds 5] [--megapixels 12]`. Each round does all three on the same files
with the same threads. Two folders: the real photographs as they are (small files, the network is the slower half), and
some of them enlarged to what a camera delivers (decoding is). `mobilenetv2_035` in random numbers.

Without a graphics card both halves want the same cores, each all of them when it is alone: nothing can then be faster
than the two added up, and where they are alike, that is half of the slower one's rate. So the bound is on what the
cores allow; the share of the slower half alone is printed beside the most that it could be.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.backbones import catalogue
from core.backbones.network import build
from core.data.decode import decode
from core.data.preprocessing import Preprocessing
from core.evaluation.predict import BATCH, predict_files
from core.evaluation.trained import Trained
from core.events import silent
from core.training.classifier import Classifier, ModelCard
from tests.benchmarks.measure import PICTURES, report

THREADS = os.cpu_count() or 1
SHARE = 0.85


def model() -> Trained:
    network = build(catalogue.find("mobilenetv2_035"), None)
    preprocessing = Preprocessing(224, "crop", network.mean, network.std)
    card = ModelCard("mobilenetv2_035", network.settings, ("a", "b"), preprocessing, 0.0, False, {})
    return Trained(Classifier(network, card).eval())


def decoding(files: Sequence[str], trained: Trained) -> None:
    """From the bytes to the square that the network takes; what is decoded is not kept."""
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(lambda file: trained.prepare(decode(Path(file))).shape, files):
            pass


def forward(files: Sequence[str], trained: Trained) -> None:
    squares = np.random.default_rng(0).integers(0, 256, (BATCH, 224, 224, 3), dtype=np.uint8)
    for start in range(0, len(files), BATCH):
        trained.answer(list(squares[: len(files) - start]))


def together(files: Sequence[str], trained: Trained) -> None:
    rows = predict_files(trained, files, silent(), THREADS)
    assert sum(row["status"] == "ok" for row in rows) == len(files)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def photographs(folder: Path, count: int, megapixels: float) -> list[str]:
    """Real photographs, enlarged."""
    files = []
    for source in itertools.islice(sorted(PICTURES.rglob("*.jpg")), count):
        with Image.open(source) as image:
            scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
            size = (round(image.width * scale), round(image.height * scale))
            image.convert("RGB").resize(size).save(folder / source.name, quality=90)
        files.append(str(folder / source.name))
    return files


def measured(name: str, files: Sequence[str], trained: Trained, rounds: int) -> bool:
    """Print the three, and whether prediction keeps up."""
    works = {"decoding alone": decoding, "forward pass alone": forward, "files to answers": together}
    for work in works.values():
        work(files[:BATCH], trained)
    taken: dict[str, list[float]] = {title: [] for title in works}
    for _ in range(rounds):
        for title, work in works.items():
            taken[title].append(seconds(lambda work=work: work(files, trained)))
    print(f"\n{name}, {len(files)} pictures")
    report(list(taken.items()))
    shares = [max(*alone) / ours for *alone, ours in zip(*taken.values(), strict=True)]
    share = statistics.median(shares)
    possible = statistics.median(max(alone) / sum(alone) for *alone, _ in zip(*taken.values(), strict=True))
    allowed = statistics.median(sum(alone) / ours for *alone, ours in zip(*taken.values(), strict=True))
    print(f"{'share of the slower half alone':<34} {share:8.3f}     at most {possible:.3f} on the same cores")
    kept = allowed >= SHARE
    print(f"{'share of what the cores allow':<34} {allowed:8.3f}     bound {SHARE}: {'kept' if kept else 'BROKEN'}")
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megapixels", type=float, default=12)
    given = parser.parse_args()
    torch.set_num_threads(THREADS)
    trained = model()
    real = [str(path) for path in sorted((PICTURES / "val").rglob("*.jpg"))]
    kept = measured("photographs as they are", real, trained, given.rounds)
    with tempfile.TemporaryDirectory() as folder:
        large = photographs(Path(folder), 40, given.megapixels)
        kept &= measured(f"of {given.megapixels:g} megapixels", large, trained, given.rounds)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
