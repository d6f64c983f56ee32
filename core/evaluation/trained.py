"""A run's classifier as something that answers for files."""

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.preprocessing import to_square
from core.evaluation.judge import Judge
from core.training.classifier import Classifier


class Trained:
    """Pictures become squares in the threads that decode them; squares are judged in batches."""

    def __init__(self, classifier: Classifier, device: str = "cpu") -> None:
        self._card = classifier.card
        self._judge = Judge(classifier, device)

    @property
    def classes(self) -> tuple[str, ...]:
        return self._card.classes

    def prepare(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        preprocessing = self._card.preprocessing
        square: NDArray[np.uint8] = to_square(torch.from_numpy(pixels), preprocessing.size, preprocessing.fit).numpy()
        return square

    def answer(self, prepared: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        return self._judge.probabilities(np.stack(prepared))
