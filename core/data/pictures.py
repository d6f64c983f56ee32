"""The resized pictures of a dataset: from the cache, or, where they are not in it, from the files."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.reading import in_threads, read_square
from core.data.squares import Squares
from core.errors import UserError
from core.events import Reporter
from core.recipe import Fit

_BATCH = 48
_AT_ONCE = 20 * _BATCH  # so that memory does not grow with the dataset


class Shown(Protocol):
    """Pictures uint8 [N, S, S, 3], in memory or on the disk: all that a stage of work asks of them at once."""

    def __len__(self) -> int: ...

    def __getitem__(self, places: slice | NDArray[np.int64], /) -> NDArray[np.uint8]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """Pictures that stay in the cache until they are asked for: the system keeps in memory what there is room for.

    `rows` [N] are their places in `pixels`, the cache's file; what could not be kept there is held `apart`, by number.
    """

    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]
    apart: Mapping[int, NDArray[np.uint8]]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, places: slice | NDArray[np.int64], /) -> NDArray[np.uint8]:
        rows = self.rows[places]
        if not self.apart:
            return self.pixels[rows]
        taken = np.empty((len(rows), *self.pixels.shape[1:]), np.uint8)
        here, numbers = rows >= 0, np.arange(len(self))[places]
        taken[here] = self.pixels[rows[here]]
        for at in np.flatnonzero(~here):
            taken[at] = self.apart[int(numbers[at])]
        return taken


def album(
    dataset: Dataset, indices: NDArray[np.int64], size: int, fit: Fit, cache: Path, reporter: Reporter, threads: int
) -> Album:
    """As `squares`, but not in memory. Every picture is read once here, and its checksum compared. Raises likewise."""
    whole = True
    for start in range(0, len(indices), _AT_ONCE):
        some = indices[start : start + _AT_ONCE]
        whole &= not _load(dataset, some, size, fit, cache, reporter, threads)[1]
    if not whole:
        raise UserError("DATA_CHANGED")
    pixels, rows = Squares(cache, size, fit).places([dataset.hashes[index] for index in indices])
    absent = np.flatnonzero(rows < 0)
    held = squares(dataset, indices[absent], size, fit, cache, reporter, threads)
    apart = dict(zip(absent.tolist(), held, strict=True))
    return Album(pixels, rows, apart)


def squares(
    dataset: Dataset, indices: NDArray[np.int64], size: int, fit: Fit, cache: Path, reporter: Reporter, threads: int
) -> NDArray[np.uint8]:
    """uint8 [n, size, size, 3], in the order of `indices`.

    Raises UserError DATA_CHANGED where a picture is neither in the cache nor, as it was scanned, on the disk; each such
    picture is reported as CHANGED. `prepare` makes sure beforehand that there is none.
    """
    pictures, lost = _load(dataset, indices, size, fit, cache, reporter, threads)
    if lost:
        raise UserError("DATA_CHANGED")
    return pictures


def prepare(dataset: Dataset, size: int, fit: Fit, cache: Path, reporter: Reporter, threads: int) -> Dataset:
    """Bring all pictures of the dataset into the cache. Gives the dataset without those that changed or vanished since
    the scan, each reported as CHANGED: from here on the files themselves are not needed any more."""
    lost: set[int] = set()
    for start in range(0, len(dataset), _AT_ONCE):
        indices = np.arange(start, min(start + _AT_ONCE, len(dataset)))
        lost.update(_load(dataset, indices, size, fit, cache, reporter, threads)[1])
    return dataset.without(lost) if lost else dataset


def changed(dataset: Dataset) -> list[str]:
    """The paths of files that changed or vanished since the scan, by their metadata: for a look between epochs."""
    return [path for path, stamp in zip(dataset.paths, dataset.stamps, strict=False) if _is_other(dataset, path, stamp)]


def _is_other(dataset: Dataset, path: str, stamp: NDArray[np.int64]) -> bool:
    try:
        status = (dataset.folder / path).stat()
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) != tuple(stamp.tolist())


def _load(
    dataset: Dataset, indices: NDArray[np.int64], size: int, fit: Fit, cache: Path, reporter: Reporter, threads: int
) -> tuple[NDArray[np.uint8], set[int]]:
    """The pictures, and the indices of those that cannot be had; these are zero."""
    kept = Squares(cache, size, fit)
    pictures, here = kept.load([dataset.hashes[index] for index in indices])
    missing = np.flatnonzero(~here).tolist()
    if not missing:
        return pictures, set()

    lost: set[int] = set()
    batch: list[tuple[str, NDArray[np.uint8]]] = []
    asked = [(dataset.folder / dataset.paths[index], dataset.hashes[index]) for index in indices[missing]]
    try:
        with closing(in_threads(lambda file: read_square(*file, size, fit), asked, threads)) as answers:
            for done, (place, picture) in enumerate(zip(missing, answers, strict=True)):
                reporter.progress("pictures", done, len(missing))
                if picture is None:
                    lost.add(int(indices[place]))
                    reporter.found("CHANGED", dataset.paths[indices[place]])
                    continue
                pictures[place] = picture
                batch.append((dataset.hashes[indices[place]], picture))
                if len(batch) == _BATCH:
                    _keep(batch, kept)
    finally:
        _keep(batch, kept)
    reporter.progress("pictures", len(missing), len(missing))
    return pictures, lost


def _keep(batch: list[tuple[str, NDArray[np.uint8]]], kept: Squares) -> None:
    """What cannot be kept is computed again next time: no reason to stop."""
    try:
        kept.add(batch, anew=True)
    except UserError as error:
        if error.code not in ("CANNOT_WRITE", "DISK_FULL"):
            raise
    batch.clear()
