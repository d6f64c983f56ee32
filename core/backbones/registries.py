"""The registries of timm and torchvision as rows of the catalogue. Importing this imports neither; its calls do."""

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from core.backbones.entry import Entry
from core.backbones.shortlist import OTHERS_WHY
from core.backbones.titles import plain

# timm's and torchvision's modules by the name that people have for the family; the others by their module's name.
FAMILIES = {
    "beit": "BEiT", "byoanet": "BYOB networks", "byobnet": "BYOB networks", "cait": "CaiT", "coat": "CoaT",
    "convnext": "ConvNeXt", "crossvit": "CrossViT", "cspnet": "CSPNet", "davit": "DaViT", "deit": "DeiT",
    "densenet": "DenseNet", "dla": "DLA", "dpn": "DPN", "edgenext": "EdgeNeXt", "efficientnet": "EfficientNet",
    "efficientvit_mit": "EfficientViT", "efficientvit_msra": "EfficientViT", "eva": "EVA", "fasternet": "FasterNet",
    "fastvit": "FastViT", "focalnet": "FocalNet", "gcvit": "GCViT", "ghostnet": "GhostNet", "googlenet": "Inception",
    "hgnet": "HGNet", "hiera": "Hiera", "hrnet": "HRNet", "inception": "Inception", "inception_next": "InceptionNeXt",
    "inception_resnet_v2": "Inception", "inception_v3": "Inception", "inception_v4": "Inception", "levit": "LeViT",
    "maxvit": "MaxViT", "maxxvit": "MaxViT", "metaformer": "MetaFormer", "mlp_mixer": "MLP-Mixer",
    "mnasnet": "MnasNet", "mobilenetv2": "MobileNet", "mobilenetv3": "MobileNet", "mobilenetv5": "MobileNet",
    "mobilevit": "MobileViT", "mvitv2": "MViT", "naflexvit": "Vision transformer", "nasnet": "NASNet", "nest": "NesT",
    "nextvit": "Next-ViT", "nfnet": "NFNet", "pit": "PiT", "pnasnet": "NASNet", "pvt_v2": "PVT", "regnet": "RegNet",
    "repghost": "GhostNet", "repvit": "RepViT", "res2net": "Res2Net", "resnest": "ResNeSt", "resnet": "ResNet",
    "resnetv2": "ResNet", "rexnet": "ReXNet", "senet": "SENet", "shufflenetv2": "ShuffleNet", "sknet": "SKNet",
    "squeezenet": "SqueezeNet", "starnet": "StarNet", "swin_transformer": "Swin transformer",
    "swin_transformer_v2": "Swin transformer", "swin_transformer_v2_cr": "Swin transformer", "tiny_vit": "TinyViT",
    "vgg": "VGG", "vision_transformer": "Vision transformer", "vision_transformer_hybrid": "Vision transformer",
    "vision_transformer_relpos": "Vision transformer", "vision_transformer_sam": "Vision transformer", "volo": "VOLO",
    "vovnet": "VoVNet", "xception": "Xception", "xception_aligned": "Xception", "xcit": "XCiT",
}  # fmt: skip
# torchvision names the terms of a few weights by a link; where it names none, they come with the library's own licence.
LICENCES = ((re.compile("/SWAG/"), "cc-by-nc-4.0"),)
TORCHVISION_LICENCE = "bsd-3-clause"
MEGABYTE = 2**20  # as torchvision counts its files


def find(name: str) -> Entry | None:
    """The registered backbone of that name, timm's first; with pretrained weights or without."""
    import timm

    if not name.startswith("torchvision/") and timm.is_model(name):
        try:
            return _timm_entry(name)
        except RuntimeError:  # a pretrained tag that timm does not know
            return None
    plain_name = name.removeprefix("torchvision/")
    return _torchvision_entry(plain_name) if plain_name in _torchvision_names() else None


def nearest(name: str, count: int = 3) -> list[str]:
    """The registered names that are written most like this one, the nearest first."""
    import timm

    known = list(dict.fromkeys([*timm.list_models(), *_torchvision_names()]))
    return get_close_matches(name.lower(), known, n=count, cutoff=0.0)


def all_entries() -> Iterator[Entry]:
    """Every backbone that one of the libraries publishes pretrained weights of, once."""
    import timm

    variants: dict[str, list[str]] = defaultdict(list)
    for published in timm.list_models(pretrained=True):
        name, _, variant = published.partition(".")
        variants[name].append(variant)
    for name, own in variants.items():
        yield _timm_entry(name, tuple(filter(None, own)))
    yield from map(_torchvision_entry, _torchvision_names())


def count_parameters(entry: Entry, at_any_cost: bool = True) -> int:
    """The numbers of a network, without its classifier. Built without memory, so it takes a fraction of a second.

    A constructor that looks at its own numbers needs memory for them: without `at_any_cost` its count is 0.
    """
    import torch

    from core.backbones.construct import construct

    try:
        with torch.device("meta"):
            layers = construct(entry, {})
    except (NotImplementedError, RuntimeError):
        if not at_any_cost:
            return 0
        layers = construct(entry, {})
    return sum(parameter.numel() for parameter in layers.parameters())


def _timm_entry(name: str, variants: tuple[str, ...] = ()) -> Entry:
    import timm

    card = timm.get_pretrained_cfg(name, allow_unregistered=True)
    module = timm.model_entrypoint(name.partition(".")[0]).__module__.rpartition(".")[2]
    usual = (card and card.tag) or ""
    return Entry(
        name=name,
        source="timm",
        family=FAMILIES.get(module, module.replace("_", " ")),
        title=plain(name),
        why=OTHERS_WHY,
        parameters=0,
        image_size=card.input_size[-1] if card else 224,
        recommended=False,
        licence=(card and card.license) or "",
        variant=usual,
        variants=tuple(variant for variant in variants if variant != usual),
    )


def _torchvision_names() -> list[str]:
    from torchvision import models

    return list(models.list_models(module=models))


def _torchvision_entry(name: str) -> Entry:
    import timm
    from torchvision import models

    weights = models.get_model_weights(name).DEFAULT
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    module = models.get_model_builder(name).__module__.rpartition(".")[2]
    terms = weights.meta.get("license", "")
    return Entry(
        name=f"torchvision/{name}" if timm.is_model(name) else name,
        source="torchvision",
        family=FAMILIES.get(module, module.replace("_", " ")),
        title=plain(name),
        why=OTHERS_WHY,
        parameters=0,
        image_size=weights.transforms.keywords["crop_size"],
        recommended=False,
        licence=next((licence for mark, licence in LICENCES if mark.search(terms)), terms or TORCHVISION_LICENCE),
        accuracy=round(accuracy, 1),
        download_bytes=round(weights.meta["_file_size"] * MEGABYTE),
    )
