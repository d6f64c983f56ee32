"""Whether an export gives the app's answers, from the bytes of a picture file to probabilities."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.decode import decode
from core.data.preprocessing import to_square
from core.errors import UserError
from core.evaluation.judge import judge
from core.events import Reporter
from core.export.answers import Answers
from core.training.classifier import Classifier

TOLERANCE = 1e-3
"""The largest difference of a probability that still counts as the same answer."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One picture. `same_top` holds as well where the two answers' classes are a tie in the app: no further apart
    than the tolerance. An export that failed on the picture has `fault`, and differs by 1."""

    group: str
    name: str
    same_top: bool
    difference: float
    fault: str = ""

    @property
    def agrees(self) -> bool:
        return self.same_top and self.difference <= TOLERANCE


@dataclass(frozen=True, slots=True)
class Parity:
    """All pictures that were compared."""

    rows: tuple[Compared, ...]

    def summary(self) -> dict[str, Any]:
        """`images`, `top1_agreement` (share), `max_abs_probability_difference`, `verified`."""
        return {
            "images": len(self.rows),
            "top1_agreement": sum(row.same_top for row in self.rows) / len(self.rows) if self.rows else 0.0,
            "max_abs_probability_difference": max((row.difference for row in self.rows), default=1.0),
            "verified": bool(self.rows) and all(row.agrees for row in self.rows),
        }

    def by_group(self) -> dict[str, "Parity"]:
        groups = dict.fromkeys(row.group for row in self.rows)
        return {group: Parity(tuple(row for row in self.rows if row.group == group)) for group in groups}


def compare(
    classifier: Classifier, answers: Answers, pictures: Sequence[tuple[str, Path]], threads: int, reporter: Reporter
) -> Parity:
    """Answer every picture twice: by the app (decode, square, classifier in fp32 on the processor), and by the export.

    `pictures` are pairs of a group's name and a file. Files that are no longer there or cannot be read are left out:
    neither side could answer.
    """
    preprocessing = classifier.card.preprocessing

    def both(path: Path) -> tuple[NDArray[np.uint8], Any] | None:
        try:
            pixels = decode(path)
        except UserError:
            return None
        square = to_square(torch.from_numpy(pixels), preprocessing.size, preprocessing.fit).numpy()
        try:
            return square, answers(path, pixels)
        except Exception as error:  # whatever a runtime raises, it did not answer
            return square, error

    names: list[tuple[str, str]] = []
    squares: list[NDArray[np.uint8]] = []
    theirs: list[Any] = []
    reporter.progress("parity", 0, len(pictures))
    with ThreadPoolExecutor(threads, thread_name_prefix="parity") as pool:
        try:
            found_all = pool.map(both, (path for _, path in pictures))
            for done, ((group, path), found) in enumerate(zip(pictures, found_all, strict=True), 1):
                if found is not None:
                    names.append((group, path.name))
                    squares.append(found[0])
                    theirs.append(found[1])
                reporter.progress("parity", done, len(pictures))
        finally:
            pool.shutdown(cancel_futures=True)
    if not names:
        return Parity(())
    ours = judge(classifier, np.stack(squares), reporter)
    return Parity(tuple(_compared(*name, *row) for name, *row in zip(names, ours, theirs, strict=True)))


def _compared(group: str, name: str, ours: NDArray[np.float32], theirs: Any) -> Compared:
    if isinstance(theirs, Exception):
        return Compared(group, name, False, 1.0, f"{type(theirs).__name__}: {theirs}"[:200])
    if np.shape(theirs) != ours.shape or not np.isfinite(theirs).all():
        return Compared(group, name, False, 1.0, "not an answer")
    gap = float(ours.max() - ours[int(np.argmax(theirs))])
    return Compared(group, name, gap <= TOLERANCE, float(np.abs(ours - theirs).max()))
