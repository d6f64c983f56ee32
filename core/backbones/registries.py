"""The registries of timm and torchvision as rows of the catalogue. Importing this imports neither; its calls do."""

from collections.abc import Iterator

import torch

from core.backbones.entry import Entry

OTHERS_WHY = "From the full list of {library}, beyond those that Graft recommends."
# timm's modules named as people name the families; the rest are shown by their module's name.
FAMILIES = {
    "resnet": "ResNet",
    "mobilenetv3": "MobileNet",
    "efficientnet": "EfficientNet",
    "vision_transformer": "Vision transformer",
    "convnext": "ConvNeXt",
    "swin_transformer": "Swin transformer",
}


def find(name: str) -> Entry | None:
    """The registered backbone of that name, timm's first."""
    import timm

    if not name.startswith("torchvision/") and timm.is_model(name):
        try:
            return _timm_entry(name)
        except RuntimeError:  # a pretrained tag that timm does not know
            return None
    plain = name.removeprefix("torchvision/")
    return _torchvision_entry(plain) if plain in _torchvision_names() else None


def all_entries() -> Iterator[Entry]:
    import timm

    yield from map(_timm_entry, timm.list_models())
    yield from map(_torchvision_entry, _torchvision_names())


def count_parameters(entry: Entry) -> int:
    """The numbers of a network, without its classifier. Built without memory, so it takes a fraction of a second."""
    from core.backbones.construct import construct

    try:
        with torch.device("meta"):
            layers = construct(entry, {})
    except NotImplementedError:  # a constructor that looks at its own numbers
        layers = construct(entry, {})
    return sum(parameter.numel() for parameter in layers.parameters())


def _timm_entry(name: str) -> Entry:
    import timm

    card = timm.get_pretrained_cfg(name, allow_unregistered=True)
    module = timm.model_entrypoint(name.partition(".")[0]).__module__.rpartition(".")[2]
    return Entry(
        name=name,
        source="timm",
        family=FAMILIES.get(module, module.replace("_", " ")),
        title=name,
        why=OTHERS_WHY.format(library="timm"),
        parameters=0,
        image_size=card.input_size[-1] if card else 224,
        recommended=False,
        licence=(card and card.license) or "",
    )


def _torchvision_names() -> list[str]:
    from torchvision import models

    return list(models.list_models(module=models))


def _torchvision_entry(name: str) -> Entry:
    import timm
    from torchvision import models

    weights = models.get_model_weights(name).DEFAULT
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    return Entry(
        name=f"torchvision/{name}" if timm.is_model(name) else name,
        source="torchvision",
        family=models.get_model_builder(name).__module__.rpartition(".")[2],
        title=name,
        why=OTHERS_WHY.format(library="torchvision"),
        parameters=0,
        image_size=weights.transforms.keywords["crop_size"],
        recommended=False,
        licence="bsd-3-clause",
        accuracy=round(accuracy, 1),
    )
