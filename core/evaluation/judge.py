"""What a classifier makes of pictures, computed in full precision: the reference for all that is compared with it."""

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.preprocessing import normalise
from core.events import Reporter
from core.training.classifier import Classifier

BATCH = 32


def judge(
    classifier: Classifier, pictures: NDArray[np.uint8], reporter: Reporter, device: str = "cpu"
) -> NDArray[np.float32]:
    """Probabilities [N, C] for squares uint8 [N, S, S, 3]. Leaves the classifier on `device`, ready to judge."""
    classifier.to(device).eval()
    answers = np.empty((len(pictures), len(classifier.card.classes)), dtype=np.float32)
    reporter.progress("judge", 0, len(pictures))
    with torch.inference_mode(), torch.autocast(device, enabled=False), _full_precision(device):
        for start in range(0, len(pictures), BATCH):
            squares = torch.from_numpy(np.ascontiguousarray(pictures[start : start + BATCH])).to(device)
            logits = classifier(normalise(squares, classifier.card.preprocessing))
            answers[start : start + BATCH] = classifier.probabilities(logits).cpu().numpy()
            reporter.progress("judge", min(start + BATCH, len(pictures)), len(pictures))
    return answers


def _full_precision(device: str) -> AbstractContextManager[None]:
    """Graphics cards multiply with ten bits of mantissa (TF32) in convolutions unless told otherwise."""
    if device != "cuda":
        return nullcontext()
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
    return flags
