"""The answers of a run on the pictures it never learned from, kept with the run so that every figure can follow.

`answers.npz` in the run's folder holds, a part, the paths, the true classes and the logarithms of the probabilities at
a temperature of 1: what the user settles later (temperature, threshold) is applied to these.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.evaluation.names import packed, unpacked
from core.project import atomic

FILE_NAME = "answers.npz"
TINY = 1e-38
"""What a probability of nothing counts as: float32's smallest normal number."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """`labels` int64 [N] index `classes`; `logs` float32 [N, C] are log-probabilities at a temperature of 1."""

    classes: tuple[str, ...]
    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    logs: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.paths)

    def probabilities(self, temperature: float = 1.0) -> NDArray[np.float64]:
        """softmax(logs / temperature), float64 [N, C]."""
        return softmax(self.logs, temperature)


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities float64 [N, C] of logits [N, C]."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    answer: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return answer


def as_logs(probabilities: NDArray[np.floating]) -> NDArray[np.float32]:
    """Log-probabilities [N, C] of probabilities [N, C]."""
    logs: NDArray[np.float32] = np.log(np.maximum(probabilities, TINY)).astype(np.float32)
    return logs


def save_answers(folder: Path, parts: Mapping[str, Answers]) -> None:
    """Into a run's folder, all parts anew. Raises UserError DISK_FULL or CANNOT_WRITE."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for part, answers in parts.items():
        arrays |= {
            f"{part}_paths": packed(answers.paths),
            f"{part}_classes": packed(answers.classes),
            f"{part}_labels": answers.labels.astype(np.int64),
            f"{part}_logs": answers.logs.astype(np.float32),
        }
    with atomic.whole(folder / FILE_NAME) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def load_answers(folder: Path) -> dict[str, Answers]:
    """The parts of a run's folder; empty where there are none that can be read."""
    try:
        with np.load(folder / FILE_NAME, allow_pickle=False) as kept:
            parts = [name.removesuffix("_paths") for name in kept.files if name.endswith("_paths")]
            return {
                part: Answers(
                    classes=unpacked(kept[f"{part}_classes"]),
                    paths=unpacked(kept[f"{part}_paths"]),
                    labels=kept[f"{part}_labels"],
                    logs=kept[f"{part}_logs"],
                )
                for part in parts
            }
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
