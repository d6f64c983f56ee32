"""Where timm and torchvision keep the weights of a backbone, and how their own code reads what came from there."""

from pathlib import Path

from torch import Tensor

from core.backbones import importing
from core.backbones.download import Source
from core.backbones.entry import Entry
from core.errors import UserError


def source(entry: Entry) -> Source:
    """Raises UserError NO_WEIGHTS where the library publishes none."""
    if entry.source == "torchvision":
        from torchvision import models

        weights = models.get_model_weights(entry.name.removeprefix("torchvision/")).DEFAULT
        return Source(entry.name, url=weights.url)
    import timm

    card = timm.get_pretrained_cfg(entry.name)
    if card is None or not card.hf_hub_id:
        raise UserError("NO_WEIGHTS", name=entry.name, reason="timm publishes none; they come as a file")
    files = (card.hf_hub_filename,) if card.hf_hub_filename else ("model.safetensors", "pytorch_model.bin")
    return Source(entry.name, repository=card.hf_hub_id, files=files)


def read(entry: Entry, file: Path) -> dict[str, Tensor]:
    """The tensors of a fetched file under the network's own names. Raises UserError UNSAFE_WEIGHTS or NOT_WEIGHTS."""
    tensors = importing.read_tensors(file)
    if entry.source == "torchvision":
        return tensors
    import timm

    # timm knows how to turn each of its published files into the shape that its network wants.
    layers = timm.create_model(
        entry.name, pretrained=True, num_classes=0, pretrained_cfg_overlay={"state_dict": tensors}
    )
    state: dict[str, Tensor] = layers.state_dict()
    return state
