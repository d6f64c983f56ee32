"""Which precision is the fastest that gives the same features here."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere

from core.backbones.features import Features, Pictures, Precision, extract
from core.backbones.network import Network
from core.data.preprocessing import Preprocessing
from core.project import atomic, places

# A shorter format is used only if every probed picture's features point where those of fp32 point. On mobilenetv2_035
# bf16 gave at least 0.992, and the probe's accuracy on ants and bees did not change.
LEAST_COSINE = 0.98
PROBED_PICTURES = 8


def fastest_precision(
    network: Network,
    device: str = "cpu",
    weights_hash: str = "",
    pictures: Pictures | None = None,
    preprocessing: Preprocessing | None = None,
) -> Precision:
    """bf16 or fp16 where this machine computes it natively and the features stay the same; else fp32.

    Tried once on eight pictures (drawn ones, unless some are given); with `weights_hash` the verdict is remembered.
    """
    candidate = _candidate(device)
    if candidate == "fp32":
        return candidate
    memory = _memory(network, device, weights_hash)
    if weights_hash and memory.is_file():
        return _remembered(memory, candidate)
    if preprocessing is None:
        preprocessing = Preprocessing(network.image_size, "crop", network.mean, network.std)
    probed = _drawn(preprocessing.size) if pictures is None else pictures[:PROBED_PICTURES]
    exact, quick = (extract(network, probed, preprocessing, kind, device) for kind in ("fp32", candidate))
    cosine = _least_cosine(exact, quick)
    verdict = candidate if cosine >= LEAST_COSINE else "fp32"
    if weights_hash:
        atomic.write_json(memory, {"precision": verdict, "least_cosine": round(cosine, 4)})
    return verdict


def _candidate(device: str) -> Precision:
    kind = torch.device(device).type
    if kind == "cpu":
        able = _cpu()
        return "bf16" if able.get("avx512_bf16") or able.get("amx_bf16") else "fp32"
    if kind == "cuda":
        major, _ = torch.cuda.get_device_capability(device)
        return "bf16" if major >= 8 else "fp16" if major == 7 else "fp32"
    return "fp32"


def _cpu() -> dict[str, Any]:
    """What torch knows of the processor; nothing in versions that do not tell."""
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return able


def _memory(network: Network, device: str, weights_hash: str) -> Path:
    machine = torch.cuda.get_device_name(device) if torch.device(device).type == "cuda" else _cpu().get("cpu_name", "")
    key = [machine, torch.__version__, network.entry.name, dict(network.settings), weights_hash]
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]
    return places.cache_folder() / "precision" / f"{name}.json"


def _remembered(memory: Path, candidate: Precision) -> Precision:
    try:
        kept = json.loads(memory.read_text(encoding="utf-8"))["precision"]
    except (OSError, ValueError, KeyError, TypeError):
        return "fp32"
    return candidate if kept == candidate else "fp32"


def _drawn(size: int) -> Pictures:
    """Pictures uint8 [8, size, size, 3] of soft blobs with fine grain, always the same."""
    chance = torch.Generator().manual_seed(0)
    blobs = F.interpolate(torch.rand(PROBED_PICTURES, 3, 6, 6, generator=chance), size=(size, size), mode="bicubic")
    grain = 0.1 * torch.randn(PROBED_PICTURES, 3, size, size, generator=chance)
    drawn: Pictures = ((blobs + grain).clamp(0, 1) * 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return drawn


def _least_cosine(exact: Features, quick: Features) -> float:
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(quick, axis=1)
    return float(((exact * quick).sum(1) / np.maximum(lengths, 1e-12)).min())
