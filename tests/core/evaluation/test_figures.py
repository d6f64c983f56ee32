"""Figures with intervals, calibration and operating points against scikit-learn, scipy and plain loops."""

import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn import metrics as reference
from sklearn.calibration import _TemperatureScaling

from core.evaluation import calibration, intervals, operating
from core.evaluation.answers import Answers, softmax
from core.evaluation.examine import examine
from core.training.deciding import Line, decide, line_of, to_json


def answers(count: int = 300, classes: int = 4, seed: int = 0, sharp: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities [N, C] that are too sure of themselves, and labels [N], unbalanced."""
    random = np.random.default_rng(seed)
    labels = random.choice(classes, count, p=np.linspace(classes, 1, classes) / np.sum(range(1, classes + 1)))
    logits = random.normal(size=(count, classes))
    logits[np.arange(count), labels] += 1.3
    return np.log(softmax(logits * sharp)).astype(np.float32), labels


@pytest.mark.parametrize("classes", [2, 4])
def test_every_figure_agrees_with_scikit_learn(classes: int) -> None:
    logs, labels = answers(classes=classes)
    chances = softmax(logs)
    answer = chances.argmax(1)
    names = [f"c{k}" for k in range(classes)]
    found = intervals.figures(chances, labels, names)
    overall = {key: row["value"] for key, row in found["overall"].items()}
    every = {"average": "macro", "zero_division": 0.0}
    assert overall["accuracy"] == pytest.approx(reference.accuracy_score(labels, answer))
    assert overall["balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(labels, answer))
    assert overall["precision"] == pytest.approx(reference.precision_score(labels, answer, **every))
    assert overall["recall"] == pytest.approx(reference.recall_score(labels, answer, **every))
    assert overall["f1"] == pytest.approx(reference.f1_score(labels, answer, **every))
    area = reference.roc_auc_score(labels, chances[:, 1] if classes == 2 else chances, multi_class="ovr")
    assert overall["roc_auc"] == pytest.approx(area)
    hot = np.eye(classes)[labels]
    assert overall["average_precision"] == pytest.approx(reference.average_precision_score(hot, chances))
    for k, row in enumerate(found["classes"]):
        assert row["f1"]["value"] == pytest.approx(reference.f1_score(labels == k, answer == k))
        assert row["roc_auc"]["value"] == pytest.approx(reference.roc_auc_score(labels == k, chances[:, k]))
    for row in [*found["overall"].values(), *(row["f1"] for row in found["classes"])]:
        assert 0 <= row["low"] < row["value"] < row["high"] <= 1


def test_the_bootstrap_agrees_with_scipys_and_repeats_itself() -> None:
    logs, labels = answers(count=200)
    chances = softmax(logs)
    found = intervals.figures(chances, labels, "abcd")["overall"]

    def balanced(places: np.ndarray) -> float:
        return reference.balanced_accuracy_score(labels[places], chances[places].argmax(1))

    drawn = bootstrap(
        (np.arange(200),), balanced, method="percentile", n_resamples=1000, vectorized=False,
        rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    assert found["balanced_accuracy"]["low"] == pytest.approx(drawn.low, abs=0.012)
    assert found["balanced_accuracy"]["high"] == pytest.approx(drawn.high, abs=0.012)
    assert intervals.figures(chances, labels, "abcd")["overall"] == found


def test_no_mistake_at_all_is_not_certainty() -> None:
    labels = np.arange(20) % 2
    chances = np.where(np.eye(2)[labels] > 0, 0.9, 0.1)
    found = intervals.figures(chances, labels, "ab")
    for name in ("accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision"):
        row = found["overall"][name]
        assert (row["value"], row["high"]) == (1.0, 1.0)
        assert row["low"] < 0.9
    lonely = intervals.figures(chances[:1], labels[:1], "ab")
    assert lonely["overall"]["roc_auc"] is None
    assert lonely["classes"][1]["recall"] is None


def test_temperature_agrees_with_scikit_learns_and_lowers_the_loss() -> None:
    for seed in range(3):
        logs, labels = answers(seed=seed)
        expected = 1 / _TemperatureScaling().fit(logs, labels).beta_
        assert calibration.fit_temperature(logs, labels) == pytest.approx(expected, rel=2e-3)
    found = calibration.calibration(logs, labels, 1.0)
    assert found is not None
    assert 2 < found["temperature"] < 4  # it was made three times too sharp
    assert found["mended"]["ece"] < 0.5 * found["plain"]["ece"]
    assert found["mended"]["loss"] < found["plain"]["loss"]
    assert found["plain"]["loss"] == pytest.approx(reference.log_loss(labels, softmax(logs)))
    assert found["now"] == found["plain"]
    assert calibration.calibration(logs[:19], labels[:19], 1.0) is None
    sure = np.log(np.where(np.eye(2)[labels % 2] > 0, 0.6, 0.4))
    assert calibration.fit_temperature(sure, labels % 2) == calibration.COLDEST  # never wrong: as sharp as allowed
    assert calibration.fit_temperature(sure, 1 - labels % 2) == calibration.HOTTEST


def test_calibration_error_agrees_with_a_plain_loop() -> None:
    logs, labels = answers(count=500)
    chances = softmax(logs)
    sure, right = chances.max(1), chances.argmax(1) == labels
    expected = 0.0
    for k in range(10):
        inside = [i for i in range(500) if k / 10 < sure[i] <= (k + 1) / 10]
        if inside:
            expected += len(inside) / 500 * abs(np.mean(right[inside]) - np.mean(sure[inside]))
    assert calibration.expected_error(chances, labels) == pytest.approx(expected)
    rows = calibration.reliability(chances, labels)
    assert sum(row["count"] for row in rows) == 500
    assert all(row["low"] < row["said"] <= row["high"] for row in rows)
    brier = np.mean([sum((chances[i, k] - (labels[i] == k)) ** 2 for k in range(4)) for i in range(500)])
    assert calibration.quality(chances, labels)["brier"] == pytest.approx(brier)


def test_trade_off_agrees_with_scikit_learns_curve() -> None:
    logs, labels = answers(count=150)
    scores = softmax(logs)[:, 1].round(2)
    rows = operating.trade_off(scores, labels == 1)
    precision, recall, thresholds = reference.precision_recall_curve(labels == 1, scores)
    assert [row["threshold"] for row in rows] == pytest.approx(thresholds[::-1])
    assert [row["recall"] for row in rows] == pytest.approx(recall[:-1][::-1])
    assert [row["precision"] for row in rows] == pytest.approx(precision[:-1][::-1])
    assert all(row["found"] + row["missed"] == (labels == 1).sum() for row in rows)
    assert operating.trade_off(scores, labels == 9) == []
    many = operating.trade_off(np.random.default_rng(0).random(5000), np.arange(5000) % 2 == 0)
    assert len(many) == operating.POINTS
    assert many[-1]["recall"] == 1.0


def test_coverage_agrees_with_a_plain_loop() -> None:
    logs, labels = answers(count=120)
    chances = softmax(logs)
    sure, right = chances.max(1), chances.argmax(1) == labels
    rows = operating.coverage(chances, labels)
    for row in rows:
        kept = sure >= row["threshold"]
        assert row["coverage"] == pytest.approx(kept.mean())
        assert row["accuracy"] == pytest.approx(right[kept].mean())
        assert row["mistakes"] == (~right[kept]).sum()
    assert rows[-1]["coverage"] == 1.0


def test_examine_holds_everything_at_the_temperature_asked_for() -> None:
    logs, labels = answers()
    found = examine(Answers(tuple("abcd"), tuple(map(str, range(300))), labels, logs), 2.0)
    assert found["loss"] == pytest.approx(reference.log_loss(labels, softmax(logs, 2.0)))
    assert found["figures"]["overall"]["accuracy"]["low"] == pytest.approx(found["low"])
    assert found["calibration"]["now"]["loss"] == pytest.approx(found["loss"])
    assert len(found["trade_off"]) == 4
    assert found["coverage"][-1]["accuracy"] == pytest.approx(found["accuracy"])


def test_two_sets_of_answers_are_compared_picture_by_picture() -> None:
    first = np.array([True] * 50 + [False] * 10 + [True] * 2)
    second = np.array([True] * 50 + [True] * 10 + [False] * 2)
    found = intervals.difference(first, second)
    assert (found["only_first"], found["only_second"], found["both"]) == (2, 10, 50)
    assert found["gain"] == pytest.approx(8 / 62)
    assert 0 < found["low"] < found["gain"] < found["high"]
    assert found["p"] == pytest.approx(0.0385742, abs=1e-6)


def test_a_line_finds_and_alarms_as_its_curve_said() -> None:
    logs, labels = answers(count=300)
    kept = Answers(("a", "b", "c", "d"), tuple(map(str, range(300))), labels, logs)
    chances = kept.probabilities()
    assert np.array_equal(decide(chances, kept.classes), chances.argmax(1))
    for row in examine(kept, 1.0)["trade_off"][2][10:100:30]:
        line = Line("c", row["threshold"])
        for one, answer in zip(chances, decide(chances, kept.classes, line), strict=True):
            ranked = [k for k in np.argsort(-one) if k != 2]
            assert answer == (2 if one[2] >= line.threshold else ranked[0])
        found = examine(kept, 1.0, line=line)
        counts = np.array(found["confusion"])
        assert (counts[2, 2], counts[:, 2].sum()) == (row["found"], row["alarms"])
        judged = found["figures"]["classes"][2]
        assert (judged["recall"]["value"], judged["precision"]["value"]) == (row["recall"], row["precision"])
        assert np.trace(counts) == 300 - len(found["mistakes"])
        assert found["accuracy"] == pytest.approx(np.trace(counts) / 300)
    assert line_of(to_json(line)) == line
    assert [line_of(kept) for kept in (None, 3, {}, {"label": "c"}, {"label": 3, "threshold": 0.5})] == [None] * 5
