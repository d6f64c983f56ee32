"""The measure against torch.distributions and plain BatchNorm, and on real pictures with real weights."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torch.distributions import Normal, kl_divergence

from core.backbones.catalogue import find
from core.backbones.network import Network, build
from core.backbones.weights import import_file, local
from core.data.decode import decode
from core.data.preprocessing import Preprocessing, normalise, to_square
from core.events import silent
from core.strategy.similarity import estimate, gaussian_kl, observe, sample, similarity

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


def test_divergence_agrees_with_torch() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, other = torch.randn(2, 50, generator=generator).double()
    variance, other_variance = torch.rand(2, 50, generator=generator).double() + 0.1
    expected = kl_divergence(Normal(mean, variance.sqrt()), Normal(other, other_variance.sqrt()))
    torch.testing.assert_close(gaussian_kl(mean, variance, other, other_variance), expected)


def test_moments_are_those_that_batch_norm_takes() -> None:
    """In one batch, training mode keeps the very statistics that `observe` gathers picture by picture."""
    pixels = noise(8)
    network = remembering(pixels)
    first = observe(network, pixels, SMALL, silent())[0]
    torch.testing.assert_close(first.means.mean(0), first.remembered_mean, atol=1e-5, rtol=1e-4)
    variance = first.squares.mean(0) - first.means.mean(0).square()
    torch.testing.assert_close(variance, first.remembered_variance, atol=1e-5, rtol=1e-3)


def test_what_was_seen_before_is_nearer_than_what_was_not() -> None:
    pixels = noise(48)
    network = remembering(pixels)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    known = similarity(network, pixels, SMALL, seed=0)
    strange = similarity(network, pixels // 8, SMALL, seed=0)
    assert known["value"] is not None
    assert strange["value"] is not None
    assert known["value"] < 0.02 < strange["value"]
    assert {note["code"] for note in known["notes"]} == {"OTHER_SCALE"}
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_the_interval_holds_what_more_pictures_would_show() -> None:
    """Of samples of 25, about 95 % of the intervals must hold the figure of all 200; few pictures must not mislead."""
    pixels = np.concatenate([noise(100) // 2, noise(100, 1) // 3 + 60])
    moments = observe(remembering(noise(48)), pixels, SMALL, silent())
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


def test_random_weights_remember_nothing() -> None:
    torch.manual_seed(0)
    found = similarity(build(find("mobilenetv2_035"), None), noise(4), SMALL, seed=0)
    assert (found["value"], found["cell"], found["confident"]) == (None, "unknown", False)
    assert found["notes"][0]["code"] == "NO_PRETRAINING"


def test_a_backbone_without_memory_says_so() -> None:
    torch.manual_seed(0)
    found = similarity(build(find("torchvision/squeezenet1_1"), None), noise(4), SMALL, seed=0)
    assert (found["value"], found["cell"]) == (None, "unknown")
    assert found["notes"][0]["code"] == "NO_MEMORY"
    assert similarity(build(find("mobilenetv2_035"), None), noise(0), SMALL, 0)["notes"][0]["code"] == "NO_PICTURES"


def test_few_pictures_are_never_sure() -> None:
    found = similarity(remembering(noise(8)), noise(5) // 200, SMALL, seed=0)
    assert found["confident"] is False
    assert "FEW_PICTURES" in {note["code"] for note in found["notes"]}


def test_the_sample_is_at_most_300_and_repeats() -> None:
    assert len(sample(50, 0)) == 50
    assert len(set(sample(5000, 1).tolist())) == 300
    assert sample(5000, 1).tolist() == sample(5000, 1).tolist() != sample(5000, 2).tolist()


def test_real_pictures_lie_where_they_should(reference: Network, shared: Path) -> None:
    """Ants and bees are like ImageNet, brain MRI less so; the figures are those of the reference table."""
    insects = similarity(reference, pictures(shared / "data" / "ants-bees", 100), HALF, seed=0)
    brains = similarity(reference, pictures(shared / "data" / "brain-mri", 100), HALF, seed=0)
    assert insects["value"] == pytest.approx(0.016, abs=0.004)
    assert brains["value"] == pytest.approx(0.076, abs=0.010)
    assert insects["high"] < brains["low"]  # type: ignore[operator]
    assert (insects["cell"], insects["confident"]) == ("similar", True)
    assert (brains["cell"], brains["confident"]) == ("different", False)
    assert insects["neighbours"][0]["code"] == "ants_bees"
    assert brains["neighbours"][0]["code"] == "brain_mri"
    assert len(insects["layers"]) == 52
    assert insects["notes"] == brains["notes"] == []


def test_another_backbone_is_stood_in_for(reference: Network, shared: Path) -> None:
    network = build(find("torchvision/squeezenet1_1"), None)
    pixels = pictures(shared / "data" / "ants-bees", 100)
    imagenet = Preprocessing(224, "crop", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    found = similarity(network, pixels, imagenet, seed=0)
    assert found["value"] == similarity(reference, pixels, HALF, seed=0)["value"]
    assert found["measured_with"] == "mobilenetv2_035"
    assert [note["code"] for note in found["notes"]] == ["STAND_IN"]
