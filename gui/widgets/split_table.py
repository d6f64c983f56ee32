"""How many pictures of each class are learned from and judged by, and how sure a figure from so few can be."""

import math
from collections.abc import Mapping

from gui import words
from gui.widgets.number_table import Cell, Column, NumberTable

PARTS = ("train", "val", "test")
Z95 = 1.959963984540054
WORST = 0.5
"""Around half right answers an interval is widest: whatever share is found, the true one is at least so near."""

SMALL = 10
"""From so many points to either side on, a part is called small."""


def wilson(correct: float, number: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a share; the window may not import numpy, hence not core.metrics."""
    if not number:
        return 0.0, 1.0
    share, z2 = correct / number, Z95**2
    centre = (share + z2 / (2 * number)) / (1 + z2 / number)
    half = Z95 / (1 + z2 / number) * math.sqrt(share * (1 - share) / number + z2 / (4 * number**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def points(number: int) -> int:
    """Half the interval that so many pictures allow, in points."""
    low, high = wilson(WORST * number, number)
    return max(1, round(50 * (high - low)))


def uncertainty(number: int) -> str:
    """`± 9` points."""
    return f"±\u00a0{points(number)}" if number else "–"


def small_parts(totals: Mapping[str, int]) -> list[str]:
    """For each part that judges by few pictures, a sentence that says how sure its figure can be."""
    said = []
    for part in PARTS[1:]:
        number = totals.get(part, 0)
        if number and points(number) > SMALL:
            text = words.translate(
                "SplitTable",
                "{part} is small: with %n picture(s), a figure is sure to ±\u00a0{points} points.",
                "",
                number,
            )
            said.append(text.format(part=words.part_name(part), points=points(number)))
    return said


class SplitTable(NumberTable):
    def __init__(self) -> None:
        super().__init__(
            words.translate("SplitTable", "Split"),
            [
                Column(words.translate("SplitTable", "Class"), wide=True),
                *(Column(words.part_name(part), number=True) for part in PARTS),
                Column(words.translate("SplitTable", "Uncertainty"), number=True),
            ],
            most=400,
        )

    def show_split(self, by_class: Mapping[str, Mapping[str, int]], totals: Mapping[str, int]) -> None:
        """`by_class` may be empty while only the totals are known."""
        rows = [self._row(name, parts, False) for name, parts in by_class.items()]
        self.show_rows([*rows, self._row(words.translate("SplitTable", "All classes"), totals, True)])

    def _row(self, name: str, parts: Mapping[str, int], strong: bool) -> list[Cell]:
        judged = parts.get("test", 0) or parts.get("val", 0)
        unsure = uncertainty(judged)
        small = bool(judged) and points(judged) > SMALL
        tip = words.translate(
            "SplitTable",
            "The true share of right answers lies within so many points of the one found, 95 times of 100.",
        )
        counts = [Cell(words.count(parts.get(part, 0)), strong) for part in PARTS]
        return [
            Cell(name, strong),
            *counts,
            Cell(f"! {unsure}" if small else unsure, strong, "careful" if small else "text", tip),
        ]
