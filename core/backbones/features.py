"""Turns pictures into features, fast; and keeps features, so that no picture is looked at twice by the same network."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.backbones.feature_store import FeatureStore
from core.backbones.fuse import fused
from core.backbones.network import Network
from core.data.preprocessing import Preprocessing, normalise, to_json
from core.events import Reporter, silent

__all__ = ["Extractor", "Features", "Pictures", "Precision", "cached_features", "cached_stage_features", "extract"]

Precision = Literal["fp32", "bf16", "fp16"]
Features = npt.NDArray[np.float32]
Pictures = npt.NDArray[np.uint8]

STAGE = "features"
BATCH = 32
# Features are kept after so many pictures, so that a crash or Cancel loses little.
KEPT_EVERY = 512
EVERY_STAGE: Literal["every"] = "every"


class Extractor:
    """A network made ready to judge many pictures: its own copy, folded, channels last, in one precision.

    `stage` asks for that stage's pooled output instead of the features, "every" for those of all stages in a row.
    """

    def __init__(
        self,
        network: Network,
        preprocessing: Preprocessing,
        precision: Precision,
        device: str = "cpu",
        stage: int | Literal["every"] | None = None,
    ) -> None:
        self._network = fused(network).to(device).to(memory_format=torch.channels_last)
        self._preprocessing = preprocessing
        self._precision = precision
        self._device = device
        self._stage = stage
        self.width = _width(network, stage)

    def rows(self, pictures: Pictures) -> Features:
        """Features float32 [N, width] of pictures uint8 [N, S, S, 3], as one batch."""
        with torch.inference_mode():
            answer: Features = self.features(self.normalised(pictures)).cpu().numpy()
        return answer

    def normalised(self, pictures: Pictures) -> Tensor:
        """What the network takes, float32 [N, 3, S, S], of pictures uint8 [N, S, S, 3]."""
        batch = torch.from_numpy(np.ascontiguousarray(pictures)).to(self._device)
        return normalise(batch, self._preprocessing)

    def features(self, normalised: Tensor) -> Tensor:
        """Features float32 [N, width] of what the network takes."""
        with _autocast(self._device, self._precision):
            return self._read(normalised.contiguous(memory_format=torch.channels_last)).float()

    def _read(self, batch: Tensor) -> Tensor:
        if self._stage is None:
            features: Tensor = self._network(batch)
            return features
        stages = self._network.stage_features(batch)
        return torch.cat([one.float() for one in stages], 1) if self._stage == EVERY_STAGE else stages[self._stage]


def extract(
    network: Network,
    pictures: Pictures,
    preprocessing: Preprocessing,
    precision: Precision = "fp32",
    device: str = "cpu",
    reporter: Reporter | None = None,
    batch_size: int = BATCH,
    stage: int | None = None,
) -> Features:
    """Features float32 [N, D] of pictures uint8 [N, S, S, 3]; of one stage if asked. Cancellable at every batch."""
    reporter = reporter or silent()
    extractor = Extractor(network, preprocessing, precision, device, stage)
    answer = np.empty((len(pictures), extractor.width), np.float32)
    for start in range(0, len(pictures), batch_size):
        reporter.progress(STAGE, start, len(pictures))
        answer[start : start + batch_size] = extractor.rows(pictures[start : start + batch_size])
    reporter.progress(STAGE, len(pictures), len(pictures))
    return answer


def cached_features(
    network: Network,
    weights_hash: str,
    hashes: Sequence[str],
    load: Callable[[npt.NDArray[np.int64]], Pictures],
    preprocessing: Preprocessing,
    precision: Precision,
    cache: Path,
    device: str = "cpu",
    reporter: Reporter | None = None,
    stage: int | Literal["every"] | None = None,
    view: str = "",
) -> Features:
    """Features float32 [N, D] of the pictures with these content hashes, computed only where they are not kept yet.

    `load` gives the pictures uint8 [n, S, S, 3] at positions in `hashes`; `view` names an augmentation of them.
    `weights_hash` says where the numbers came from; the numbers themselves count too. Cancellable; what was computed
    until then is kept.
    """
    reporter = reporter or silent()
    width = _width(network, stage)
    numbers = [weights_hash, network.fingerprint()]
    key = [network.entry.name, dict(network.settings), numbers, to_json(preprocessing), precision, stage, view]
    store = FeatureStore(cache, key, width)
    answer, missing = store.read(hashes)
    if len(missing):
        extractor = Extractor(network, preprocessing, precision, device, stage)
        first_of = {hashes[position]: position for position in reversed(missing.tolist())}
        todo = np.array(sorted(first_of.values()), np.int64)
        for start in range(0, len(todo), KEPT_EVERY):
            chunk = todo[start : start + KEPT_EVERY]
            pictures = load(chunk)
            rows = np.empty((len(chunk), width), np.float32)
            for at in range(0, len(chunk), BATCH):
                reporter.progress(STAGE, start + at, len(todo))
                rows[at : at + BATCH] = extractor.rows(pictures[at : at + BATCH])
            store.append([hashes[position] for position in chunk], rows)
        reporter.progress(STAGE, len(todo), len(todo))
        answer, _ = store.read(hashes)
    return answer


def cached_stage_features(
    network: Network,
    weights_hash: str,
    hashes: Sequence[str],
    load: Callable[[npt.NDArray[np.int64]], Pictures],
    preprocessing: Preprocessing,
    precision: Precision,
    cache: Path,
    device: str = "cpu",
    reporter: Reporter | None = None,
) -> list[Features]:
    """The pooled output of every stage, [N, channels] each, from one pass over the pictures; kept like features."""
    rows = cached_features(
        network, weights_hash, hashes, load, preprocessing, precision, cache, device, reporter, EVERY_STAGE
    )
    ends = np.cumsum([stage.channels for stage in network.stages])[:-1]
    return np.split(rows, ends, axis=1)


def _width(network: Network, stage: int | Literal["every"] | None) -> int:
    if stage is None:
        return network.feature_count
    if stage == EVERY_STAGE:
        return sum(one.channels for one in network.stages)
    return network.stages[stage].channels


def _autocast(device: str, precision: Precision) -> AbstractContextManager[object]:
    if precision == "fp32":
        return nullcontext()
    dtype = torch.bfloat16 if precision == "bf16" else torch.float16
    return torch.autocast(torch.device(device).type, dtype)
