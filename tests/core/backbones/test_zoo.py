"""The zoo: the short list and forty further names from as many families build, give features, and take a head.

Every name costs seconds, so a sample runs by itself; `-m slow` runs them all. Random numbers serve.
"""

import pytest
import torch

from core.backbones import catalogue
from core.backbones.network import build
from core.backbones.shortlist import RECOMMENDED
from core.data.preprocessing import Preprocessing
from core.errors import UserError
from core.training.classifier import Classifier, ModelCard

FURTHER = [
    "beit_base_patch16_224", "caformer_s18", "cait_xxs24_224", "coat_lite_tiny", "coatnet_nano_rw_224",
    "convmixer_768_32", "convnextv2_atto", "crossvit_tiny_240", "cs3darknet_s", "davit_tiny", "deit3_small_patch16_224",
    "densenet121", "dla34", "dpn68", "edgenext_xx_small", "efficientformerv2_s0", "efficientvit_b0", "efficientvit_m0",
    "eva02_tiny_patch14_224", "fastvit_t8", "focalnet_tiny_srf", "gcvit_xxtiny", "ghostnet_100", "hgnetv2_b0",
    "hiera_tiny_224", "hrnet_w18_small", "inception_next_tiny", "levit_128s", "mambaout_femto", "maxvit_tiny_rw_224",
    "mixer_s32_224", "mobilevit_xxs", "mvitv2_tiny", "nf_resnet50", "pit_ti_224", "poolformer_s12", "pvt_v2_b0",
    "regnety_002", "repvit_m0_9", "res2net50_26w_4s", "resnest14d", "resnetv2_50", "rexnet_100", "sequencer2d_s",
    "skresnet18", "starnet_s1", "swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256", "tiny_vit_5m_224",
    "vgg11_bn", "visformer_tiny", "vit_small_patch14_dinov2", "volo_d1_224", "xception41", "xcit_nano_12_p16_224",
    "torchvision/efficientnet_b0", "torchvision/convnext_tiny", "torchvision/regnet_y_400mf", "mobilenet_v2",
    "shufflenet_v2_x0_5", "googlenet", "maxvit_t", "swin_v2_t", "vit_b_32", "mnasnet0_5", "squeezenet1_1", "alexnet",
]  # fmt: skip
SAMPLE = ["lcnet_050", "efficientvit_m0", "repvit_m0_9", "vit_tiny_patch16_224", "shufflenet_v2_x0_5", "mambaout_femto"]
NAMES = [entry.name for entry in RECOMMENDED] + FURTHER
SMALL = 96


def _build(name: str):  # type: ignore[no-untyped-def]
    """At few pixels where the network allows it."""
    torch.manual_seed(0)
    try:
        return build(catalogue.find(name), None, {"image_size": SMALL})
    except UserError:
        return build(catalogue.find(name), None)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in SAMPLE else [pytest.mark.slow]) for name in NAMES]
)
def test_every_network_builds_gives_features_and_takes_a_head(name: str) -> None:
    network = _build(name)
    size = network.image_size
    pictures = torch.randn(2, 3, size, size)
    with torch.inference_mode():
        features, stages = network(pictures), network.stage_features(pictures)
    assert features.shape == (2, network.feature_count)
    assert [one.shape for one in stages] == [(2, stage.channels) for stage in network.stages]
    assert all(torch.isfinite(one).all() for one in (features, *stages))
    assert 2 <= len(network.stages) <= 6
    assert sum(stage.parameters for stage in network.stages) == sum(value.numel() for value in network.parameters())
    preprocessing = Preprocessing(size, "crop", network.mean, network.std)
    card = ModelCard(name, network.settings, ("ants", "bees"), preprocessing, 0.0, False, {})
    classifier = Classifier(network, card).train()
    loss = torch.nn.functional.cross_entropy(classifier(pictures), torch.tensor([0, 1]))
    loss.backward()
    learned = [value.grad for value in classifier.parameters() if value.grad is not None]
    assert torch.isfinite(loss)
    assert any(gradient.abs().max() > 0 for gradient in learned)


def test_the_names_are_enough_and_of_many_families() -> None:
    further = [catalogue.find(name) for name in SAMPLE if name in FURTHER]
    assert len(FURTHER) >= 40
    assert len({name.partition("_")[0] for name in FURTHER}) >= 40
    assert all(entry.source in ("timm", "torchvision") for entry in further)
