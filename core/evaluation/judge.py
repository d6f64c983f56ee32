"""What a classifier makes of pictures, computed in full precision: the reference for all that is compared with it."""

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray

from core.backbones.features import Extractor
from core.events import Reporter
from core.training.classifier import Classifier

BATCH = 32


class Judge:
    """A classifier made ready to answer many batches; the classifier itself stays as it is."""

    def __init__(self, classifier: Classifier, device: str = "cpu") -> None:
        self._classifier = classifier
        self._device = device
        self._extractor = Extractor(classifier.network, classifier.card.preprocessing, "fp32", device)

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities [N, C] for squares uint8 [N, S, S, 3], as one batch."""
        head = self._classifier.head
        with torch.inference_mode(), torch.autocast(self._device, enabled=False), _full_precision(self._device):
            features = torch.from_numpy(self._extractor.rows(pictures)).to(head.weight.device)
            answers: NDArray[np.float32] = self._classifier.probabilities(head(features)).cpu().numpy()
        return answers


def judge(
    classifier: Classifier, pictures: NDArray[np.uint8], reporter: Reporter, device: str = "cpu"
) -> NDArray[np.float32]:
    """Probabilities [N, C] for squares uint8 [N, S, S, 3]. Cancellable at every batch."""
    ready = Judge(classifier, device)
    answers = np.empty((len(pictures), len(classifier.card.classes)), dtype=np.float32)
    reporter.progress("judge", 0, len(pictures))
    for start in range(0, len(pictures), BATCH):
        answers[start : start + BATCH] = ready.probabilities(pictures[start : start + BATCH])
        reporter.progress("judge", min(start + BATCH, len(pictures)), len(pictures))
    return answers


def _full_precision(device: str) -> AbstractContextManager[None]:
    """Graphics cards multiply with ten bits of mantissa (TF32) in convolutions unless told otherwise."""
    if device != "cuda":
        return nullcontext()
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
    return flags
