"""What an explanation costs: the evidence in one picture, and all that is shown beside it.

`uv run python -m tests.benchmarks.saliency [--rounds 7]`. One picture at a time, from decoded pixels, on a network
built like `mobilenetv2_035` and on a small vision transformer; a forward pass of the same picture is the other side,
in turn.
"""

import argparse
import os
import statistics
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

from core.backbones import catalogue
from core.backbones.fuse import fused
from core.backbones.network import build
from core.data.preprocessing import Preprocessing, normalise
from core.evaluation.saliency import Saliency
from core.training.classifier import Classifier, ModelCard
from tests.benchmarks.measure import judge, report

BOUND = 150.0
NETWORKS = ("mobilenetv2_035", "vit_tiny_patch16_224")
PICTURES = 8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    squares = np.random.default_rng(0).integers(0, 256, (PICTURES, 224, 224, 3), dtype=np.uint8)
    kept = True
    for name in NETWORKS:
        torch.manual_seed(0)
        network = build(catalogue.find(name), None)
        preprocessing = Preprocessing(224, "crop", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        classifier = Classifier(network, ModelCard(name, {}, ("a", "b"), preprocessing, 0.0, False, {})).eval()
        ready, plain = Saliency(classifier), fused(network)
        ready.explain(squares[0])
        explained: list[float] = []
        forward: list[float] = []
        for _ in range(rounds):
            began = time.perf_counter()
            for square in squares:
                ready.explain(square)
            explained.append(1000 * (time.perf_counter() - began) / PICTURES)
            began = time.perf_counter()
            with torch.inference_mode():
                for square in squares:
                    taken = normalise(torch.from_numpy(square[None]), preprocessing)
                    classifier.head(plain(taken.contiguous(memory_format=torch.channels_last)))
            forward.append(1000 * (time.perf_counter() - began) / PICTURES)
        print(name)
        medians = report([("one explanation", explained), ("one forward pass", forward)], "ms")
        print(f"{'ratio':<34} {medians['one explanation'] / statistics.median(forward):8.3f}")
        kept = judge("milliseconds a picture", medians["one explanation"], BOUND) and kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
