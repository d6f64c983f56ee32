"""Judging against the plain network, and the report against scikit-learn."""

import json

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from core.backbones import catalogue
from core.backbones.network import build
from core.data.preprocessing import Preprocessing, normalise
from core.errors import Cancelled
from core.evaluation.judge import judge
from core.evaluation.report import UNSURE, report_on
from core.events import Reporter, silent
from core.training.classifier import Classifier, ModelCard


def test_judge_agrees_with_the_plain_network_and_can_be_cancelled() -> None:
    torch.manual_seed(0)
    network = build(catalogue.find("resnet10t"), None)
    preprocessing = Preprocessing(64, "crop", (0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    card = ModelCard("resnet10t", {}, ("a", "b", "c"), preprocessing, 0.5, False, {}, temperature=2.5)
    classifier = Classifier(network, card).train()
    pictures = np.random.default_rng(0).integers(0, 256, (37, 64, 64, 3), dtype=np.uint8)

    answers = judge(classifier, pictures, silent())

    classifier.eval()
    with torch.inference_mode():
        logits = classifier(normalise(torch.from_numpy(pictures), preprocessing))
        expected = torch.softmax(logits / 2.5, -1).numpy()
    assert answers.dtype == np.float32
    assert answers == pytest.approx(expected, abs=1e-5)
    with pytest.raises(Cancelled):
        judge(classifier, pictures, Reporter("x", lambda event: None, cancelled=lambda: True))


def test_report_agrees_with_scikit_learn_and_sorts_the_mistakes() -> None:
    generator = np.random.default_rng(1)
    classes = ("ant", "bee", "wasp", "never seen")
    labels = generator.integers(0, 3, 200)
    probabilities = generator.dirichlet((0.4,) * 4, 200).astype(np.float32)
    probabilities[np.arange(200), labels] += 0.3
    probabilities /= probabilities.sum(1, keepdims=True)
    paths = [f"{i}.jpg" for i in range(200)]

    report = report_on(probabilities, labels, classes, paths)

    answer = probabilities.argmax(1)
    assert report["accuracy"] == pytest.approx((answer == labels).mean())
    assert report["low"] < report["accuracy"] < report["high"]
    assert report["confusion"] == confusion_matrix(labels, answer, labels=range(4)).tolist()
    expected = precision_recall_fscore_support(labels, answer, labels=range(3), zero_division=0.0)
    for row, name, precision, recall, f1, support in zip(report["per_class"], classes, *expected, strict=False):
        assert (row["name"], row["support"]) == (name, support)
        assert [row["precision"], row["recall"], row["f1"]] == pytest.approx([precision, recall, f1])
    assert report["per_class"][3]["recall"] is None

    wrong = {paths[i] for i in np.flatnonzero(answer != labels)}
    sureness = [row["probability"] for row in report["mistakes"]]
    assert {row["path"] for row in report["mistakes"]} == wrong
    assert sureness == sorted(sureness, reverse=True)
    first = report["mistakes"][0]
    at = int(first["path"].removesuffix(".jpg"))
    assert (first["truth"], first["answer"]) == (classes[labels[at]], classes[answer[at]])
    unsure = [row["probability"] for row in report["unsure"]]
    assert len(unsure) == UNSURE
    assert unsure == sorted(unsure)
    assert not {row["path"] for row in report["unsure"]} & wrong
    assert json.loads(json.dumps(report)) == report
