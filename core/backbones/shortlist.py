"""The backbones that Graft knows by heart: what a person chooses from first, smallest first.

`accuracy` is the ImageNet-1k top-1 of the library's default weights at their best picture size: for timm's, read from
its published results (huggingface/pytorch-image-models `results/results-imagenet.csv`), which hold none for
MobileNetV4; for torchvision's their own `meta`; for `mobilenetv2_035` the table of MobileNetV2's authors
(tensorflow/models `research/slim/nets/mobilenet`). All other facts are checked against the registries by a test.
"""

from core.backbones.entry import Entry

OTHERS_WHY = "From the full list of its library, beyond those that Graft recommends."


def _timm(name: str, family: str, title: str, parameters: int, size: int, accuracy: float | None, why: str) -> Entry:
    return Entry(name, "timm", family, title, why, parameters, size, True, "apache-2.0", accuracy)


RECOMMENDED: tuple[Entry, ...] = (
    _timm(
        "lcnet_050", "LCNet", "LCNet ½", 599_856, 224, 63.1,
        "The quickest: for a first look at the data, very old computers, or a model file of three megabytes.",
    ),
    _timm(
        "mobilenetv3_small_100", "MobileNet", "MobileNetV3 Small", 1_517_856, 224, 67.7,
        "Nearly as quick, and clearly better: for phones and small boards.",
    ),
    _timm(
        "mobilenetv4_conv_small", "MobileNet", "MobileNetV4 Small", 2_493_024, 224, None,
        "A good first choice on a computer without a graphics card: quick and surprisingly accurate.",
    ),
    _timm(
        "efficientnet_b0", "EfficientNet", "EfficientNet B0", 4_007_548, 224, 77.7,
        "Accurate for its size; choose it when the model file must stay small and a little patience is at hand.",
    ),
    _timm(
        "vit_tiny_patch16_224", "Vision transformer", "ViT Tiny", 5_524_416, 224, 75.5,
        "The smallest transformer: looks at the whole picture at once, for when shape and layout matter "
        "more than texture.",
    ),
    _timm(
        "resnet18", "ResNet", "ResNet-18", 11_176_512, 224, 73.2,
        "The classic that everyone compares with: plain, sturdy, and easy to fine-tune on unusual pictures.",
    ),
    _timm(
        "convnext_nano", "ConvNeXt", "ConvNeXt Nano", 14_952_560, 224, 82.9,
        "Learned from twelve times as many kinds of things: strong features at a moderate cost.",
    ),
    _timm(
        "tf_efficientnetv2_s", "EfficientNet", "EfficientNetV2 Small", 20_177_488, 300, 84.3,
        "Looks at larger pictures: for fine detail, such as small defects, when minutes do not matter.",
    ),
    _timm(
        "vit_small_patch16_224", "Vision transformer", "ViT Small", 21_665_664, 224, 81.4,
        "A transformer of middle size: a second opinion when convolutional backbones disagree with you.",
    ),
    _timm(
        "resnet50", "ResNet", "ResNet-50", 23_508_032, 224, 81.2,
        "The standard of publications: choose it when others must be able to follow and compare.",
    ),
    _timm(
        "convnext_tiny", "ConvNeXt", "ConvNeXt Tiny", 27_820_128, 224, 84.5,
        "The best balance with a graphics card: excellent features without transformers' appetite.",
    ),
    _timm(
        "vit_base_patch16_224", "Vision transformer", "ViT Base", 85_798_656, 224, 85.1,
        "Large and general: for many pictures, many classes and a good graphics card.",
    ),
    _timm(
        "convnext_base", "ConvNeXt", "ConvNeXt Base", 87_566_464, 224, 86.3,
        "The most accurate of this list and the slowest: for the last percent, with a graphics card.",
    ),
)  # fmt: skip

# Not recommended, but known, because their weights often come as files.
ALSO_KNOWN: tuple[Entry, ...] = (
    Entry(
        "mobilenetv2_035", "timm", "MobileNet", "MobileNetV2 0.35",
        "Tiny and quick, from before MobileNetV3: choose it when you have its weights as a file.",
        396_128, 224, False, "apache-2.0", 60.3,
    ),
    Entry(
        "squeezenet1_1", "torchvision", "SqueezeNet", "SqueezeNet 1.1",
        "Very small and without batch normalisation: choose it when you have its weights as a file.",
        722_496, 224, False, "bsd-3-clause", 58.2,
    ),
)  # fmt: skip
