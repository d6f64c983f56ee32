"""The stage that tells the classes apart is found, and the accuracies agree with scikit-learn's."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.strategy.stage_choice import Trials, choose_stages


def features(labels: NDArray[np.int64], width: int, strength: float, seed: int) -> NDArray[np.float32]:
    """Class centres of a given strength under unit noise."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(labels.max() + 1, width)) * strength / np.sqrt(width)
    return (centres[labels] + random.normal(size=(len(labels), width)) * 0.5).astype(np.float32)


def test_finds_the_telling_stage() -> None:
    labels = np.random.default_rng(0).integers(0, 4, 240)
    stages = [features(labels, width, strength, width) for width, strength in ((16, 0.2), (48, 3.0), (400, 1.0))]
    read, accuracies = choose_stages(stages[:2], stages[2], Trials(labels, None, seed=0))
    assert read == (1,)
    assert accuracies[1] > 0.95
    assert accuracies[0] < 0.5
    assert (read, accuracies) == choose_stages(stages[:2], stages[2], Trials(labels, None, seed=0))
    assert choose_stages(stages[:1], stages[1], Trials(labels, None, seed=0))[0] is None


def test_stages_that_know_different_things_are_read_together() -> None:
    """One stage tells 0 from 1, another 2 from 3; neither alone tells all four apart."""
    labels = np.random.default_rng(0).integers(0, 4, 240)
    coarse, fine = features(labels // 2, 24, 6.0, 1), features(labels % 2, 24, 6.0, 2)
    read, accuracies = choose_stages([coarse, fine], features(labels, 24, 0.1, 3), Trials(labels, None, seed=0))
    assert read == (0, 1)
    assert max(accuracies) < 0.7


@pytest.mark.parametrize("width", [20, 400])
def test_accuracy_agrees_with_scikit_learn(width: int) -> None:
    labels = np.random.default_rng(1).integers(0, 3, 300)
    given = features(labels, width, 1.2, 5)
    found = Trials(labels, None, seed=0).accuracy(given)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    expected = max(
        cross_val_score(make_pipeline(StandardScaler(), RidgeClassifier(alpha=alpha)), given, labels, cv=folds).mean()
        for alpha in (0.3, 3.0, 30.0, 300.0, 3000.0)
    )
    assert found == pytest.approx(expected, abs=0.04)


def test_more_pictures_help_where_features_are_many() -> None:
    labels = np.random.default_rng(2).integers(0, 3, 400)
    curve = Trials(labels, None, seed=0).learning_curve(features(labels, 300, 1.2, 6))
    assert [count for count, _ in curve] == [80, 160, 320]
    assert curve[0][1] < curve[1][1] < curve[2][1]


def test_a_group_is_never_on_both_sides() -> None:
    """Twins of pure noise: whoever has seen one knows the other, so torn apart they would look easy."""
    labels = np.random.default_rng(3).integers(0, 2, 60)
    once = np.random.default_rng(4).normal(size=(60, 200))
    twice, both = np.concatenate([once, once]), np.concatenate([labels, labels])
    groups = np.concatenate([np.arange(60), np.arange(60)])
    assert Trials(both, None, seed=0).accuracy(twice) > 0.8
    assert Trials(both, groups, seed=0).accuracy(twice) < 0.7


def test_equal_stages_give_the_upper_and_odd_labels_do_no_harm() -> None:
    labels = np.array([5] * 20 + [9] * 3)
    given = features(np.where(labels == 9, 1, 0), 8, 6.0, 0)
    read, accuracies = choose_stages([given], given, Trials(labels, None, seed=0))
    assert read is None
    assert accuracies[0] == accuracies[1] > 0.9
    assert Trials(labels[:1], None, seed=0).accuracy(given[:1]) == 0.0
