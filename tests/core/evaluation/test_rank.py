"""LogME against the marginal likelihood it stands for, the probe against scikit-learn, and the order of the ranking."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core import metrics
from core.errors import UserError
from core.evaluation.logme import logme
from core.evaluation.rank import PICTURES, Candidate, rank, sample, score
from core.events import Event, Found, Reporter, silent


def _blobs(count: int, width: int, classes: int, distance: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    centres = generator.normal(size=(classes, width)) * distance
    return (centres[labels] + generator.normal(size=(count, width))).astype(np.float32), labels


@pytest.mark.parametrize(("count", "width"), [(40, 6), (24, 60)])
def test_logme_is_the_largest_marginal_likelihood(count: int, width: int) -> None:
    """Labels ~ N(0, I/β + FFᵀ/α): the definition, maximised by a general optimiser."""
    features, labels = _blobs(count, width, 3, 0.4, seed=3)
    kernel = features.astype(np.float64) @ features.T.astype(np.float64)

    def least(target: np.ndarray) -> float:
        def negative(logs: np.ndarray) -> float:
            alpha, beta = np.exp(logs)
            covariance = np.eye(count) / beta + kernel / alpha
            return -float(multivariate_normal.logpdf(target, np.zeros(count), covariance, allow_singular=True))

        starts = [(0.0, 0.0), (3.0, 1.0), (6.0, 2.0)]
        return min(minimize(negative, start, method="Nelder-Mead", options={"fatol": 1e-9}).fun for start in starts)

    expected = np.mean([-least((labels == label).astype(float)) / count for label in range(3)])
    assert logme(features, labels) == pytest.approx(expected, abs=2e-3)


def test_logme_rises_with_what_features_tell_and_ignores_rotation() -> None:
    near, labels = _blobs(150, 20, 4, 0.2, seed=0)
    far, _ = _blobs(150, 20, 4, 1.0, seed=0)
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(20, 20)))
    assert logme(far, labels) > logme(near, labels) + 0.1
    assert logme((far @ rotation).astype(np.float32), labels) == pytest.approx(logme(far, labels), abs=1e-4)


def test_probe_accuracy_agrees_with_scikit_learn() -> None:
    features, labels = _blobs(300, 40, 3, 0.25, seed=5)
    found = score(features, labels, np.arange(300), 3, seed=0)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1 / (0.1 * 240), max_iter=1000))
    expected = cross_val_predict(model, features, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    assert found["probe_accuracy"] == pytest.approx(np.mean(expected == labels), abs=0.05)
    assert (found["low"], found["high"]) == metrics.wilson(round(found["probe_accuracy"] * 300), 300)


def test_a_picture_is_not_known_by_its_twin() -> None:
    """Noise that says nothing of the class, each picture there five times: nobody can be right but by chance."""
    random = np.random.default_rng(0)
    features = np.repeat(random.normal(size=(60, 200)), 5, axis=0).astype(np.float32)
    labels, groups = np.repeat(random.integers(0, 2, 60), 5), np.repeat(np.arange(60), 5)
    assert score(features, labels, np.arange(300), 2, seed=0)["probe_accuracy"] > 0.9
    assert score(features, labels, groups, 2, seed=0)["probe_accuracy"] < 0.75


def test_rank_orders_and_leaves_out_what_cannot_be_had() -> None:
    near, labels = _blobs(120, 30, 3, 0.1, seed=2)
    far, _ = _blobs(120, 30, 3, 0.6, seed=2)
    events: list[Event] = []

    def prepare(name: str) -> Candidate:
        if name == "gone":
            raise UserError("NO_WEIGHTS", name=name, reason="no network")
        features = {"near": near, "far": far}[name]
        return Candidate(lambda rows: features[rows], lambda: 7.5)

    result = rank(("near", "gone", "far"), prepare, labels, np.arange(120), 3, 0, Reporter("x", events.append))

    assert [row["name"] for row in result["backbones"]] == ["far", "near"]
    keys = {"name", "logme", "probe_accuracy", "low", "high", "milliseconds_per_picture", "seconds"}
    assert all(set(row) == keys for row in result["backbones"])
    problems = [event.problem for event in events if isinstance(event, Found)]
    assert [(problem.code, problem.params["name"]) for problem in problems] == [("NO_WEIGHTS", "gone")]
    with pytest.raises(UserError) as caught:
        rank(("gone",), prepare, labels, np.arange(120), 3, 0, silent())
    assert caught.value.code == "NO_WEIGHTS"


def test_sample_keeps_shares_and_every_class() -> None:
    labels = np.repeat([0, 1, 2], [4000, 1000, 2])
    rows = sample(labels, PICTURES, seed=0)
    assert len(np.unique(rows)) == len(rows) <= PICTURES
    assert np.bincount(labels[rows]).tolist() == [799, 199, 1]
    assert (rows == sample(labels, PICTURES, seed=0)).all()
    assert sample(labels[:50], PICTURES, seed=0).tolist() == list(range(50))
