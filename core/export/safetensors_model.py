"""Safetensors: the numbers alone, with a card and the Python that puts the network together again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor, nn

from core import __version__
from core.backbones.network import IMAGE_SIZE, READ_STAGE, Network, Stage
from core.backbones.stages import first_tensor, is_channels_last
from core.data.preprocessing import to_json
from core.errors import UserError
from core.evaluation.ensemble import Ensemble
from core.evaluation.views import find_views, place_of
from core.export.answers import Answers, run_source
from core.export.loader import Build, source
from core.export.onnx_model import description
from core.export.reduced import Reduction
from core.training import deciding
from core.training.classifier import Classifier

# The side classifiers of these serve training alone, and their published weights expect shifted pictures.
_TORCHVISION = {"aux_logits": False, "init_weights": False, "transform_input": True}
_WITH_SIDE_CLASSIFIERS = ("googlenet", "inception_v3")


def beside(path: Path) -> tuple[Path, Path]:
    """The card and the Python file that belong to a safetensors file."""
    return path.with_name(f"{path.stem}.card.json"), path.with_name(f"load_{path.stem}.py")


def write(model: Ensemble, path: Path, reduction: Reduction | None = None) -> int:
    """Write the three files, in full precision; the numbers' bytes. Raises UserError BAD_OPTION for an ensemble."""
    if len(model.members) > 1:
        reason = "these files hold one network, and an ensemble is several; ONNX holds them as one"
        raise UserError("BAD_OPTION", field="format", value="safetensors", reason=reason)
    classifier = model.members[0].cpu().eval()
    card = _card(classifier, model)
    library, resize_to = card["library"], _resize_to(classifier)
    plain = _plain(classifier, card, resize_to)
    if plain is not None:
        numbers, build = plain, Build(library, "plain", resize_to=resize_to)
    else:
        kind = "stages" if classifier.network.read_stages else "general"
        numbers = {name.removeprefix("network."): value for name, value in classifier.state_dict().items()}
        build = Build(library, kind, _pooling(classifier), resize_to)
    own = {name: value.contiguous().clone() for name, value in numbers.items()}
    size = path.write_bytes(save(own, dict(description(model))))
    card_path, python_path = beside(path)
    card_path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    several = len(card["views"]) > 1
    script = source(build, classifier.card.preprocessing, path.name, card_path.name, several)
    python_path.write_text(script, encoding="utf-8")
    return size


def answers(path: Path) -> Answers:
    """The files, loaded by the Python that was written with them: a fresh network, none of the app's code."""
    probabilities = run_source(beside(path)[1])["probabilities"]

    def answer(file: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        row: NDArray[np.float32] = probabilities(torch.from_numpy(pixels)[None])[0].numpy()
        return row

    return answer


def _card(classifier: Classifier, model: Ensemble) -> dict[str, Any]:
    """What the Python file reads. `settings` go to the library's constructor as they stand."""
    network, kept = classifier.network, classifier.card
    name = network.entry.name.removeprefix("torchvision/")
    own = {key: value for key, value in network.settings.items() if key not in (IMAGE_SIZE, READ_STAGE)}
    card: dict[str, Any] = {
        "graft_version": __version__,
        "library": network.entry.source,
        "backbone": name,
        "settings": {**(_TORCHVISION if name in _WITH_SIDE_CLASSIFIERS else {}), **own},
        "classes": list(kept.classes),
        "preprocessing": to_json(kept.preprocessing),
        "temperature": model.card.temperature * kept.temperature,
        "threshold": model.card.threshold,
        "line": deciding.to_json(model.card.line),
        "views": [
            dict(zip(("left", "top", "side"), place_of(view, kept.preprocessing.size), strict=True))
            | {"mirrored": view.mirrored}
            for view in find_views(model.card.views)
        ],
        "features": network.feature_count,
        "recipe": dict(kept.recipe),
    }
    if card["library"] == "torchvision":
        card["classifier"] = _classifier_of(_make(card), network.layers)
    if network.read_stages:
        card["stages"] = [stage.name for stage in _stages(classifier)]
    return card


def _make(card: Mapping[str, Any], **more: Any) -> nn.Module:
    """The library's network with its own classifier, in random numbers."""
    arguments = {**card["settings"], **more}
    network: nn.Module
    if card["library"] == "timm":
        import timm

        network = timm.create_model(card["backbone"], **arguments)
    else:
        from torchvision import models

        network = models.get_model(card["backbone"], **arguments)
    return network.eval()


def _classifier_of(library: nn.Module, layers: nn.Module) -> str:
    """The name of the module that the library's network has and the backbone lacks."""
    owners = {name.rpartition(".")[0] for name in set(library.state_dict()) - set(layers.state_dict())}
    return sorted(owners)[0] if owners else ""


def _plain(classifier: Classifier, card: Mapping[str, Any], resize_to: int | None) -> dict[str, Tensor] | None:
    """The numbers under the library's own names, where its classifier is a linear layer on the same features.

    None where it is not so, which one picture of noise decides: SqueezeNet's classifier, for one, is a convolution.
    """
    network, head = classifier.network, classifier.head
    if network.read_stages:
        return None
    numbers = {name.removeprefix("layers."): value for name, value in network.state_dict().items()}
    try:
        library = _make(card, num_classes=len(classifier.card.classes))
        name = _classifier_of(library, network.layers)
        numbers |= {f"{name}.weight": head.weight.detach(), f"{name}.bias": head.bias.detach()}
        if resize_to:
            library.get_submodule("").set_input_size(img_size=resize_to)  # type: ignore[operator]
        library.load_state_dict(numbers)
    except (RuntimeError, TypeError, ValueError):
        return None
    size = classifier.card.preprocessing.size
    noise = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return numbers if torch.allclose(library(noise), classifier(noise), rtol=1e-4, atol=1e-4) else None


def _resize_to(classifier: Classifier) -> int | None:
    """The picture size that a network made for one size must be told."""
    wanted = classifier.network.settings.get(IMAGE_SIZE)
    if wanted in (None, classifier.network.entry.image_size):
        return None
    return int(wanted) if hasattr(classifier.network.layers, "set_input_size") else None


def _pooling(classifier: Classifier) -> str:
    """How what the general loader sees becomes [N, D]: seen from what one picture gives."""
    network, size = classifier.network, classifier.card.preprocessing.size
    seen: list[Tensor] = []
    read = [network.layers.get_submodule(stage.name) for stage in _stages(classifier)]
    handles = [
        module.register_forward_hook(lambda module, inputs, output: seen.append(first_tensor(output)))
        for module in (*read, network.layers)
    ]
    try:
        with torch.inference_mode():
            network.layers(torch.zeros(1, 3, size, size))
    finally:
        for handle in handles:
            handle.remove()
    *inner, last = seen
    pooled = [_pooled_stage(network, output, f"self.kept[{number}]") for number, output in enumerate(inner)]
    if network.read_stage is None:
        pooled.append("features" if last.ndim == 2 else "features.flatten(2).mean(2)")
    return pooled[0] if len(pooled) == 1 else f"torch.cat([{', '.join(pooled)}], 1)"


def _pooled_stage(network: Network, output: Tensor, name: str) -> str:
    if output.ndim == 3:
        return f"{name}[:, {int(getattr(network.layers, 'num_prefix_tokens', 0) or 0)}:].mean(1)"
    return f"{name}.mean((1, 2))" if is_channels_last(output.shape) else f"{name}.mean((2, 3))"


def _stages(classifier: Classifier) -> list[Stage]:
    """The inner stages that the head reads."""
    network = classifier.network
    return [network.stages[stage] for stage in network.read_stages if stage < len(network.stages)]
