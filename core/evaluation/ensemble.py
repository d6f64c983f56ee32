"""Several trained classifiers, each looking through the same views, that answer as one (CS231n, lecture 7).

An ensemble is kept like a model: its folder holds `ensemble.json` and one folder per member.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from core.data.preprocessing import normalise, to_squares
from core.errors import UserError
from core.evaluation.judge import mean_logits
from core.evaluation.views import find_views, see
from core.project import atomic
from core.training import deciding
from core.training.classifier import Classifier, load_classifier, save_classifier
from core.training.deciding import Line

FILE_NAME = "ensemble.json"


@dataclass(frozen=True, slots=True)
class EnsembleCard:
    """`temperature`, `threshold` and `line` hold for the mean of the members' answers, after it was taken."""

    classes: tuple[str, ...]
    views: str = "none"
    temperature: float = 1.0
    threshold: float | None = None
    line: Line | None = None


class Ensemble(nn.Module):
    """Takes pictures uint8 [N, H, W, 3] RGB of any size; gives probabilities float32 [N, C].

    Every member preprocesses in its own way and with its own temperature; their probabilities are averaged. It can be
    captured as one graph. One classifier with views is an ensemble of one.
    """

    def __init__(self, members: Sequence[Classifier], card: EnsembleCard) -> None:
        super().__init__()
        self.members = tuple(members)
        self.card = card
        self._numbers = nn.ModuleList(members)  # so that torch knows them too

    def forward(self, image: Tensor) -> Tensor:
        return torch.softmax(self.logits(image) / self.card.temperature, dim=-1)

    def logits(self, image: Tensor) -> Tensor:
        """Logits [N, C] whose softmax is the mean probability."""
        answers = [self._of_member(member, image) / member.card.temperature for member in self.members]
        return answers[0] if len(answers) == 1 else mean_logits(answers)

    def _of_member(self, member: Classifier, image: Tensor) -> Tensor:
        """The mean over its views; its own temperature holds for that mean, as in `Judge`."""
        preprocessing = member.card.preprocessing
        taken = normalise(to_squares(image, preprocessing.size, preprocessing.fit), preprocessing)
        answers: list[Tensor] = [member(see(taken, view)).float() for view in find_views(self.card.views)]
        return answers[0] if len(answers) == 1 else mean_logits(answers)


def as_ensemble(classifier: Classifier) -> Ensemble:
    """One classifier with the views and the temperature of its card."""
    card = classifier.card
    settled = EnsembleCard(card.classes, card.views, card.temperature, card.threshold, card.line)
    return Ensemble([_plain(classifier)], settled)


def _plain(classifier: Classifier) -> Classifier:
    """The same network without a temperature of its own: its ensemble has one."""
    plain = Classifier(classifier.network, replace(classifier.card, temperature=1.0, views="none"))
    plain.head, plain.dropout = classifier.head, classifier.dropout
    return plain.eval()


def save_ensemble(ensemble: Ensemble, folder: Path) -> None:
    """Write every member and, last, `ensemble.json`. Raises UserError DISK_FULL or CANNOT_WRITE."""
    card = ensemble.card
    names = [f"member-{number}" for number in range(1, len(ensemble.members) + 1)]
    for name, member in zip(names, ensemble.members, strict=True):
        save_classifier(member, folder / name)
    atomic.write_json(
        folder / FILE_NAME,
        {
            "members": names,
            "classes": list(card.classes),
            "views": card.views,
            "temperature": card.temperature,
            "threshold": card.threshold,
            "line": deciding.to_json(card.line),
        },
    )


def is_ensemble(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file()


def load_ensemble(folder: Path) -> Ensemble:
    """The model in a run's `model` folder, be it an ensemble or one classifier. Raises UserError NOT_A_MODEL."""
    if not is_ensemble(folder):
        return as_ensemble(load_classifier(folder))
    kept = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    members = [load_classifier(folder / Path(name).name) for name in kept["members"]]
    if not members or any(member.card.classes != tuple(kept["classes"]) for member in members):
        raise UserError("NOT_A_MODEL", path=str(folder))
    card = EnsembleCard(
        classes=tuple(kept["classes"]),
        views=kept.get("views", "none"),
        temperature=kept.get("temperature", 1.0),
        threshold=kept.get("threshold"),
        line=deciding.line_of(kept.get("line")),
    )
    return Ensemble(members, card).eval()
