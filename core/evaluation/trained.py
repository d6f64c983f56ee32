"""A run's model as something that answers for files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.preprocessing import Preprocessing
from core.data.resizing import square
from core.evaluation.answers import as_logs, softmax
from core.evaluation.ensemble import Ensemble, is_ensemble, load_ensemble
from core.evaluation.judge import Judge
from core.evaluation.predict import Answered
from core.training.classifier import Classifier, load_classifier
from core.training.deciding import Line


class Trained:
    """Pictures become squares in the threads that decode them; squares are judged in batches."""

    def __init__(self, classifier: Classifier, device: str = "cpu") -> None:
        self._card = classifier.card
        self._judge = Judge(classifier, device)

    @property
    def classes(self) -> tuple[str, ...]:
        return self._card.classes

    @property
    def threshold(self) -> float | None:
        """A probability below it means "not sure"."""
        return self._card.threshold

    @property
    def line(self) -> Line | None:
        return self._card.line

    def prepare(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return square_of(pixels, self._card.preprocessing)

    def answer(self, prepared: list[NDArray[np.uint8]]) -> Answered:
        return Answered(*self._judge.answered(np.stack(prepared)))


class TrainedTogether:
    """An ensemble. What is kept of a picture is one square per way of preprocessing, laid end to end."""

    def __init__(self, ensemble: Ensemble, device: str = "cpu") -> None:
        self._card = ensemble.card
        members = ensemble.members
        self._judges = [Judge(member, device, ensemble.card.views) for member in members]
        self._ways = [(member.card.preprocessing.size, member.card.preprocessing.fit) for member in members]
        self._kinds = list(dict.fromkeys(self._ways))
        self._preprocessing = {way: member.card.preprocessing for way, member in zip(self._ways, members, strict=True)}

    @property
    def classes(self) -> tuple[str, ...]:
        return self._card.classes

    @property
    def threshold(self) -> float | None:
        return self._card.threshold

    @property
    def line(self) -> Line | None:
        return self._card.line

    def prepare(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        squares = [square_of(pixels, self._preprocessing[kind]).reshape(-1) for kind in self._kinds]
        return np.concatenate(squares)

    def answer(self, prepared: list[NDArray[Any]]) -> Answered:
        """The features are the first member's."""
        lengths = [size * size * 3 for size, _ in self._kinds]
        parts = np.split(np.stack(prepared), np.cumsum(lengths)[:-1], axis=1)
        squares = {kind: part.reshape(-1, kind[0], kind[0], 3) for kind, part in zip(self._kinds, parts, strict=True)}
        given = [judge.answered(squares[way]) for judge, way in zip(self._judges, self._ways, strict=True)]
        mean = np.mean([chances for chances, _ in given], axis=0)
        return Answered(softmax(as_logs(mean), self._card.temperature).astype(np.float32), given[0][1])


def open_trained(folder: Path, device: str = "cpu") -> Trained | TrainedTogether:
    """The model in a run's `model` folder. Raises UserError NOT_A_MODEL."""
    if is_ensemble(folder):
        return TrainedTogether(load_ensemble(folder), device)
    return Trained(load_classifier(folder), device)


def square_of(pixels: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """The square uint8 [S, S, 3] that a model takes, of a picture uint8 [H, W, 3]."""
    return square(Image.fromarray(pixels), preprocessing.size, preprocessing.fit)
