"""What training makes: a backbone with a head, its classes and its preprocessing, kept in a run's `model` folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from core import __version__
from core.backbones import catalogue
from core.backbones.halves import Halves
from core.backbones.network import Network, build
from core.backbones.tensor_files import write_tensors
from core.data.preprocessing import Preprocessing, from_json, to_json
from core.errors import UserError
from core.project import atomic
from core.training import deciding
from core.training.deciding import Line


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything beside the numbers that is needed to use the model elsewhere; kept as `model.json`.

    What the user settled on the Evaluate page is here too: probabilities are softmax(logits / `temperature`); an answer
    below `threshold` is "not sure" (None: every answer stands); `line` is drawn for one class (None: the likeliest is
    the answer); `views` names the row of `core.evaluation.views` over which the answers are averaged.
    """

    backbone: str
    settings: Mapping[str, Any]
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    dropout: float
    pretrained: bool
    recipe: Mapping[str, Any]
    temperature: float = 1.0
    threshold: float | None = None
    views: str = "none"
    line: Line | None = None


class Classifier(nn.Module):
    """Backbone and head. Takes normalised float pictures [N, 3, S, S]; gives logits [N, C].

    `settings` of the card are the keyword arguments with which the backbone was built (such as `pad_type`). Features
    [N, D] of the backbone are taken as well and, where `upper` is set, what its frozen stages made of pictures, which
    passes only the stages above. While it learns, `drop_connect` of the head's weights are left out at random.
    """

    def __init__(self, network: Network, card: ModelCard) -> None:
        super().__init__()
        self.network = network
        self.card = card
        self.dropout = nn.Dropout(card.dropout)
        self.head = nn.Linear(network.feature_count, len(card.classes))
        self.upper: Halves | None = None
        self.drop_connect = 0.0

    def forward(self, pictures: Tensor) -> Tensor:
        hidden = self.dropout(self._features(pictures))
        if self.training and self.drop_connect:
            weight = functional.dropout(self.head.weight, self.drop_connect)
            return functional.linear(hidden, weight, self.head.bias)
        logits: Tensor = self.head(hidden)
        return logits

    def _features(self, inputs: Tensor) -> Tensor:
        if inputs.ndim == 2:
            return inputs
        if self.upper is not None and self.upper.takes(inputs):
            return self.upper.upper(inputs)
        features: Tensor = self.network(inputs)
        return features

    def backbone_rests(self) -> bool:
        """Whether nothing learns below the head."""
        return not any(parameter.requires_grad for parameter in self.network.parameters())

    def probabilities(self, logits: Tensor) -> Tensor:
        return torch.softmax(logits.float() / self.card.temperature, dim=-1)


def save_classifier(classifier: Classifier, folder: Path) -> None:
    """Write `model.safetensors` and, last, `model.json`. Raises UserError DISK_FULL or CANNOT_WRITE."""
    card = classifier.card
    write_tensors(folder / "model.safetensors", classifier.state_dict())
    atomic.write_json(
        folder / "model.json",
        {
            "graft_version": __version__,
            "backbone": card.backbone,
            "settings": dict(card.settings),
            "classes": list(card.classes),
            "preprocessing": to_json(card.preprocessing),
            "dropout": card.dropout,
            "pretrained": card.pretrained,
            "temperature": card.temperature,
            "threshold": card.threshold,
            "views": card.views,
            "line": deciding.to_json(card.line),
            "recipe": dict(card.recipe),
        },
    )


def load_classifier(folder: Path) -> Classifier:
    """The model of a run (`folder` is its `model` folder), ready to judge. Raises UserError NOT_A_MODEL."""
    try:
        kept = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError("NOT_A_MODEL", path=str(folder)) from error
    card = ModelCard(
        backbone=kept["backbone"],
        settings=kept["settings"],
        classes=tuple(kept["classes"]),
        preprocessing=from_json(kept["preprocessing"]),
        dropout=kept["dropout"],
        pretrained=kept["pretrained"],
        recipe=kept["recipe"],
        temperature=kept.get("temperature", 1.0),
        threshold=kept.get("threshold"),
        views=kept.get("views", "none"),
        line=deciding.line_of(kept.get("line")),
    )
    network = build(catalogue.find(card.backbone), None, settings=card.settings)
    classifier = Classifier(network, card)
    classifier.load_state_dict(load_file(folder / "model.safetensors"))
    return classifier.eval()
