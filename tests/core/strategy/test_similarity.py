"""The measure against torch.distributions and plain BatchNorm, and on real pictures with real weights."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional

from core.backbones.catalogue import find
from core.backbones.features import extract
from core.backbones.network import Network, build
from core.backbones.pretrained import confidences, with_classifier
from core.backbones.weights import import_file, local
from core.data.decode import decode
from core.data.preprocessing import Preprocessing, normalise, to_square
from core.events import silent
from core.strategy import scale
from core.strategy.constants import DOUBT, HALF_CONFIDENCE, HALF_DIVERGENCE, SIMILAR_FROM
from core.strategy.look import look
from core.strategy.moments import Moments, divergence, estimate, gaussian_kl, remembers
from core.strategy.similarity import Similarity, by_confidence, by_memory, sample, unknown

HALF = Preprocessing(224, "crop", (0.5,) * 3, (0.5,) * 3)
SMALL = Preprocessing(64, "crop", (0.5,) * 3, (0.5,) * 3)


@cache
def pictures(folder: Path, count: int, size: int = 224) -> NDArray[np.uint8]:
    """`count` pictures, evenly drawn from all there are."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    chosen = files[:: len(files) // count][:count]
    return np.stack([to_square(torch.from_numpy(decode(path)), size, "crop").numpy() for path in chosen])


@pytest.fixture
def reference(shared: Path) -> Network:
    """The backbone of the reference sets, as a user would import it."""
    file = shared / "weights" / "mobilenetv2_035.imagenet.safetensors"
    import_file(file, "mobilenetv2_035", mean=(0.5,) * 3, std=(0.5,) * 3, settings={"pad_type": "same"})
    entry = find("mobilenetv2_035")
    return build(entry, local(entry))


def noise(count: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)


def remembering(pixels: NDArray[np.uint8]) -> Network:
    """A small network whose BatchNorm layers have seen exactly these pictures."""
    torch.manual_seed(0)
    network = build(find("mobilenetv2_035"), None)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1.0
    with torch.no_grad():
        network.train()(normalise(torch.from_numpy(pixels), SMALL))
    return network.eval()


def moments_of(
    network: Network, pixels: NDArray[np.uint8], preprocessing: Preprocessing, folder: Path
) -> list[Moments]:
    """What the layers see, in full precision."""
    hashes = [str(number) for number in range(len(pixels))]
    everything = np.arange(len(pixels))
    looked = look(
        network, "w", hashes, everything, lambda rows: pixels[rows], preprocessing, "fp32", folder, "cpu", silent()
    )  # fmt: skip
    return looked.moments


def similarity(network: Network, pixels: NDArray[np.uint8], preprocessing: Preprocessing, folder: Path) -> Similarity:
    return by_memory(network, moments_of(network, pixels, preprocessing, folder), preprocessing.size, seed=0)


def test_divergence_agrees_with_torch() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, other = torch.randn(2, 50, generator=generator).double()
    variance, other_variance = torch.rand(2, 50, generator=generator).double() + 0.1
    expected = kl_divergence(Normal(mean, variance.sqrt()), Normal(other, other_variance.sqrt()))
    torch.testing.assert_close(gaussian_kl(mean, variance, other, other_variance), expected)


def test_moments_are_those_that_batch_norm_takes(tmp_path: Path) -> None:
    """In one batch, training mode keeps the very statistics that are gathered picture by picture from a folded network:
    what leaves a norm there has mean β and variance γ²."""
    pixels = noise(8)
    network = remembering(pixels)
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.weight.uniform_(0.5, 2.0)
                layer.bias.normal_()
    first = moments_of(network, pixels, SMALL, tmp_path)[0]
    stem = network.layers.bn1
    assert isinstance(stem, nn.BatchNorm2d)
    torch.testing.assert_close(first.remembered_mean, stem.bias.detach().double())
    torch.testing.assert_close(first.means.mean(0), first.remembered_mean, atol=1e-4, rtol=1e-3)
    variance = first.squares.mean(0) - first.means.mean(0).square()
    torch.testing.assert_close(variance, first.remembered_variance, atol=1e-4, rtol=1e-2)
    assert divergence(first) < 1e-4


def test_one_pass_gives_the_features_that_a_probe_will_ask_for(tmp_path: Path) -> None:
    """Of all pictures, in their order, watched or not; and a second look passes nothing."""
    pixels = noise(40)
    network = remembering(pixels[:8])
    hashes = [str(number % 37) for number in range(40)]  # three of them are twins
    asked: list[int] = []

    def load(rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        asked.extend(rows.tolist())
        return pixels[[int(hashes[row]) for row in rows]]

    def once(watched: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        looked = look(network, "w", hashes, watched, load, SMALL, "fp32", tmp_path, "cpu", silent())
        assert len(looked.moments) == (52 if len(watched) else 0)
        assert all(len(moment.means) == len(watched) for moment in looked.moments)
        return [*looked.stages, looked.last]

    first = once(np.array([3, 30, 5]))
    assert sorted(asked) == [*range(37), *range(37, 40)] or set(asked) >= set(range(37))
    asked.clear()
    second = once(np.array([], np.int64))
    assert asked == []
    expected = extract(network, pixels[[int(name) for name in hashes]], SMALL)
    np.testing.assert_allclose(first[-1], expected, rtol=1e-3, atol=1e-3)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_was_seen_before_is_nearer_than_what_was_not(tmp_path: Path) -> None:
    pixels = noise(48)
    network = remembering(pixels)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    known = similarity(network, pixels, SMALL, tmp_path / "known")
    strange = similarity(network, pixels // 8, SMALL, tmp_path / "strange")
    assert known["value"] is not None
    assert strange["value"] is not None
    assert strange["value"] < SIMILAR_FROM < known["value"]
    assert [row["stage"] for row in known["stages"]] == [0, 1, 2, 3]
    assert {note["code"] for note in known["notes"]} == {"OTHER_SCALE"}
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_the_interval_holds_what_more_pictures_would_show(tmp_path: Path) -> None:
    """Of samples of 25, about 95 % of the intervals must hold the figure of all 200; few pictures must not mislead."""
    pixels = np.concatenate([noise(100) // 2, noise(100, 1) // 3 + 60])
    moments = moments_of(remembering(noise(48)), pixels, SMALL, tmp_path)
    value, low, high = estimate(moments, seed=0)
    assert low <= value <= high
    assert estimate(moments, seed=0) == (value, low, high)
    found = []
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(200)[:25]
        fewer = [replace(moment, means=moment.means[order], squares=moment.squares[order]) for moment in moments]
        found.append(estimate(fewer, seed=0))
    assert sum(few_low <= value <= few_high for _, few_low, few_high in found) >= 17
    assert np.mean([few_value for few_value, _, _ in found]) == pytest.approx(value, rel=0.05)
    assert np.mean([few_high - few_low for _, few_low, few_high in found]) > 1.5 * (high - low)


def test_the_scale_runs_from_0_to_1_and_each_measure_has_its_half_where_it_says() -> None:
    assert scale.of_divergence(0.0) == 1.0
    assert scale.of_divergence(HALF_DIVERGENCE) == pytest.approx(0.5)
    assert scale.of_confidence(HALF_CONFIDENCE) == pytest.approx(0.5)
    assert 0 <= scale.of_confidence(0.0) < 0.01
    falling = [scale.of_divergence(apart) for apart in (0.001, 0.01, 0.1, 1.0, 10.0)]
    assert falling == sorted(falling, reverse=True)
    rows = scale.neighbours(0.9)
    assert rows[0]["code"] == "ants_bees"
    assert all(0 < row["value"] < 1 for row in rows)


def test_confidence_is_a_share_of_the_usual_with_an_interval_over_pictures() -> None:
    random = np.random.default_rng(0)
    sure, unsure = random.uniform(0.4, 0.8, 300), random.uniform(0.1, 0.5, 300)
    high, low = by_confidence("x", sure, 0.6, 0), by_confidence("x", unsure, 0.6, 0)
    assert high["raw"][0] == pytest.approx(sure.mean() / 0.6, abs=1e-4)
    spread = 1.96 * sure.std() / 0.6 / np.sqrt(300)
    assert high["raw"][1:] == pytest.approx([sure.mean() / 0.6 - spread, sure.mean() / 0.6 + spread], abs=0.01)
    assert low["high"] < high["low"]  # type: ignore[operator]
    assert (high["cell"], low["cell"]) == ("similar", "different")
    assert high["notes"][0]["code"] == "BY_CONFIDENCE"


def test_random_weights_remember_nothing() -> None:
    torch.manual_seed(0)
    assert not remembers(build(find("mobilenetv2_035"), None))
    found = unknown("NO_PRETRAINING", "mobilenetv2_035")
    assert (found["value"], found["cell"], found["confident"]) == (None, "unknown", False)


def test_few_pictures_are_never_sure(tmp_path: Path) -> None:
    found = similarity(remembering(noise(8)), noise(5) // 200, SMALL, tmp_path)
    assert found["confident"] is False
    assert "FEW_PICTURES" in {note["code"] for note in found["notes"]}


def test_the_sample_is_at_most_300_and_repeats() -> None:
    assert len(sample(50, 0)) == 50
    assert len(set(sample(5000, 1).tolist())) == 300
    assert sample(5000, 1).tolist() == sample(5000, 1).tolist() != sample(5000, 2).tolist()


def test_real_pictures_lie_where_they_should(reference: Network, shared: Path, tmp_path: Path) -> None:
    """Ants and bees are like ImageNet, brain MRI less so; the figures are those of the reference table."""
    insects = similarity(reference, pictures(shared / "data" / "ants-bees", 100), HALF, tmp_path / "insects")
    brains = similarity(reference, pictures(shared / "data" / "brain-mri", 100), HALF, tmp_path / "brains")
    assert insects["raw"][0] == pytest.approx(0.016, abs=0.004)
    assert brains["raw"][0] == pytest.approx(0.076, abs=0.010)
    assert brains["high"] < insects["low"]  # type: ignore[operator]
    assert (insects["cell"], insects["confident"]) == ("similar", True)
    assert (brains["cell"], brains["confident"]) == ("different", False)
    assert DOUBT[0] < (brains["value"] or 0) < DOUBT[1]
    assert insects["neighbours"][0]["code"] == "ants_bees"
    assert brains["neighbours"][0]["code"] == "brain_mri"
    assert len(insects["layers"]) == 52
    assert insects["notes"] == brains["notes"] == []


def test_without_batch_norm_the_classifier_is_asked_and_gives_the_same_order(shared: Path) -> None:
    file = shared / "weights" / "squeezenet1_1.imagenet.safetensors"
    import_file(file, "squeezenet1_1")
    entry = find("squeezenet1_1")
    kept = local(entry)
    assert kept is not None
    whole = with_classifier(entry, kept, 224)
    assert whole is not None
    imagenet = Preprocessing(224, "crop", kept.mean, kept.std)
    insects, brains = (pictures(shared / "data" / name, 240) for name in ("ants-bees", "brain-mri"))
    found = [
        by_confidence(entry.name, confidences(whole, pixels, imagenet, "cpu", silent()), 0.582, 0)
        for pixels in (insects, brains)
    ]
    assert found[1]["high"] < found[0]["low"]  # type: ignore[operator]
    assert [one["cell"] for one in found] == ["similar", "different"]
    # By hand, from the file: a convolution, ReLU, the mean over places, softmax.
    numbers = load_file(file)
    with torch.no_grad():
        features = whole.get_submodule("features")(normalise(torch.from_numpy(insects[:4]), imagenet))
        weight, bias = numbers["classifier.1.weight"].float(), numbers["classifier.1.bias"].float()
        logits = functional.conv2d(features, weight, bias).relu().mean((2, 3))
    by_hand = logits.softmax(1).amax(1).numpy()
    np.testing.assert_allclose(confidences(whole, insects[:4], imagenet, "cpu", silent()), by_hand, rtol=1e-3)
