"""The pictures a model learned from, as its features see them: the nearest ones to a new picture, and how far they are.

A picture whose nearest neighbours are farther than those of nearly all pictures that were held out is *unknown*: the
model never saw its like, whatever probability it gives (Sun et al. 2022, deep nearest neighbours). Kept in the run's
folder as `gallery.npz`, so that it outlives the caches.

Features are compared by their direction: as they are to tell strangers, and as seen from the middle of what was learned
from to find the pictures that are most alike. Without that step all of one subject lie close together and the nearest
means little; with it, what has nothing of the subject, such as noise or a blank page, lies anywhere.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.evaluation.names import packed, unpacked
from core.project import atomic

FILE_NAME = "gallery.npz"
NEIGHBOURS = 5
"""A picture's strangeness is its mean distance to so many. One alone may be a freak; with many a small class is far
from everything."""
MOST = 5000
"""So many pictures at most are kept, evenly over the classes; 1280 features of each in half precision are 13 MB."""
KNOWN_SHARE = 0.95
"""The share of held-out pictures that count as known."""
FEWEST = 20
"""With fewer held-out pictures the training pictures themselves, each without itself, set the limit."""

LARGEST = 65504.0
"""float16's largest number."""

Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Gallery:
    """`features` float16 [N, D], and the `mean` [D] of all that was learned from; `limit` is the strangeness from which
    on a picture is unknown, a distance from 0 (the same direction) to 2."""

    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    features: NDArray[np.float16]
    mean: NDArray[np.float32]
    limit: float

    def nearest(self, features: Rows, count: int = NEIGHBOURS) -> tuple[NDArray[np.int64], Rows]:
        """The most alike to features [n, D]: their places in the gallery [n, count] and distances, nearest first."""
        return _nearest(_directions(features - self.mean), self._from_the_middle, count)

    def strangeness(self, features: Rows) -> Rows:
        """Mean distance [n] to the nearest few."""
        return _strangeness(_directions(features), self._as_they_are)

    @cached_property
    def _as_they_are(self) -> Rows:
        return _directions(self.features.astype(np.float32))

    @cached_property
    def _from_the_middle(self) -> Rows:
        return _directions(self.features.astype(np.float32) - self.mean)


def build(
    features: Rows,
    labels: NDArray[np.int64],
    paths: Sequence[str],
    classes: Sequence[str],
    held_out: Rows,
    seed: int = 0,
) -> Gallery:
    """From the features [N, D] of what was learned from and [M, D] of what was held out."""
    chosen = evenly(labels, MOST, seed)
    rows = _directions(features[chosen])
    if len(held_out) >= FEWEST and len(rows):
        strange = _strangeness(_directions(held_out), rows)
    elif len(rows) > 1:
        strange = _strangeness(rows, rows, itself=True)
    else:
        strange = np.full(1, 2.0, np.float32)
    return Gallery(
        paths=tuple(paths[place] for place in chosen),
        labels=labels[chosen].astype(np.int64),
        classes=tuple(classes),
        features=np.clip(features[chosen], -LARGEST, LARGEST).astype(np.float16),
        mean=features.mean(axis=0).astype(np.float32),
        limit=float(np.quantile(strange, KNOWN_SHARE)),
    )


def save(gallery: Gallery, folder: Path) -> None:
    """Into a run's folder. Raises UserError DISK_FULL or CANNOT_WRITE."""
    with atomic.whole(folder / FILE_NAME) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            paths=packed(gallery.paths),
            classes=packed(gallery.classes),
            labels=gallery.labels,
            features=gallery.features,
            mean=gallery.mean,
            limit=np.float64(gallery.limit),
        )


def load(folder: Path) -> Gallery | None:
    """That of a run's folder; None where there is none that can be read."""
    try:
        with np.load(folder / FILE_NAME, allow_pickle=False) as kept:
            return Gallery(
                paths=unpacked(kept["paths"]),
                labels=kept["labels"],
                classes=unpacked(kept["classes"]),
                features=kept["features"],
                mean=kept["mean"],
                limit=float(kept["limit"]),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _nearest(asked: Rows, rows: Rows, count: int) -> tuple[NDArray[np.int64], Rows]:
    count = min(count, len(rows))
    distances = 1 - asked @ rows.T
    places = np.argpartition(distances, count - 1, axis=1)[:, :count] if count else np.zeros((len(asked), 0), np.int64)
    order = np.argsort(np.take_along_axis(distances, places, axis=1), axis=1, kind="stable")
    places = np.take_along_axis(places, order, axis=1)
    return places.astype(np.int64), np.take_along_axis(distances, places, axis=1).astype(np.float32)


def _strangeness(asked: Rows, rows: Rows, itself: bool = False) -> Rows:
    """Mean distance [n] to the nearest few; where the rows ask about themselves, the nearest of all does not count."""
    distances = _nearest(asked, rows, NEIGHBOURS + itself)[1][:, int(itself) :]
    answer: Rows = distances.mean(axis=1)
    return answer


def _directions(features: Rows) -> Rows:
    rows: Rows = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return rows.astype(np.float32)


def evenly(labels: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """Places of at most so many pictures, ascending; every class gives the same share, and at least a few."""
    if len(labels) <= most:
        return np.arange(len(labels))
    generator = np.random.default_rng(seed)
    chosen: list[NDArray[np.int64]] = []
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        share = max(NEIGHBOURS, round(len(places) * most / len(labels)))
        chosen.append(generator.permutation(places)[:share])
    return np.sort(np.concatenate(chosen))
