"""Pictures laid out on a plane as the model sees them: alike lie together."""

import importlib
import warnings
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]

FEWEST = 16
"""With fewer pictures there are no neighbourhoods: UMAP looks at 15 neighbours."""


def methods() -> tuple[str, ...]:
    """What can be had here; `umap` needs the package umap-learn."""
    try:
        version("umap-learn")
    except PackageNotFoundError:
        return ("pca",)
    return ("pca", "umap")


def plane(features: Rows, method: str = "pca", seed: int = 0) -> tuple[Rows, float | None]:
    """Places [N, 2] from 0 to 1 of features [N, D], and of `pca` the share of all variance that the plane shows.

    `umap` keeps neighbours together (McInnes, Healy and Melville 2018), the same for the same seed; its share is None.
    Where it is not installed or there are too few pictures, `pca` it is.
    """
    if method == "umap" and "umap" in methods() and len(features) >= FEWEST:
        umap = importlib.import_module("umap")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a seed leaves it one thread
            return _unit(np.asarray(umap.UMAP(random_state=seed).fit_transform(features), dtype=np.float32)), None
    places, share = principal(features)
    return _unit(places), share


def principal(features: Rows) -> tuple[Rows, float]:
    """The two directions of most variance [N, 2], signs fixed so that a map does not flip, and their share of it."""
    centred = features.astype(np.float64) - features.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    places = np.zeros((len(features), 2))
    count = min(2, len(sizes))
    places[:, :count] = left[:, :count] * sizes[:count]
    turned = np.sign(places[np.abs(places).argmax(axis=0), [0, 1]])
    total = float((sizes**2).sum())
    share = float((sizes[:2] ** 2).sum() / total) if total else 1.0
    return (places * np.where(turned == 0, 1, turned)).astype(np.float32), share


def _unit(places: Rows) -> Rows:
    low, high = places.min(axis=0), places.max(axis=0)
    result: Rows = ((places - low) / np.maximum(high - low, 1e-9)).astype(np.float32)
    return result
