"""Turns pictures into features, fast; and keeps features, so that no picture is looked at twice by the same network."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.backbones.feature_store import FeatureStore
from core.backbones.fuse import fused
from core.backbones.network import Network
from core.backbones.records import Precision, Way
from core.data.preprocessing import Preprocessing, normalise, to_json
from core.events import Reporter, silent
from core.memory import is_out_of_memory

__all__ = [
    "Extractor", "Features", "Pictures", "Precision", "Reader", "Way", "cached_features", "cached_stage_features",
    "extract", "reader",
]  # fmt: skip

Features = npt.NDArray[np.float32]
Pictures = npt.NDArray[np.uint8]
_Load = Callable[[npt.NDArray[np.int64]], Pictures]

STAGE = "features"
BATCH = 32
# Features are kept after so many pictures, so that a crash or Cancel loses little.
KEPT_EVERY = 512
# So many pictures are read while those before them are looked at.
READ_AHEAD = 128
EVERY_STAGE: Literal["every"] = "every"


class Reader(Protocol):
    """What turns a batch of pictures uint8 [N, S, S, 3] into features float32 [N, width]."""

    width: int

    def rows(self, pictures: Pictures) -> Features: ...


def reader(
    network: Network,
    preprocessing: Preprocessing,
    way: Way,
    device: str = "cpu",
    stage: int | Literal["every"] | None = None,
    fingerprint: str = "",
) -> Reader:
    """The reader of that way; ONNX Runtime gives the last features only, its kin fp32 the stages.

    `fingerprint` is the network's, where it is known already.
    """
    if way == "onnx" and stage is None and not network.read_stages and device == "cpu":
        from core.backbones.onnx_features import OnnxExtractor

        return OnnxExtractor(network, preprocessing, fingerprint or network.fingerprint())
    return Extractor(network, preprocessing, "fp32" if way == "onnx" else way, device, stage)


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
        """Features float32 [N, width] of pictures uint8 [N, S, S, 3], as one batch; where the memory does not hold so
        many, in two halves."""
        try:
            return self._rows(pictures)
        except (MemoryError, RuntimeError) as error:
            if len(pictures) == 1 or not is_out_of_memory(error):
                raise
        if torch.device(self._device).type == "cuda":
            torch.cuda.empty_cache()
        half = len(pictures) // 2
        return np.concatenate([self.rows(pictures[:half]), self.rows(pictures[half:])])

    def normalised(self, pictures: Pictures) -> Tensor:
        """What the network takes, float32 [N, 3, S, S], of pictures uint8 [N, S, S, 3]."""
        batch = torch.from_numpy(np.ascontiguousarray(pictures)).to(self._device)
        return normalise(batch, self._preprocessing)

    def features(self, normalised: Tensor) -> Tensor:
        """Features float32 [N, width] of what the network takes."""
        with autocast(self._device, self._precision):
            return self._read(normalised.contiguous(memory_format=torch.channels_last)).float()

    def _rows(self, pictures: Pictures) -> Features:
        with torch.inference_mode():
            answer: Features = self.features(self.normalised(pictures)).cpu().numpy()
        return answer

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
    way: Way = "fp32",
    device: str = "cpu",
    reporter: Reporter | None = None,
    batch_size: int = BATCH,
    stage: int | None = None,
) -> Features:
    """Features float32 [N, D] of pictures uint8 [N, S, S, 3]; of one stage if asked. Cancellable at every batch."""
    reporter = reporter or silent()
    extractor = reader(network, preprocessing, way, device, stage)
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
    load: _Load,
    preprocessing: Preprocessing,
    way: Way,
    cache: Path,
    device: str = "cpu",
    reporter: Reporter | None = None,
    stage: int | Literal["every"] | None = None,
    view: str = "",
    batch_size: int = BATCH,
) -> Features:
    """Features float32 [N, D] of the pictures with these content hashes, computed only where they are not kept yet.

    `load` gives the pictures uint8 [n, S, S, 3] at positions in `hashes`; `view` names an augmentation of them.
    `weights_hash` says where the numbers came from; the numbers themselves count too. Cancellable; what was computed
    until then is kept. The next pictures are loaded, in a thread, while those before them are looked at.
    """
    reporter = reporter or silent()
    width, fingerprint = _width(network, stage), network.fingerprint()
    store = feature_store(network, weights_hash, preprocessing, way, cache, stage, view, fingerprint)
    answer, missing = store.read(hashes)
    if len(missing):
        extractor = reader(network, preprocessing, way, device, stage, fingerprint)
        first_of = {hashes[position]: position for position in reversed(missing.tolist())}
        todo = np.array(sorted(first_of.values()), np.int64)
        with contextlib.closing(_Keeper(store, hashes, width)) as keeper:
            done = 0
            for chunk, pictures in _loaded_ahead(load, todo):
                for at in range(0, len(chunk), batch_size):
                    reporter.progress(STAGE, done, len(todo))
                    keeper.take(chunk[at : at + batch_size], extractor.rows(pictures[at : at + batch_size]))
                    done += len(chunk[at : at + batch_size])
        reporter.progress(STAGE, len(todo), len(todo))
        answer, _ = store.read(hashes)
    return answer


class _Keeper:
    """Gathers rows and keeps them on disk now and then, and at the end, whichever way it comes."""

    def __init__(self, store: FeatureStore, hashes: Sequence[str], width: int) -> None:
        self._store, self._hashes, self._width = store, hashes, width
        self._positions: list[int] = []
        self._rows: list[Features] = []

    def take(self, positions: npt.NDArray[np.int64], rows: Features) -> None:
        self._positions += positions.tolist()
        self._rows.append(rows)
        if len(self._positions) >= KEPT_EVERY:
            self.close()

    def close(self) -> None:
        if self._positions:
            self._store.append([self._hashes[at] for at in self._positions], np.concatenate(self._rows))
        self._positions, self._rows = [], []


def _loaded_ahead(load: _Load, todo: npt.NDArray[np.int64]) -> Iterator[tuple[npt.NDArray[np.int64], Pictures]]:
    """Positions and their pictures, piece by piece; the next piece is on its way while the last one is used."""
    pieces = [todo[start : start + READ_AHEAD] for start in range(0, len(todo), READ_AHEAD)]
    if len(pieces) == 1:
        yield pieces[0], load(pieces[0])
        return
    with ThreadPoolExecutor(1, "loads-ahead") as thread:
        waiting = thread.submit(load, pieces[0])
        for number, piece in enumerate(pieces):
            pictures = waiting.result()
            if number + 1 < len(pieces):
                waiting = thread.submit(load, pieces[number + 1])
            yield piece, pictures


def cached_stage_features(
    network: Network,
    weights_hash: str,
    hashes: Sequence[str],
    load: _Load,
    preprocessing: Preprocessing,
    way: Way,
    cache: Path,
    device: str = "cpu",
    reporter: Reporter | None = None,
) -> list[Features]:
    """The pooled output of every stage, [N, channels] each, from one pass over the pictures; kept like features."""
    rows = cached_features(
        network, weights_hash, hashes, load, preprocessing, way, cache, device, reporter, EVERY_STAGE
    )
    return split_stages(network, rows)


def feature_store(
    network: Network,
    weights_hash: str,
    preprocessing: Preprocessing,
    way: Way,
    cache: Path,
    stage: int | Literal["every"] | None = None,
    view: str = "",
    fingerprint: str = "",
) -> FeatureStore:
    """Where such features are kept. `fingerprint` is the network's, where it is known already."""
    numbers = [weights_hash, fingerprint or network.fingerprint()]
    key = [network.entry.name, dict(network.settings), numbers, to_json(preprocessing), way, stage, view]
    return FeatureStore(cache, key, _width(network, stage))


def split_stages(network: Network, rows: Features) -> list[Features]:
    """Rows of every stage [N, ΣC] as one [N, channels] per stage."""
    return np.split(rows, np.cumsum([stage.channels for stage in network.stages])[:-1], axis=1)


def _width(network: Network, stage: int | Literal["every"] | None) -> int:
    if stage is None:
        return network.feature_count
    if stage == EVERY_STAGE:
        return sum(one.channels for one in network.stages)
    return network.stages[stage].channels


def autocast(device: str, precision: Precision) -> AbstractContextManager[object]:
    if precision == "fp32":
        return nullcontext()
    dtype = torch.bfloat16 if precision == "bf16" else torch.float16
    return torch.autocast(torch.device(device).type, dtype)
