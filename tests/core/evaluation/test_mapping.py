"""Pictures on a plane: against scikit-learn's PCA, and by UMAP where that is installed."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from core.evaluation import mapping
from core.evaluation.mapping import methods, plane

CLOUDS = np.repeat(np.arange(3), 30)


def _clouds() -> np.ndarray:
    random = np.random.default_rng(0)
    return (random.normal(size=(90, 40)) + 6 * random.normal(size=(3, 40))[CLOUDS]).astype(np.float32)


def test_the_plane_is_that_of_scikit_learns_pca() -> None:
    places, share = plane(_clouds())
    reference = PCA(2).fit(_clouds())
    expected = reference.transform(_clouds())
    expected = (expected - expected.min(0)) / np.ptp(expected, axis=0)
    for axis in range(2):  # which way round is a matter of taste
        one, other = places[:, axis], expected[:, axis]
        assert min(np.abs(one - other).max(), np.abs(one - (1 - other)).max()) < 1e-4
    assert share == pytest.approx(reference.explained_variance_ratio_.sum(), abs=1e-5)


def test_without_the_package_umap_is_not_offered_and_pca_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise mapping.PackageNotFoundError(name)

    monkeypatch.setattr(mapping, "version", missing)
    assert methods() == ("pca",)
    assert np.array_equal(plane(_clouds(), "umap")[0], plane(_clouds())[0])


@pytest.mark.skipif("umap" not in methods(), reason="umap-learn is not installed: it is an extra that nobody needs")
def test_umap_keeps_neighbours_together_and_repeats_itself() -> None:
    places, share = plane(_clouds(), "umap", seed=1)
    assert share is None
    assert places.min() == 0
    assert places.max() == 1
    near = NearestNeighbors(n_neighbors=6).fit(places).kneighbors(places)[1][:, 1:]
    assert (CLOUDS[near] == CLOUDS[:, None]).mean() > 0.95
    assert np.array_equal(places, plane(_clouds(), "umap", seed=1)[0])
    few, share = plane(_clouds()[:5], "umap")
    assert np.isfinite(few).all()
    assert share is not None
