"""Ways of computing features: a way that gives other features is never taken, and the fastest depends on the work."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import RidgeClassifier
from torch import nn

from core.backbones import catalogue, records, ways
from core.backbones.features import Features, Pictures
from core.backbones.network import Network, build
from core.backbones.records import Measured, Record
from core.events import Cancelled, Reporter


@pytest.fixture
def network() -> Network:
    """Random numbers, and statistics that let pictures differ in their features."""
    torch.manual_seed(0)
    made = build(catalogue.find("lcnet_050"), None, {"image_size": 64})
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -1, 1)
    return made


class Shifted:
    """A way that answers fast and wrong."""

    def __init__(self, network: Network, wrong: float) -> None:
        self.width, self._wrong = network.feature_count, wrong

    def rows(self, pictures: Pictures) -> Features:
        chance = np.random.default_rng(0)
        return (self._wrong * chance.standard_normal((len(pictures), self.width))).astype(np.float32)


def test_every_way_is_measured_against_fp32_and_remembered(network: Network) -> None:
    found = ways.measure(network, "cpu", "w1")
    assert {"fp32", "onnx"} <= {one.way for one in found.ways}
    assert all(one.rate > 0 and one.right for one in found.ways if one.way in ("fp32", "onnx"))
    exact = next(one for one in found.ways if one.way == "fp32")
    assert (exact.cosine, exact.answers) == (1.0, 1.0)
    assert found.complete
    assert found.batch in ways.BATCHES["cpu"]
    assert ways.record(network, "cpu", "w1") == found == records.latest("w1")
    assert ways.record(network, "cpu", "w2") is None
    assert ways.record(network, "cpu", "") is None
    row = records.as_row(found)
    assert row is not None
    rates = {one.way: one.rate for one in found.ways if one.right}
    assert row["milliseconds"] == pytest.approx(1000 / rates[row["way"]], abs=1e-3)


def test_a_way_that_gives_other_features_is_not_taken(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ways.reader
    monkeypatch.setattr(ways, "_candidates", lambda network, device, prepare: ["bf16", "fp32"])
    monkeypatch.setattr(ways, "reader", lambda n, p, way, device: Shifted(n, 1) if way == "bf16" else real(n, p, way))
    wrong = ways.measure(network, "cpu", "w1", prepare=False).ways[0]
    assert (wrong.way, wrong.right) == ("bf16", False)
    assert wrong.cosine < 0.5
    assert ways.fastest_way(network, "cpu", "w1", 1000) == "fp32"
    assert ways.fastest_precision(network, "cpu", "w1") == "fp32"


def test_a_way_that_fails_is_named_and_left_out(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ways.reader

    def broken(n: Network, p: object, way: str, device: str) -> object:
        if way == "onnx":
            raise RuntimeError("no such operator\nand much more")
        return real(n, p, way, device)  # type: ignore[arg-type]

    monkeypatch.setattr(ways, "reader", broken)
    found = ways.measure(network, "cpu", "w1")
    assert found.failed == {"onnx": "no such operator"}
    assert "onnx" not in [one.way for one in found.ways]


def test_what_takes_long_to_set_up_is_taken_for_much_work_alone() -> None:
    quick, slow = Measured("fp32", 100, 0.0, 1, 1, True), Measured("onnx", 200, 10.0, 1, 1, True)
    wrong = Measured("bf16", 900, 0.0, 0.9, 1, False)
    found = Record((quick, slow, wrong), 32)
    assert found.fastest(1999).way == "fp32"
    assert found.fastest(2001).way == "onnx"
    assert found.fastest(10**6, ("fp32", "bf16")).way == "fp32"
    assert found.with_graph().fastest(150).way == "onnx"


def test_the_probe_answers_like_a_ridge_classifier_and_overlooks_ties() -> None:
    chance = np.random.default_rng(0)
    middles = chance.standard_normal((ways.KINDS, 40))
    kinds = np.arange(32) % ways.KINDS
    exact = (middles[kinds] + 0.3 * chance.standard_normal((32, 40))).astype(np.float32)
    assert ways.compare(exact, exact) == pytest.approx((1.0, 1.0))
    assert ways.compare(exact, exact + 1e-3)[1] == 1.0
    swapped = exact.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    cosine, answers = ways.compare(exact, swapped)
    assert cosine < 0.9
    probe = RidgeClassifier(alpha=1.0).fit(exact, kinds)
    assert answers == pytest.approx((probe.predict(swapped) == probe.predict(exact)).mean())
    same = np.ones((8, 4), np.float32)  # nothing to tell apart: every answer is a tie
    assert ways.compare(same, same)[1] == 1.0


def test_measuring_can_be_cancelled_and_a_torn_record_is_measured_anew(network: Network) -> None:
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        ways.measure(network, "cpu", "w1", False, Reporter("test", lambda event: None, lambda: next(asked)))
    assert records.latest("w1") is None
    path: Path = records.path_of("w1", "x")
    path.parent.mkdir(parents=True)
    path.write_text('{"ways": [{"way": "fp32"}]}')
    assert records.read(path) is None
    assert records.as_row(records.latest("w1")) is None


def test_the_drawn_pictures_are_always_the_same_and_of_four_kinds() -> None:
    first, again = ways.drawn(48, 8), ways.drawn(48, 8)
    assert first.shape == (8, 48, 48, 3)
    np.testing.assert_array_equal(first, again)
    assert len({picture.tobytes() for picture in first}) == 8
