"""Which way of computing features is the fastest here that gives the same features: measured, proved, remembered.

Each way is tried on a probe of drawn pictures against torch in fp32. It is right if every picture's features point
where those of fp32 point, and if a linear probe that was fitted on fp32's features answers the same from its own,
but for ties. Of those that are right the fastest for the amount of work at hand is taken.
"""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere

from core.backbones import records
from core.backbones.features import Features, Pictures, Precision, Reader, Way, reader
from core.backbones.network import Network
from core.backbones.onnx_features import graph_path
from core.backbones.records import Measured, Record
from core.data.preprocessing import Preprocessing
from core.events import Reporter, silent
from core.memory import is_out_of_memory

# bf16 on mobilenetv2_035 gives at least 0.984, folded, and the same accuracy on ants and bees.
LEAST_COSINE = 0.98
# A probe's two best answers closer together than this share of the spread of its scores are a tie.
TIE, TINY = 0.05, 1e-6
RIDGE = 1e-2
KINDS, PROBED, PROBED_IF_SLOW, SLOW_SECONDS = 4, 32, 8, 1.0
BATCHES = {"cpu": (16, 32, 64), "cuda": (64, 128, 256), "mps": (32, 64, 128)}
WORTH = 1.05  # a larger batch must be so much faster, or it only costs memory
ROUNDS = 3


def fastest_way(network: Network, device: str, weights_hash: str, pictures: int) -> Way:
    """How to compute the features of so many pictures; tries what needs no preparation where nothing is known yet."""
    found = record(network, device, weights_hash) or measure(network, device, weights_hash, prepare=False)
    if any(one.way == "onnx" for one in found.ways) and graph_path(network, network.fingerprint()).is_file():
        found = found.with_graph()
    return found.fastest(pictures).way


def fastest_precision(network: Network, device: str, weights_hash: str) -> Precision:
    """The fastest of torch's precisions here that gives the same features."""
    found = record(network, device, weights_hash) or measure(network, device, weights_hash, prepare=False)
    way = found.fastest(10**9, ("fp32", "bf16", "fp16")).way
    assert way != "onnx"
    return way


def record(network: Network, device: str, weights_hash: str) -> Record | None:
    """What was measured before with these numbers on this machine; None for numbers that have no name."""
    return records.read(_memory(network, device, weights_hash)) if weights_hash else None


def measure(
    network: Network, device: str, weights_hash: str, prepare: bool = True, reporter: Reporter | None = None
) -> Record:
    """Try every way that this machine has, and remember. `prepare` tries those too that take long to set up."""
    reporter = reporter or silent()
    preprocessing = Preprocessing(network.image_size, "crop", network.mean, network.std)
    exact = reader(network, preprocessing, "fp32", device)
    probe = _probe(exact, preprocessing.size)
    wanted = exact.rows(probe)
    ways: list[Measured] = []
    failed: dict[str, str] = {}
    batch = BATCHES[torch.device(device).type][0]
    candidates = _candidates(network, device, prepare)
    for number, way in enumerate(candidates):
        reporter.progress("ways", number, len(candidates))
        try:
            began = time.perf_counter()
            one = exact if way == "fp32" else reader(network, preprocessing, way, device)
            setup = time.perf_counter() - began
            cosine, answers = compare(wanted, one.rows(probe))
            if way == candidates[0]:
                batch = _batch_size(one, preprocessing.size, BATCHES[torch.device(device).type])
            rate = _rate(one, preprocessing.size, batch, reporter)
        except (RuntimeError, ValueError, OSError, NotImplementedError, AssertionError, TypeError) as error:
            failed[way] = str(error).partition("\n")[0][:200]  # the exporter knows not every network
            continue
        right = way == "fp32" or (cosine >= LEAST_COSINE and answers == 1.0)
        ways.append(Measured(way, round(rate, 2), round(setup, 2), round(cosine, 4), round(answers, 4), right))
    reporter.progress("ways", len(candidates), len(candidates))
    found = Record(tuple(ways), batch, prepare, failed)
    if weights_hash:
        records.write(_memory(network, device, weights_hash), found)
    return found


def compare(exact: Features, quick: Features) -> tuple[float, float]:
    """The least cosine of any picture's features, and the share of a linear probe's answers that stay the same.

    The probe is a ridge regression of the drawn pictures' kinds on the exact features [N, D].
    """
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(quick, axis=1)
    cosine = float(((exact * quick).sum(1) / np.maximum(lengths, 1e-12)).min())
    middle = exact.mean(0)
    spread = float((exact - middle).std()) or 1.0
    known, new = (exact - middle) / spread, (quick - middle) / spread
    kinds = np.eye(KINDS)[np.arange(len(exact)) % KINDS]
    gram = known @ known.T
    duals = np.linalg.solve(gram + RIDGE * (np.trace(gram) / len(gram) + TINY) * np.eye(len(gram)), kinds)
    scores, others = gram @ duals, new @ known.T @ duals
    two_best = np.sort(scores, 1)[:, -2:]
    clear = two_best[:, 1] - two_best[:, 0] > TIE * np.ptp(scores)
    same = scores.argmax(1) == others.argmax(1)
    return cosine, float(same[clear].mean()) if clear.any() else 1.0


def _candidates(network: Network, device: str, prepare: bool) -> list[Way]:
    """torch in fp32 comes last but for what takes long: the fastest of the others usually sets the batch size."""
    kind = torch.device(device).type
    found: list[Way] = []
    if kind == "cpu":
        able = _cpu()
        found += ["bf16"] if able.get("avx512_bf16") or able.get("amx_bf16") else []
    elif kind == "cuda":
        major, _ = torch.cuda.get_device_capability(device)
        found += ["bf16"] if major >= 8 else ["fp16"] if major == 7 else []
    else:
        found += ["fp16"]
    found.append("fp32")
    return [*found, "onnx"] if prepare and kind == "cpu" and not network.read_stages else found


def _cpu() -> dict[str, Any]:
    """What torch knows of the processor; nothing in versions that do not tell."""
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return able


def machine(device: str) -> str:
    """What the figures hold for: the device and its number of threads."""
    if torch.device(device).type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{_cpu().get('cpu_name', '')} {device} {torch.get_num_threads()}"


def _memory(network: Network, device: str, weights_hash: str) -> Path:
    key = [machine(device), torch.__version__, network.entry.name, dict(network.settings), weights_hash]
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]
    return records.path_of(weights_hash, name)


def _probe(exact: Reader, size: int) -> Pictures:
    """As many drawn pictures as may be looked at in a moment."""
    few = drawn(size, PROBED_IF_SLOW)
    exact.rows(few)  # warms up
    began = time.perf_counter()
    exact.rows(few)
    return few if time.perf_counter() - began > SLOW_SECONDS else drawn(size, PROBED)


def drawn(size: int, count: int) -> Pictures:
    """Pictures uint8 [count, size, size, 3], always the same, of four kinds in turn: soft blobs, stripes, checks and
    discs, each with fine grain."""
    chance = torch.Generator().manual_seed(0)
    y, x = torch.meshgrid(torch.linspace(0, 1, size), torch.linspace(0, 1, size), indexing="ij")
    pictures = []
    for number in range(count):
        a, b, c = (float(value) for value in torch.rand(3, generator=chance))
        blobs = F.interpolate(torch.rand(1, 3, 6, 6, generator=chance), size=(size, size), mode="bicubic")[0]
        waves = 4 + 12 * a
        shape = (
            torch.full_like(x, 0.5),
            torch.sin(6.28 * waves * (x * b + y * (1 - b))) / 2 + 0.5,
            ((x * waves).floor() + (y * waves).floor()) % 2,
            (((x - b) ** 2 + (y - c) ** 2).sqrt() < 0.15 + 0.2 * a).float(),
        )[number % KINDS]
        grain = 0.05 * torch.randn(3, size, size, generator=chance)
        pictures.append((0.5 * blobs + 0.5 * shape + grain).clamp(0, 1))
    answer: Pictures = (torch.stack(pictures) * 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return answer


def _batch_size(one: Reader, size: int, sizes: tuple[int, ...]) -> int:
    """The smallest batch beyond which it hardly gets faster, or the memory ends."""
    best, rate = sizes[0], _rate(one, size, sizes[0], silent(), rounds=1)
    if sizes[0] / rate > SLOW_SECONDS:
        return best
    for batch in sizes[1:]:
        try:
            faster = _rate(one, size, batch, silent(), rounds=1)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            return best
        if faster < WORTH * rate:
            return best
        best, rate = batch, faster
    return best


def _rate(one: Reader, size: int, batch: int, reporter: Reporter, rounds: int = ROUNDS) -> float:
    """Pictures a second, the best of a few rounds; slow networks get one."""
    pictures = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), dtype=np.uint8)
    best = 0.0
    for number in range(rounds + 1):  # the first warms up
        reporter.check_cancelled()
        began = time.perf_counter()
        one.rows(pictures)
        seconds = time.perf_counter() - began
        best = max(best, batch / seconds if number else 0.0)
        if seconds > SLOW_SECONDS:
            return max(best, batch / seconds)
    return best
