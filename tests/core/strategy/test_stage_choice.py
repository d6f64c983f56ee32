"""The stage that tells the classes apart is found, and the accuracies agree with scikit-learn's."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.strategy.stage_choice import choose_stage


def features(labels: NDArray[np.int64], width: int, strength: float, seed: int) -> NDArray[np.float32]:
    """Class centres of a given strength under unit noise."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(labels.max() + 1, width)) * strength / np.sqrt(width)
    return (centres[labels] + random.normal(size=(len(labels), width)) * 0.5).astype(np.float32)


def test_finds_the_telling_stage() -> None:
    labels = np.random.default_rng(0).integers(0, 4, 240)
    stages = [features(labels, width, strength, width) for width, strength in ((16, 0.2), (48, 3.0), (400, 1.0))]
    best, accuracies = choose_stage(stages, labels, seed=0)
    assert best == 1
    assert accuracies[1] > 0.95
    assert accuracies[0] < 0.5
    assert (best, accuracies) == choose_stage(stages, labels, seed=0)


@pytest.mark.parametrize("width", [20, 400])
def test_accuracy_agrees_with_scikit_learn(width: int) -> None:
    labels = np.random.default_rng(1).integers(0, 3, 300)
    given = features(labels, width, 1.2, 5)
    _, (found,) = choose_stage([given], labels, seed=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    expected = max(
        cross_val_score(make_pipeline(StandardScaler(), RidgeClassifier(alpha=alpha)), given, labels, cv=folds).mean()
        for alpha in (0.3, 3.0, 30.0, 300.0, 3000.0)
    )
    assert found == pytest.approx(expected, abs=0.04)


def test_equal_stages_give_the_upper_and_odd_labels_do_no_harm() -> None:
    labels = np.array([5] * 20 + [9] * 3)
    given = features(np.where(labels == 9, 1, 0), 8, 6.0, 0)
    best, accuracies = choose_stage([given, given], labels, seed=0)
    assert best == 1
    assert accuracies[0] == accuracies[1] > 0.9
    assert choose_stage([given[:1]], labels[:1], seed=0) == (0, [0.0])
