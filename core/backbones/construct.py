"""Builds the bare network of a backbone with the libraries' own constructors; the classifier is left out."""

from collections.abc import Mapping
from typing import Any

from torch import nn
from torchvision.transforms import InterpolationMode

from core.backbones.entry import Entry
from core.errors import UserError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
TORCHVISION_RESIZE = 256  # pixels, where its weights do not say otherwise


def construct(entry: Entry, settings: Mapping[str, Any], drop_path: float = 0.0) -> nn.Module:
    """A network with random numbers, drawn from torch's current generator, that gives features [N, D].

    Raises UserError BAD_OPTION where the architecture does not know one of the settings.
    """
    make = _from_timm if entry.source == "timm" else _from_torchvision
    rate_name = "drop_path_rate" if entry.source == "timm" else "stochastic_depth_prob"
    try:
        if drop_path:
            try:
                return make(entry, {**settings, rate_name: drop_path})
            except TypeError:  # this architecture has no blocks that can be skipped
                return make(entry, settings)
        return make(entry, settings)
    except (TypeError, ValueError, AssertionError) as error:
        if not settings:
            raise
        raise UserError("BAD_OPTION", field="settings", value=dict(settings), reason=str(error)) from error


def normalisation(entry: Entry) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Mean and standard deviation of the pictures that the usual weights of this backbone were learned from."""
    if entry.source == "timm":
        import timm

        card = timm.get_pretrained_cfg(entry.name)
        if card is not None:
            return tuple(card.mean), tuple(card.std)
    return IMAGENET_MEAN, IMAGENET_STD


def published_preparation(entry: Entry) -> dict[str, Any]:
    """How the authors of the usual weights made pictures ready: `interpolation`, and `crop`, the share of the side that
    they kept. Empty where nobody says. Graft has one preparation for all; this is for the record.
    """
    if entry.source == "timm":
        import timm

        card = timm.get_pretrained_cfg(entry.name)
        return {"interpolation": card.interpolation, "crop": round(card.crop_pct, 3)} if card is not None else {}
    from torchvision import models

    told = models.get_model_weights(entry.name.removeprefix("torchvision/")).DEFAULT.transforms.keywords
    interpolation = told.get("interpolation", InterpolationMode.BILINEAR)
    resized = told.get("resize_size", TORCHVISION_RESIZE)
    return {"interpolation": interpolation.value, "crop": round(told["crop_size"] / resized, 3)}


def classifier_names(entry: Entry, layers: nn.Module) -> tuple[str, ...]:
    """Where the classifier stood that `construct` left out."""
    if entry.source == "timm":
        told = getattr(layers, "pretrained_cfg", {}).get("classifier") or ()
        return (told,) if isinstance(told, str) else tuple(told)
    return tuple(name for name, module in layers.named_modules() if isinstance(module, nn.Identity))[-1:]


def _from_timm(entry: Entry, settings: Mapping[str, Any]) -> nn.Module:
    import timm

    network: nn.Module = timm.create_model(entry.name, pretrained=False, num_classes=0, **settings)
    return network


def _from_torchvision(entry: Entry, settings: Mapping[str, Any]) -> nn.Module:
    from torchvision import models

    name = entry.name.removeprefix("torchvision/")
    extra: dict[str, Any] = {}
    if name in ("googlenet", "inception_v3"):
        # The published weights expect their pictures shifted inside, and the side classifiers serve training alone.
        extra = {"aux_logits": False, "init_weights": False, "transform_input": True}
    network: nn.Module = models.get_model(name, weights=None, **{**extra, **settings})
    _remove_classifier(network)
    return network


def _remove_classifier(network: nn.Module) -> None:
    """The last layer with 1000 outputs gives way; dropout is the head's affair."""
    last = ""
    for name, module in network.named_modules():
        if getattr(module, "out_features", getattr(module, "out_channels", None)) == 1000:
            last = name
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    network.set_submodule(last, nn.Identity())
