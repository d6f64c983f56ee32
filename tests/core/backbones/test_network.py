"""Networks of all kinds: features, and stages that divide every number among them."""

import copy
from typing import Any

import numpy as np
import pytest
import timm
import torch
from torchvision import models

from core.backbones import catalogue
from core.backbones.network import Network, build
from core.errors import UserError

NAMES = [
    "mobilenetv2_035",
    "squeezenet1_1",
    "lcnet_050",
    "mobilenetv4_conv_small",
    "efficientnet_b0",
    "vit_tiny_patch16_224",
    "resnet18",
    "torchvision/resnet18",
    "convnext_atto",
    "swin_tiny_patch4_window7_224",
    "mobilenet_v2",
    "torchvision/convnext_tiny",
    "levit_128s",
    "mixer_s32_224",
]
FIXED_SIZE = {"levit_128s": 224, "mixer_s32_224": 224, "swin_tiny_patch4_window7_224": 224}


def _built(name: str, **settings: object) -> Network:
    torch.manual_seed(0)
    size = FIXED_SIZE.get(name, 64)
    return build(catalogue.find(name), None, {"image_size": size, **settings})


@pytest.mark.parametrize("name", NAMES)
def test_stages_divide_every_parameter_and_give_features(name: str) -> None:
    network = _built(name)
    pictures = torch.randn(2, 3, network.image_size, network.image_size)
    with torch.inference_mode():
        features, stages = network(pictures), network.stage_features(pictures)
    assert features.shape == (2, network.feature_count)
    assert [one.shape for one in stages] == [(2, stage.channels) for stage in network.stages]
    assert all(torch.isfinite(one).all() for one in (features, *stages))
    assert not torch.equal(features[0], features[1])
    names = [each for each, _ in (*network.named_parameters(), *network.named_buffers())]
    belongs = [network.stage_of(each) for each in names]
    assert set(belongs) == set(range(len(network.stages)))
    assert 3 <= len(network.stages) <= 5
    counted = [0] * len(network.stages)
    for parameter, value in network.named_parameters():
        counted[network.stage_of(parameter)] += value.numel()
    assert counted == [stage.parameters for stage in network.stages]
    if name != "vit_tiny_patch16_224":  # fewer positions in smaller pictures
        assert sum(counted) == network.entry.parameters
    resolutions = [stage.resolution for stage in network.stages]
    assert resolutions == sorted(resolutions, reverse=True)


def test_stages_stand_where_timm_and_torchvision_draw_them() -> None:
    for name in ("resnet18", "torchvision/resnet18"):
        network = _built(name)
        for parameter, _ in network.named_parameters():
            layer = parameter.split(".")[1]
            assert network.stage_of(parameter) == {"conv1": 0, "bn1": 0}.get(layer, int(layer[-1]) - 1)
    mobile = _built("mobilenetv2_035")
    stage = {block: mobile.stage_of(f"layers.blocks.{block}.0.conv_pw.weight") for block in range(1, 7)}
    assert stage == {1: 0, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3}
    assert mobile.stage_of("layers.conv_stem.weight") == 0
    assert mobile.stage_of("layers.conv_head.weight") == 3
    transformer = _built("vit_tiny_patch16_224")
    blocks = [transformer.stage_of(f"layers.blocks.{block}.attn.qkv.weight") for block in range(12)]
    assert blocks == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert transformer.stage_of("layers.pos_embed") == 0
    assert transformer.stage_of("layers.norm.weight") == 3


def test_features_are_those_of_the_library_alone() -> None:
    pictures = torch.randn(2, 3, 64, 64)
    network = _built("mobilenetv4_conv_small")
    alone = timm.create_model("mobilenetv4_conv_small", num_classes=0).eval()
    alone.load_state_dict(network.layers.state_dict())
    with torch.inference_mode():
        assert torch.equal(network(pictures), alone(pictures))
        maps = alone.forward_features(pictures)
        stages = timm.create_model("mobilenetv4_conv_small", features_only=True, out_indices=(1, 2, 3, 4)).eval()
        stages.load_state_dict(alone.state_dict(), strict=False)
        expected = [one.mean((2, 3)) for one in stages(pictures)]
        for ours, theirs in zip(network.stage_features(pictures), expected, strict=True):
            assert torch.allclose(ours, theirs, atol=1e-5)
    assert maps.shape[1] == network.stages[-1].channels
    network = _built("squeezenet1_1")
    plain = models.squeezenet1_1().eval()
    plain.load_state_dict(network.layers.state_dict(), strict=False)
    with torch.inference_mode():
        assert torch.allclose(network(pictures), plain.features(pictures).mean((2, 3)), atol=1e-6)


def test_reinitialising_draws_only_the_upper_stages_and_always_the_same() -> None:
    network = _built("lcnet_050")
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.fill_(7)
    before = copy.deepcopy(network.state_dict())
    state = torch.random.get_rng_state()
    network.reinitialize(2, seed=3)
    assert torch.equal(state, torch.random.get_rng_state())
    after = copy.deepcopy(network.state_dict())
    kept = {name for name in before if torch.equal(before[name], after[name])}
    assert {name for name in before if network.stage_of(name) < 2} <= kept
    changed = {name for name in before if name.endswith("conv_dw.weight")} - kept
    assert {network.stage_of(name) for name in changed} == {2, 3}
    assert all(after[name].abs().max() == 0 for name in after if "running_mean" in name and network.stage_of(name) > 1)
    again = build(network.entry, None, network.settings)
    again.load_state_dict(before)
    again.reinitialize(2, seed=3)
    assert all(torch.equal(value, after[name]) for name, value in again.state_dict().items())


def test_a_stage_can_be_read_instead_of_the_end() -> None:
    whole, cut = _built("lcnet_050"), _built("lcnet_050", read_stage=1)
    cut.load_state_dict(whole.state_dict())
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(cut(pictures), whole.stage_features(pictures)[1])
    assert cut.feature_count == whole.stages[1].channels
    assert cut.settings["read_stage"] == 1
    with pytest.raises(UserError) as caught:
        _built("lcnet_050", read_stage=9)
    assert caught.value.code == "BAD_VALUE"


def test_several_stages_can_be_read_side_by_side() -> None:
    whole, cut = _built("lcnet_050"), _built("lcnet_050", read_stage=[3, 1])
    with_last, last = _built("lcnet_050", read_stage=[0, len(whole.stages)]), _built("lcnet_050", read_stage=[4])
    pictures = torch.randn(2, 3, 64, 64)
    for other in (cut, with_last, last):
        other.load_state_dict(whole.state_dict())
    with torch.inference_mode():
        stages, features = whole.every_feature(pictures)
        assert torch.equal(cut(pictures), torch.cat([stages[1], stages[3]], 1))
        assert torch.equal(with_last(pictures), torch.cat([stages[0], features], 1))
        assert torch.equal(last(pictures), features)
    assert cut.feature_count == whole.stages[1].channels + whole.stages[3].channels
    assert (cut.read_stages, cut.read_stage) == ((1, 3), 3)
    assert (with_last.read_stage, last.read_stages) == (None, ())


@pytest.mark.parametrize("settings", [{}, {"read_stage": 1}, {"read_stage": [1, 2]}])
def test_networks_can_be_traced_for_export(settings: dict[str, Any]) -> None:
    network = _built("lcnet_050", **settings)
    pictures = torch.randn(2, 3, 64, 64)
    batch = torch.export.Dim("batch", min=1, max=512)
    graph = torch.export.export(network, (pictures,), dynamic_shapes=({0: batch},)).module()
    more = torch.randn(3, 3, 64, 64)
    with torch.inference_mode():
        np.testing.assert_allclose(graph(more).numpy(), network(more).numpy(), atol=1e-5)
        assert network.stage_features(more)[0].shape[0] == 3  # nothing of the tracing stays behind


def test_copies_are_independent() -> None:
    network = _built("lcnet_050")
    other = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    pictures = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        assert network.stage_features(pictures)[0].abs().max() > 0
        assert other.stage_features(pictures)[0].abs().max() == 0


def test_transformers_take_other_picture_sizes_and_remember_them() -> None:
    small = _built("vit_tiny_patch16_224")
    again = build(small.entry, None, small.settings)
    again.load_state_dict(small.state_dict())
    assert again.image_size == 64
    with pytest.raises(UserError) as caught:
        build(catalogue.find("vit_b_32"), None, {"image_size": 64})
    assert caught.value.code == "BAD_VALUE"


def test_unknown_settings_are_a_user_error_and_stochastic_depth_is_optional() -> None:
    with pytest.raises(UserError) as caught:
        _built("lcnet_050", no_such_setting=1)
    assert caught.value.code == "BAD_OPTION"
    entry = catalogue.find("resnet18")
    network = build(entry, None, {"image_size": 64}, drop_path=0.2)
    assert any(type(module).__name__ == "DropPath" for module in network.modules())
    assert build(catalogue.find("squeezenet1_1"), None, {"image_size": 64}, drop_path=0.2).feature_count == 512
