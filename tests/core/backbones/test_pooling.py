"""Pooling before the head: in every kind of network that averages a map, and as the paper has it."""

import pytest
import torch
from torch.nn import functional

from core.backbones.catalogue import find
from core.backbones.network import build
from core.backbones.pooling import Pool, starts
from core.errors import UserError


@pytest.mark.parametrize(
    "name", ["test_resnet", "mobilenetv2_035", "torchvision/resnet18", "swin_tiny_patch4_window7_224"]
)
def test_the_largest_value_of_the_last_map_takes_the_place_of_its_average(name: str) -> None:
    entry = find(name)
    size = entry.image_size
    torch.manual_seed(0)
    usual = build(entry, None)
    torch.manual_seed(0)
    largest = build(entry, None, {"pooling": "max"})
    assert largest.feature_count == usual.feature_count
    assert list(largest.state_dict()) == list(usual.state_dict())
    pictures = torch.randn(2, 3, size, size)
    with torch.inference_mode():
        one, other = usual(pictures), largest(pictures)
        low, high = usual.stage_features(pictures), largest.stage_features(pictures)
    assert one.shape == other.shape
    assert not torch.equal(one, other)
    assert all((b >= a - 1e-5).all() for a, b in zip(low, high, strict=True))


@pytest.mark.parametrize("side", [7, 8, 3, 2])
def test_fractional_regions_lie_evenly_and_are_random_only_while_learning(side: int) -> None:
    """At rest it is torch's fractional max pooling with every draw in the middle."""
    torch.manual_seed(0)
    maps, pool = torch.randn(3, 5, side, side), Pool("fractional_max", flatten=True)
    sides = max(1, int(side * 0.7))
    middle = torch.full((3, 5, 2), 0.5)
    expected = functional.fractional_max_pool2d(maps, 2, output_size=sides, _random_samples=middle).mean((2, 3))
    pool.eval()
    assert torch.allclose(pool(maps), expected)
    assert starts(side, sides).max() + 2 == side
    pool.train()
    torch.manual_seed(1)
    first = pool(maps)
    torch.manual_seed(1)
    assert torch.equal(pool(maps), first)
    if side == 7:
        assert not torch.equal(pool(maps), first)


def test_a_map_of_one_point_is_what_it_is() -> None:
    maps = torch.randn(2, 4, 1, 1)
    assert torch.equal(Pool("fractional_max", flatten=True)(maps), maps.flatten(1))


def test_a_backbone_that_averages_no_map_says_so() -> None:
    with pytest.raises(UserError) as caught:
        build(find("vit_tiny_patch16_224"), None, {"pooling": "max"})
    assert caught.value.params["field"] == "regularization.pooling"
