"""Features as Graft computes them, against torch as one would write it: eager, fp32, channels last.

`uv run python -m tests.benchmarks.features [--rounds 5]`. Random numbers serve: they cost the same time. In each round
both sides look at the same pictures in turn, so that a busy machine slows all alike. Then a whole pass, pictures read
from the cache while others are looked at, against the slower of reading and looking alone. Needs no pictures.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from core.backbones import catalogue, ways
from core.backbones.features import cached_features, reader
from core.backbones.network import Network, build
from core.data.preprocessing import Preprocessing, normalise
from core.data.squares import Squares
from tests.benchmarks.measure import judge, report

BOUNDS = {"mobilenetv2_035": 2.0, "resnet18": 1.6}
PICTURES, WHOLE = 64, 1024
Pictures = npt.NDArray[np.uint8]


def eager(network: Network, preprocessing: Preprocessing) -> Callable[[Pictures], object]:
    """What one writes first: batches of 32, channels last, fp32."""
    plain = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def look(pictures: Pictures) -> object:
        with torch.inference_mode():
            return [
                plain(normalise(torch.from_numpy(pictures[at : at + 32]), preprocessing)).numpy()
                for at in range(0, len(pictures), 32)
            ]

    return look


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def speed(name: str, rounds: int, has_short: bool) -> bool:
    """Pictures a second of both sides, and whether the bound is kept."""
    network = build(catalogue.find(name), None)
    preprocessing = Preprocessing(224, "crop", network.mean, network.std)
    found = ways.measure(network, "cpu", "")
    chosen = found.with_graph().fastest(10_000)
    fast, plain = reader(network, preprocessing, chosen.way), eager(network, preprocessing)
    pictures = np.random.default_rng(0).integers(0, 256, (PICTURES, 224, 224, 3), dtype=np.uint8)
    ours, theirs = [], []
    for _ in range(rounds + 1):
        theirs.append(PICTURES / seconds(lambda: plain(pictures)))
        parts = range(0, PICTURES, found.batch)
        ours.append(
            PICTURES / seconds(lambda parts=parts: [fast.rows(pictures[at : at + found.batch]) for at in parts])
        )  # type: ignore[misc]
    report([(f"{name}: eager fp32", theirs[1:]), (f"{name}: {chosen.way}, {found.batch} at once", ours[1:])], "img/s")
    ratio = float(np.median([one / other for one, other in zip(ours[1:], theirs[1:], strict=True)]))
    print(f"{name}: least cosine to fp32 {chosen.cosine}, the probe's answers the same {chosen.answers:.0%}")
    bound = BOUNDS[name] if has_short else 1.0
    return judge(f"{name}: eager / Graft", 1 / ratio, 1 / bound)


def whole(name: str, rounds: int) -> bool:
    """Reading from the cache and looking, each alone and together."""
    network = build(catalogue.find(name), None)
    preprocessing = Preprocessing(224, "crop", network.mean, network.std)
    way = ways.measure(network, "cpu", "", prepare=False).fastest(WHOLE).way
    hashes = [f"{number:040x}" for number in range(WHOLE)]
    chance = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        kept = Squares(Path(folder), 224, "crop")
        some = chance.integers(0, 256, (64, 224, 224, 3), dtype=np.uint8)
        for start in range(0, WHOLE, 64):
            kept.add([(hashes[start + at], some[at]) for at in range(64)])

        def load(positions: npt.NDArray[np.int64]) -> Pictures:
            return kept.load([hashes[at] for at in positions])[0]

        fast = reader(network, preprocessing, way)
        reading, looking, both = [], [], []
        for number in range(rounds):
            reading.append(seconds(lambda: [load(np.arange(at, at + 128)) for at in range(0, WHOLE, 128)]))
            pieces = [load(np.arange(at, min(at + 32, WHOLE))) for at in range(0, WHOLE, 32)]
            looking.append(seconds(lambda pieces=pieces: [fast.rows(piece) for piece in pieces]))  # type: ignore[misc]
            cache = Path(folder) / str(number)
            both.append(
                seconds(lambda cache=cache: cached_features(network, "w", hashes, load, preprocessing, way, cache))  # type: ignore[misc]
            )
    report([("reading", reading), ("looking", looking), ("both, Graft", both)])
    slower = [max(one, other) for one, other in zip(reading, looking, strict=True)]
    ratio = float(np.median([one / other for one, other in zip(both, slower, strict=True)]))
    return judge("whole / the slower of the two", ratio, 1.15)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    able = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    has_short = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    print(f"bf16 in the processor: {'yes' if has_short else 'no, so the bound is only not to be slower'}")
    kept = [speed(name, given.rounds, has_short) for name in BOUNDS]
    kept.append(whole("mobilenetv2_035", given.rounds))
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
