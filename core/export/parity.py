"""Whether an export gives the app's answers, from the bytes of a picture file to probabilities."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.decode import decode
from core.errors import UserError
from core.evaluation.predict import Model
from core.events import Reporter
from core.export.answers import Answers

TOLERANCE = 1e-3
"""The largest difference of a probability that still counts as the same answer."""


BATCH = 32


@dataclass(frozen=True, slots=True)
class Picture:
    """A file to compare on. `label` is the number of its true class, where that is known."""

    group: str
    path: Path
    label: int | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One picture. `same_top` holds as well where the two answers' classes are a tie in the app: no further apart
    than the tolerance. An export that failed on the picture has `fault`, and differs by 1. Where the true class is
    known, `right` says whether the app named it, and `right_there` whether the export did."""

    group: str
    name: str
    same_top: bool
    difference: float
    fault: str = ""
    right: bool | None = None
    right_there: bool | None = None

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

    def accuracy(self) -> dict[str, Any] | None:
        """Right answers on pictures whose class is known; None without such.

        `images`, `before` and `after` (shares, of the app and of the export), `broken` and `mended` (pictures that only
        the app, or only the export, got right).
        """
        known = [row for row in self.rows if row.right is not None]
        if not known:
            return None
        return {
            "images": len(known),
            "before": sum(bool(row.right) for row in known) / len(known),
            "after": sum(bool(row.right_there) for row in known) / len(known),
            "broken": sum(bool(row.right) and not row.right_there for row in known),
            "mended": sum(bool(row.right_there) and not row.right for row in known),
        }

    def by_group(self) -> dict[str, "Parity"]:
        groups = dict.fromkeys(row.group for row in self.rows)
        return {group: Parity(tuple(row for row in self.rows if row.group == group)) for group in groups}


def compare(app: Model, answers: Answers, pictures: Sequence[Picture], threads: int, reporter: Reporter) -> Parity:
    """Answer every picture twice: as the app does when it predicts, and by the export.

    Files that are no longer there or cannot be read are left out: neither side could answer.
    """

    def both(picture: Picture) -> tuple[NDArray[Any], Any] | None:
        try:
            pixels = decode(picture.path)
        except UserError:
            return None
        prepared = app.prepare(pixels)
        try:
            return prepared, answers(picture.path, pixels)
        except Exception as error:  # whatever a runtime raises, it did not answer
            return prepared, error

    rows: list[Compared] = []
    waiting: list[tuple[Picture, NDArray[Any], Any]] = []

    def settle() -> None:
        if waiting:
            ours = app.answer([prepared for _, prepared, _ in waiting]).probabilities
            rows.extend(_compared(one[0], mine, one[2]) for one, mine in zip(waiting, ours, strict=True))
            waiting.clear()

    reporter.progress("parity", 0, len(pictures))
    with ThreadPoolExecutor(threads, thread_name_prefix="parity") as pool:
        try:
            for done, (picture, found) in enumerate(zip(pictures, pool.map(both, pictures), strict=True), 1):
                if found is not None:
                    waiting.append((picture, *found))
                if len(waiting) == BATCH:
                    settle()
                reporter.progress("parity", done, len(pictures))
            settle()
        finally:
            pool.shutdown(cancel_futures=True)
    return Parity(tuple(rows))


def _compared(picture: Picture, ours: NDArray[np.float32], theirs: Any) -> Compared:
    group, name, label = picture.group, picture.path.name, picture.label
    right = None if label is None else int(ours.argmax()) == label
    missed = None if label is None else False
    if isinstance(theirs, Exception):
        return Compared(group, name, False, 1.0, f"{type(theirs).__name__}: {theirs}"[:200], right, missed)
    if np.shape(theirs) != ours.shape or not np.isfinite(theirs).all():
        return Compared(group, name, False, 1.0, "not an answer", right, missed)
    first = int(np.argmax(theirs))
    gap = float(ours.max() - ours[first])
    right_there = None if label is None else first == label
    return Compared(group, name, gap <= TOLERANCE, float(np.abs(ours - theirs).max()), "", right, right_there)
