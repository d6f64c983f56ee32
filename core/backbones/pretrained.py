"""The classifier that a backbone was pretrained with: no part of any model of the user's, but worth a question.

How sure it is of its answers tells how much pictures look like those it learned from, where a backbone keeps no other
memory of them. It is kept beside the weights when they come in.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from core.backbones.entry import Entry
from core.backbones.match import plain_names
from core.backbones.network import IMAGE_SIZE, READ_STAGE
from core.backbones.store import Weights
from core.backbones.tensor_files import write_tensors
from core.data.preprocessing import Preprocessing, normalise
from core.events import Reporter

BATCH = 32


def keep_classifier(
    tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor], names: Iterable[str], weights: Weights
) -> None:
    """Keep what a file held of its own classifier, which stands at `names`. Raises UserError DISK_FULL,
    CANNOT_WRITE."""
    heads = tuple(f"{name}." for name in names)
    own = {name: value for name, value in plain_names(tensors, wanted).items() if heads and name.startswith(heads)}
    if own:
        write_tensors(_file(weights), {name: value.clone() for name, value in own.items()})


def with_classifier(entry: Entry, weights: Weights, image_size: int) -> nn.Module | None:
    """The whole network as it was pretrained, [N, 3, S, S] to logits; None where its classifier is not here."""
    if not _file(weights).is_file():
        return None
    head = load_file(_file(weights))
    classes = next((len(value) for name, value in head.items() if name.endswith("weight")), 0)
    own = {key: value for key, value in weights.settings.items() if key not in (IMAGE_SIZE, READ_STAGE)}
    try:
        network = _make(entry, classes, own)
        if image_size != entry.image_size and hasattr(network, "set_input_size"):
            network.get_submodule("").set_input_size(img_size=image_size)  # type: ignore[operator]
        network.load_state_dict({**load_file(weights.path), **head})
    except (RuntimeError, TypeError, ValueError, AssertionError):  # several classifiers, or one of another shape
        return None
    return network.eval()


def confidences(
    network: nn.Module, pictures: NDArray[np.uint8], preprocessing: Preprocessing, device: str, reporter: Reporter
) -> NDArray[np.float64]:
    """The largest probability [N] that `network` gives each picture uint8 [N, S, S, 3]."""
    running = network.to(device).to(memory_format=torch.channels_last)
    surest = []
    with torch.inference_mode():
        for start in range(0, len(pictures), BATCH):
            reporter.progress("similarity", start, len(pictures))
            batch = torch.from_numpy(np.ascontiguousarray(pictures[start : start + BATCH])).to(device)
            surest.append(running(normalise(batch, preprocessing)).float().softmax(1).amax(1).cpu().numpy())
    reporter.progress("similarity", len(pictures), len(pictures))
    return np.concatenate(surest).astype(np.float64)


def _make(entry: Entry, classes: int, settings: Mapping[str, Any]) -> nn.Module:
    network: nn.Module
    if entry.source == "timm":
        import timm

        network = timm.create_model(entry.name, pretrained=False, num_classes=classes, **settings)
    else:
        from torchvision import models

        network = models.get_model(
            entry.name.removeprefix("torchvision/"), weights=None, num_classes=classes, **settings
        )
    return network


def _file(weights: Weights) -> Path:
    return weights.path.with_name(f"{weights.sha256}.classifier.safetensors")
