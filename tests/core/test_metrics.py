"""The figures against scikit-learn and scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics as reference

from core import metrics

CLASSES = 5


@pytest.fixture(params=range(4))
def answers(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels [N], probabilities [N, C] and answers [N], unbalanced; the last class never is the truth in one case."""
    random = np.random.default_rng(request.param)
    labels = random.choice(CLASSES, size=200, p=[0.6, 0.2, 0.1, 0.05, 0.05])
    if request.param == 3:
        labels[labels == CLASSES - 1] = 0
    logits = random.normal(size=(200, CLASSES)) * 2
    logits[np.arange(200), labels] += 1.5
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return labels, probabilities, probabilities.argmax(1)


def test_agrees_with_scikit_learn(answers: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    labels, probabilities, answer = answers
    every = list(range(CLASSES))
    found = metrics.summary(probabilities, labels)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, answer))
    recalls = reference.recall_score(labels, answer, labels=np.unique(labels), average=None)
    assert found["balanced_accuracy"] == pytest.approx(recalls.mean())
    assert found["loss"] == pytest.approx(reference.log_loss(labels, probabilities, labels=every))
    counts = metrics.confusion(labels, answer, CLASSES)
    np.testing.assert_array_equal(counts, reference.confusion_matrix(labels, answer, labels=every))
    expected = reference.precision_recall_fscore_support(labels, answer, labels=every, zero_division=0)
    rows = metrics.per_class(labels, answer, CLASSES)
    for name, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        np.testing.assert_allclose([row[name] or 0 for row in rows], values)  # type: ignore[literal-required]


def test_a_class_without_pictures_has_no_recall() -> None:
    rows = metrics.per_class([0, 0, 1], [0, 1, 1], 3)
    assert rows[2] == {"support": 0, "answered": 0, "precision": None, "recall": None, "f1": None}


@given(n=st.integers(1, 2000), share=st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_wilson_agrees_with_scipy(n: int, share: float) -> None:
    correct = round(share * n)
    low, high = metrics.wilson(correct, n)
    expected = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= correct / n <= high <= 1


def test_one_sure_mistake_stays_finite() -> None:
    assert metrics.log_loss([[1.0, 0.0], [1.0, 0.0]], [0, 1]) == pytest.approx(-np.log(1e-15) / 2)


def test_no_pictures_no_score() -> None:
    with pytest.raises(ValueError, match="nothing to judge"):
        metrics.summary(np.empty((0, 3)), [])
    with pytest.raises(ValueError, match="3 labels for 2 answers"):
        metrics.accuracy([0, 1, 1], [0, 1])


def test_ranking_figures_agree_with_scikit_learn_also_with_ties_and_weights(
    answers: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    labels, probabilities, _ = answers
    random = np.random.default_rng(5)
    for label in np.unique(labels):
        for scores in (probabilities[:, label], probabilities[:, label].round(1)):
            positive = labels == label
            assert metrics.roc_auc(scores, positive) == pytest.approx(reference.roc_auc_score(positive, scores))
            expected = reference.average_precision_score(positive, scores)
            assert metrics.average_precision(scores, positive) == pytest.approx(expected)
            weights = random.multinomial(len(labels), np.full(len(labels), 1 / len(labels)), 3).astype(float)
            area, average = metrics.weighted_ranking(scores, positive, weights)
            for row in range(3):
                again = {"sample_weight": weights[row]}
                assert area[row] == pytest.approx(reference.roc_auc_score(positive, scores, **again))
                assert average[row] == pytest.approx(reference.average_precision_score(positive, scores, **again))
    assert metrics.roc_auc([0.2, 0.3], [True, True]) is None
    assert metrics.average_precision([0.2, 0.3], [False, False]) is None


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_mcnemar_agrees_with_scipy_and_the_difference_with_its_own_p(one: int, other: int, both: int) -> None:
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert metrics.mcnemar(one, other) == pytest.approx(expected)
    n = one + other + both
    if n:
        middle, low, high = metrics.paired_difference(one, other, n)
        assert middle == pytest.approx((other - one) / n)
        assert low <= middle <= high
        if n >= 30 and metrics.mcnemar(one, other) < 0.01:  # far from chance: the interval leaves zero out
            assert not low <= 0 <= high
