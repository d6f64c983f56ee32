"""A network cut in two gives what it gave whole, whatever it is, and learns as if it were whole."""

import pytest
import torch

from core.backbones.catalogue import find
from core.backbones.halves import Halves, halves
from core.backbones.network import Network, build

BACKBONES = ("mobilenetv2_035", "torchvision/squeezenet1_1", "vit_tiny_patch16_224", "convnext_nano", "resnet18")


def network_of(name: str) -> Network:
    torch.manual_seed(0)
    settings = {} if name.startswith("vit") else {"image_size": 64}
    return build(find(name), None, settings=settings)


@pytest.mark.parametrize("name", BACKBONES)
def test_lower_then_upper_is_the_whole(name: str) -> None:
    network = network_of(name)
    pictures = torch.randn(3, 3, network.image_size, network.image_size)
    with torch.no_grad():
        whole, stages = network(pictures), network.stage_features(pictures)
        for stage in range(len(network.stages) - 1):
            cut = halves(network, stage)
            assert cut is not None
            given = cut.lower(pictures)
            assert cut.takes(given)
            assert not cut.takes(pictures)
            torch.testing.assert_close(cut.upper(given), whole, atol=1e-5, rtol=1e-4)
            assert given.shape[1:] == cut.shape
    assert len(stages) == len(network.stages)


def test_what_passes_between_several_branches_cannot_be_cut() -> None:
    assert halves(build(find("hrnet_w18_small"), None, settings={"image_size": 64}), 0) is None


def test_the_upper_half_learns_for_the_whole() -> None:
    """Gradients, and statistics of batch normalisation in training mode, are those of the whole network."""
    pictures = torch.randn(4, 3, 64, 64)
    whole, cut_up = network_of("mobilenetv2_035"), network_of("mobilenetv2_035")
    cut = Halves(cut_up, 1)
    for network in (whole, cut_up):
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(network.stage_of(name) > 1)
        for module in (network.layers.blocks[3], network.layers.blocks[5]):  # type: ignore[union-attr, index]
            module.train()
    with torch.no_grad():
        given = cut.lower(pictures)
    whole(pictures).square().sum().backward()
    cut.upper(given).square().sum().backward()
    for (name, one), other in zip(whole.named_parameters(), cut_up.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None), name
        if one.grad is not None:
            torch.testing.assert_close(one.grad, other.grad, atol=1e-5, rtol=1e-3)
    for (name, seen), same in zip(whole.named_buffers(), cut_up.buffers(), strict=True):
        torch.testing.assert_close(seen, same, msg=name)
