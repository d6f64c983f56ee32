"""What a classifier makes of pictures, computed in full precision: the reference for all that is compared with it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.backbones.features import Extractor
from core.data.pictures import Shown
from core.evaluation.views import WHOLE, find_views, see
from core.events import Reporter
from core.training.classifier import Classifier

BATCH = 32


class Judge:
    """A classifier made ready to answer many batches; the classifier itself stays as it is.

    `views` overrides those that its card names.
    """

    def __init__(self, classifier: Classifier, device: str = "cpu", views: str | None = None) -> None:
        self._classifier = classifier
        self._device = device
        self._views = find_views(classifier.card.views if views is None else views)
        self._extractor = Extractor(classifier.network, classifier.card.preprocessing, "fp32", device)

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities [N, C] for squares uint8 [N, S, S, 3], as one batch."""
        return self.answered(pictures)[0]

    def answered(self, pictures: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities [N, C], and the features [N, D] of the whole squares."""
        with torch.inference_mode():
            logits, features = self._pass(pictures)
            return self._classifier.probabilities(logits).cpu().numpy(), features.cpu().numpy()

    def log_probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What `probabilities` would be at a temperature of 1, as logarithms [N, C]."""
        with torch.inference_mode():
            logits = self._pass(pictures)[0].float()
            answers: NDArray[np.float32] = torch.log_softmax(logits, dim=-1).cpu().numpy()
        return answers

    def _pass(self, pictures: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """Logits [N, C], of several views the logarithm of their mean probability; and the features [N, D] of the
        whole squares, or of the first view where none shows the whole."""
        head = self._classifier.head
        with torch.autocast(self._device, enabled=False), _full_precision(self._device):
            taken = self._extractor.normalised(pictures)
            seen = [self._extractor.features(see(taken, view)).to(head.weight.device) for view in self._views]
            answers = [head(features) for features in seen]
        whole = self._views.index(WHOLE) if WHOLE in self._views else 0
        return answers[0] if len(answers) == 1 else mean_logits(answers), seen[whole]


def mean_logits(answers: list[Tensor]) -> Tensor:
    """Logits whose softmax is the mean of the answers' probabilities [N, C]."""
    chances = torch.stack([torch.log_softmax(answer.float(), dim=-1) for answer in answers])
    return torch.logsumexp(chances, dim=0) - float(np.log(len(answers)))


def judge(classifier: Classifier, pictures: Shown, reporter: Reporter, device: str = "cpu") -> NDArray[np.float32]:
    """Probabilities [N, C] for squares uint8 [N, S, S, 3]. Cancellable at every batch."""
    return _in_batches(Judge(classifier, device).probabilities, pictures, len(classifier.card.classes), reporter)


def judge_logs(
    classifier: Classifier,
    pictures: Shown,
    reporter: Reporter,
    device: str = "cpu",
    views: str | None = None,
) -> NDArray[np.float32]:
    """Logarithms of the probabilities [N, C] at a temperature of 1. Cancellable at every batch."""
    ready = Judge(classifier, device, views)
    return _in_batches(ready.log_probabilities, pictures, len(classifier.card.classes), reporter)


def _in_batches(
    answer: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    pictures: Shown,
    classes: int,
    reporter: Reporter,
) -> NDArray[np.float32]:
    answers = np.empty((len(pictures), classes), dtype=np.float32)
    reporter.progress("judge", 0, len(pictures))
    for start in range(0, len(pictures), BATCH):
        answers[start : start + BATCH] = answer(pictures[start : start + BATCH])
        reporter.progress("judge", min(start + BATCH, len(pictures)), len(pictures))
    return answers


def _full_precision(device: str) -> AbstractContextManager[None]:
    """Graphics cards multiply with ten bits of mantissa (TF32) in convolutions unless told otherwise."""
    if device != "cuda":
        return nullcontext()
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
    return flags
