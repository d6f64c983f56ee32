"""One pass over the pictures that gives all that the advisor wants: features of every stage, the last features, and
what the BatchNorm layers saw. The features are those that a probe will be trained on, kept where it will look for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.backbones.features import (
    BATCH,
    EVERY_STAGE,
    KEPT_EVERY,
    STAGE,
    Features,
    Pictures,
    Precision,
    Way,
    autocast,
    feature_store,
    split_stages,
)
from core.backbones.fuse import fused
from core.backbones.network import Network
from core.data.preprocessing import Preprocessing, normalise
from core.events import Reporter
from core.strategy.moments import Moments, Watch


@dataclass(frozen=True, slots=True)
class Looked:
    """`stages` float32 [N, channels] each, `last` [N, D]; `moments` of the pictures that were watched."""

    stages: list[Features]
    last: Features
    moments: list[Moments]


def look(
    network: Network,
    weights_hash: str,
    hashes: Sequence[str],
    watched: NDArray[np.int64],
    load: Callable[[NDArray[np.int64]], Pictures],
    preprocessing: Preprocessing,
    way: Way,
    cache: Path,
    device: str,
    reporter: Reporter,
) -> Looked:
    """Look at the pictures with these content hashes: at those not looked at before, and at the `watched` positions.

    `load` gives pictures uint8 [n, S, S, 3] at positions in `hashes`. Cancellable; what was computed until then is
    kept.
    """
    every = feature_store(network, weights_hash, preprocessing, way, cache, EVERY_STAGE)
    last = feature_store(network, weights_hash, preprocessing, way, cache)
    missing = sorted({*every.read(hashes)[1].tolist(), *last.read(hashes)[1].tolist()} - set(watched.tolist()))
    # ONNX Runtime shows no inner layers; what torch computes in full precision agrees with it to rounding.
    eyes = _Eyes(network, preprocessing, "fp32" if way == "onnx" else way, device)
    done, total = 0, len(watched) + len(missing)
    for positions, watching in ((watched, True), (np.array(missing, np.int64), False)):
        for start in range(0, len(positions), KEPT_EVERY):
            chunk = positions[start : start + KEPT_EVERY]
            pictures = load(chunk)
            rows = []
            for at in range(0, len(chunk), BATCH):
                reporter.progress(STAGE, done, total)
                rows.append(eyes.rows(pictures[at : at + BATCH], watching))
                done += len(rows[-1][0])
            names = [hashes[position] for position in chunk]
            for store, parts in zip((every, last), zip(*rows, strict=True), strict=True):
                store.append(names, np.concatenate(parts))
    reporter.progress(STAGE, total, total)
    stages = split_stages(network, every.read(hashes)[0])
    return Looked(stages, last.read(hashes)[0], eyes.moments() if len(watched) else [])


class _Eyes:
    """A copy of the network, folded and fast, made when the first picture comes."""

    def __init__(self, network: Network, preprocessing: Preprocessing, precision: Precision, device: str) -> None:
        self._network = network
        self._preprocessing = preprocessing
        self._precision = precision
        self._device = device
        self._made: tuple[Network, Watch] | None = None

    def rows(self, pictures: Pictures, watching: bool) -> tuple[Features, Features]:
        """Features of all stages side by side, and the last, of one batch uint8 [N, S, S, 3]."""
        running, watch = self._ready()
        if watching:
            with watch.open():
                return self._rows(running, pictures)
        return self._rows(running, pictures)

    def moments(self) -> list[Moments]:
        return self._ready()[1].moments()

    def _ready(self) -> tuple[Network, Watch]:
        if self._made is None:
            running = fused(self._network).to(self._device).to(memory_format=torch.channels_last)
            self._made = running, Watch(self._network, running)
        return self._made

    def _rows(self, running: Network, pictures: Pictures) -> tuple[Features, Features]:
        with torch.inference_mode(), autocast(self._device, self._precision):
            batch = torch.from_numpy(np.ascontiguousarray(pictures)).to(self._device)
            taken = normalise(batch, self._preprocessing).contiguous(memory_format=torch.channels_last)
            stages, last = running.every_feature(taken)
            every = torch.cat([stage.float() for stage in stages], 1)
        return every.cpu().numpy(), last.float().cpu().numpy()
