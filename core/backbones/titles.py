"""The names of networks in plain words: `convnext_tiny` is ConvNeXt Tiny, `vit_base_patch16_224` ViT Base, patch 16.

Only the writing changes; what a part of a name means is left to the network's own paper.
"""

import re
from collections.abc import Mapping

# How people write what stands at the beginning of a name; the longest that fits counts.
_BEGINNINGS: Mapping[str, str] = {
    "alexnet": "AlexNet", "beit": "BEiT", "beitv2": "BEiT v2", "bat": "BAT", "botnet": "BoTNet", "caformer": "CAFormer",
    "cait": "CaiT", "coat": "CoaT", "coatnet": "CoAtNet", "coatnext": "CoAtNeXt", "convformer": "ConvFormer",
    "convit": "ConViT", "convmixer": "ConvMixer", "convnext": "ConvNeXt", "convnextv2": "ConvNeXt V2",
    "crossvit": "CrossViT", "cspdarknet": "CSPDarkNet", "cspresnet": "CSPResNet", "cspresnext": "CSPResNeXt",
    "darknet": "DarkNet", "davit": "DaViT", "deit": "DeiT", "deit3": "DeiT III", "densenet": "DenseNet", "dla": "DLA",
    "dm_nfnet": "NFNet", "dpn": "DPN", "eca_nfnet": "ECA-NFNet", "ecaresnet": "ECA-ResNet", "edgenext": "EdgeNeXt",
    "efficientformer": "EfficientFormer", "efficientformerv2": "EfficientFormer V2", "efficientnet": "EfficientNet",
    "efficientnetv2": "EfficientNet V2", "efficientvit": "EfficientViT", "ese_vovnet": "eSE-VoVNet", "eva": "EVA",
    "eva02": "EVA-02", "fastvit": "FastViT", "fasternet": "FasterNet", "fbnetc": "FBNet-C", "fbnetv3": "FBNet V3",
    "flexivit": "FlexiViT", "focalnet": "FocalNet", "gcresnet": "GC-ResNet", "gcvit": "GCViT", "gernet": "GENet",
    "ghostnet": "GhostNet", "ghostnetv2": "GhostNet V2", "gmixer": "gMixer", "googlenet": "GoogLeNet",
    "halonet": "HaloNet", "hardcorenas": "HardCoRe-NAS", "hgnet": "HGNet", "hgnetv2": "HGNet V2", "hiera": "Hiera",
    "hrnet": "HRNet", "inception": "Inception", "inception_next": "InceptionNeXt", "lcnet": "LCNet",
    "legacy_seresnet": "SE-ResNet", "levit": "LeViT", "mambaout": "MambaOut", "maxvit": "MaxViT", "maxxvit": "MaxxViT",
    "maxxvitv2": "MaxxViT V2", "mixer": "MLP-Mixer", "mixnet": "MixNet", "mnasnet": "MnasNet",
    "mobilenet": "MobileNet", "mobilenetv1": "MobileNetV1", "mobilenetv2": "MobileNetV2",
    "mobilenetv3": "MobileNetV3", "mobilenetv4": "MobileNetV4", "mobilenetv5": "MobileNetV5",
    "mobileone": "MobileOne", "mobilevit": "MobileViT", "mobilevitv2": "MobileViT V2", "mvit": "MViT",
    "mvitv2": "MViT V2", "nasnet": "NASNet", "nest": "NesT", "nextvit": "Next-ViT", "nf_resnet": "NF-ResNet",
    "nfnet": "NFNet", "pit": "PiT", "pnasnet": "PNASNet", "poolformer": "PoolFormer", "poolformerv2": "PoolFormer V2",
    "pvt_v2": "PVT V2", "regnet": "RegNet", "regnetv": "RegNetV", "regnetx": "RegNetX", "regnety": "RegNetY",
    "regnetz": "RegNetZ", "repghostnet": "RepGhostNet", "repvgg": "RepVGG", "repvit": "RepViT", "res2net": "Res2Net",
    "res2next": "Res2NeXt", "resmlp": "ResMLP", "resnest": "ResNeSt", "resnet": "ResNet", "resnetaa": "ResNet-AA",
    "resnetblur": "ResNet-Blur", "resnetrs": "ResNet-RS", "resnetv2": "ResNet V2", "resnext": "ResNeXt",
    "rexnet": "ReXNet", "samvit": "SAM ViT", "selecsls": "SelecSLS", "semnasnet": "SE-MnasNet", "senet": "SENet",
    "sequencer2d": "Sequencer", "seresnet": "SE-ResNet", "seresnext": "SE-ResNeXt", "shufflenet": "ShuffleNet",
    "skresnet": "SK-ResNet", "skresnext": "SK-ResNeXt", "spnasnet": "SPNASNet", "squeezenet": "SqueezeNet",
    "starnet": "StarNet", "swin": "Swin", "swinv2": "Swin V2", "tf_efficientnet": "EfficientNet",
    "tf_efficientnetv2": "EfficientNet V2", "tf_mixnet": "MixNet", "tf_mobilenetv3": "MobileNetV3",
    "tiny_vit": "TinyViT", "tinynet": "TinyNet", "tnt": "TNT", "tresnet": "TResNet", "twins": "Twins", "vgg": "VGG",
    "visformer": "Visformer", "vit": "ViT", "vitamin": "ViTamin", "volo": "VOLO", "vovnet": "VoVNet",
    "wide_resnet": "Wide ResNet", "xception": "Xception", "xcit": "XCiT",
}  # fmt: skip
_WORDS: Mapping[str, str] = {
    "atto": "Atto", "femto": "Femto", "pico": "Pico", "nano": "Nano", "tiny": "Tiny", "mini": "Mini", "small": "Small",
    "medium": "Medium", "base": "Base", "large": "Large", "xlarge": "XL", "xxlarge": "XXL", "huge": "Huge",
    "giant": "Giant", "gigantic": "Gigantic", "so400m": "SO-400M", "clip": "CLIP", "siglip": "SigLIP",
    "dinov2": "DINOv2", "dinov3": "DINOv3", "conv": "Conv", "hybrid": "Hybrid", "distilled": "distilled", "bn": "BN",
    "v1": "V1", "v2": "V2", "v3": "V3", "s": "S", "m": "M", "l": "L", "xl": "XL", "b": "B", "t": "T", "h": "H",
    "reg4": "4 registers", "rw": "RW",
}  # fmt: skip
_PATCH, _WINDOW, _SIZE = re.compile(r"patch(\d+)"), re.compile(r"window(\d+)"), re.compile(r"\d{3}")
# Numbers that say how large the pictures are, not how deep or wide the network is.
_PICTURE_SIZES = ("192", "224", "240", "256", "288", "320", "336", "384", "408", "448", "512")


def plain(name: str) -> str:
    """A network's name as people write it; a variant (`resnet18.tv_in1k`) stays as it is, in brackets."""
    bare, _, variant = name.removeprefix("torchvision/").partition(".")
    beginning = max((known for known in _BEGINNINGS if _begins(bare, known)), key=len, default="")
    rest = bare[len(beginning) :].strip("_")
    words = [_BEGINNINGS[beginning]] if beginning else []
    parts = [_word(part) for part in rest.split("_") if part]
    if words and parts and parts[0].isdigit() and not bare.startswith(f"{beginning}_"):
        words[0] = f"{words[0]}-{parts.pop(0)}"  # resnet50 is one word
    sizes = [part for part in parts if part in _PICTURE_SIZES and (beginning or words)]
    text = " ".join([*words, *(part for part in parts if part not in sizes)]) or bare
    text += "".join(f", {size} px" for size in sizes[-1:])
    return f"{text} ({variant})" if variant else text


def _begins(name: str, known: str) -> bool:
    """`resnet` begins `resnet50` and `resnet_x`, but not `resnetv2_50`."""
    following = name[len(known) : len(known) + 1]
    return name.startswith(known) and not following.isalpha()


def _word(part: str) -> str:
    if patch := _PATCH.fullmatch(part):
        return f"patch {patch[1]}"
    if window := _WINDOW.fullmatch(part):
        return f"window {window[1]}"
    return _WORDS.get(part) or (part.upper() if re.fullmatch(r"[a-z]\d+", part) else part)
