"""The pictures of a run, as squares and as features, each computed once and then kept."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.backbones.features import Features, Pictures, Way, cached_features, cached_stage_features
from core.backbones.network import Network
from core.data.dataset import Dataset, Part
from core.data.pictures import Album, album, squares
from core.data.preprocessing import Preprocessing
from core.events import Reporter
from core.jobs.clock import Clock
from core.project import places

_Load = Callable[[NDArray[np.int64]], Pictures]
_Asked = tuple[Network, str, list[str], _Load, Preprocessing, Way, Path, str, Reporter]


class Stock:
    """Implements `core.training.teach.Material` on the caches.

    What is learned from may be computed in the fastest way that agrees; what is judged is always fp32.
    """

    def __init__(
        self,
        dataset: Dataset,
        network: Network,
        weights: str,
        preprocessing: Preprocessing,
        way: Way,
        device: str,
        threads: int,
        clock: Clock,
        reporter: Reporter,
    ) -> None:
        self.dataset = dataset
        self.preprocessing = preprocessing
        self.frozen_folder = places.cache_folder() / "frozen"
        self._network = network
        self._weights = weights
        self._way = way
        self._device = device
        self._threads = threads
        self._clock = clock
        self._reporter = reporter
        self._features: dict[Part, Features] = {}
        self._albums: dict[Part, Album] = {}

    def squares(self, part: Part) -> Album:
        """uint8 [n, S, S, 3] in the order of `dataset.indices(part)`, left on the disk."""
        if part not in self._albums:
            indices = self.dataset.indices(part)
            self._albums[part] = album_at(self.dataset, indices, self.preprocessing, self._threads, self._reporter)
        return self._albums[part]

    def features(self, part: Part) -> Features:
        """float32 [n, D] of the network as it was built, in the order of `dataset.indices(part)`."""
        if part not in self._features:
            with self._clock.measure("features"):
                self._features[part] = self._compute(part)
        return self._features[part]

    def stage_features(self, part: Part) -> list[Features]:
        """The pooled output of every stage, float32 [n, channels] each."""
        with self._clock.measure("features"):
            return cached_stage_features(*self._asked(part))

    def _compute(self, part: Part) -> Features:
        return cached_features(*self._asked(part))

    def _asked(self, part: Part) -> _Asked:
        indices = self.dataset.indices(part)
        return (
            self._network,
            self._weights,
            [self.dataset.hashes[i] for i in indices],
            lambda rows: self._squares_at(indices[rows]),
            self.preprocessing,
            self._way if part == "train" else "fp32",
            features_cache(),
            self._device,
            self._reporter,
        )

    def _squares_at(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        return squares_at(self.dataset, indices, self.preprocessing, self._threads, self._reporter)


def squares_at(
    dataset: Dataset, indices: NDArray[np.int64], preprocessing: Preprocessing, threads: int, reporter: Reporter
) -> NDArray[np.uint8]:
    """Squares uint8 [n, S, S, 3] of some pictures, from the user's cache."""
    return squares(dataset, indices, preprocessing.size, preprocessing.fit, places.pictures_folder(), reporter, threads)


def album_at(
    dataset: Dataset, indices: NDArray[np.int64], preprocessing: Preprocessing, threads: int, reporter: Reporter
) -> Album:
    """The same, left on the disk until they are asked for."""
    return album(dataset, indices, preprocessing.size, preprocessing.fit, places.pictures_folder(), reporter, threads)


def features_cache() -> Path:
    return places.cache_folder() / "features"
