"""What is written over the curve: a line at each act of the user, its name in a lane above; the best state.

Acts at nearly the same place share one name; names that would touch lie in lanes above one another.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyqtgraph as pg
from PySide6.QtCore import Qt

from gui import theme, words
from gui.widgets import paint
from gui.widgets.curve_data import CurveData, Mark
from gui.words import translate

LANE = 16.0  # pixels
MOST_LANES = 3
TOGETHER = 7.0  # pixels: lines nearer than this are one to the eye
APART = 8.0  # pixels between two names in one lane


@dataclass(frozen=True, slots=True)
class Name:
    """`text` at a line `x` pixels from the left; `left` says that it stands before the line. A name that has no room
    has the lane -1: its line says it when pointed at."""

    x: float
    text: str
    lane: int = 0
    left: bool = False


def names(acts: Sequence[tuple[float, str]]) -> list[Name]:
    """Acts in order, each at its pixel, joined where their lines are one to the eye."""
    groups: list[tuple[float, list[str]]] = []
    for x, text in acts:
        if groups and x - groups[-1][0] < TOGETHER:
            groups[-1][1].append(text)
        else:
            groups.append((x, [text]))
    return [Name(x, _joined(texts)) for x, texts in groups]


def in_lanes(given: Sequence[Name], widths: Sequence[float], room: float) -> list[Name]:
    """Each name in the lowest lane where it touches no other, within `room` pixels."""
    ends = [float("-inf")] * MOST_LANES
    placed = []
    for name, width in zip(given, widths, strict=True):
        left = name.x + width + APART > room
        begin = name.x - width - APART if left else name.x
        lane = next((lane for lane, end in enumerate(ends) if begin >= end), -1)
        if lane >= 0:
            ends[lane] = name.x + (0.0 if left else width) + APART
        placed.append(replace(name, lane=lane, left=left))
    return placed


def _joined(texts: Sequence[str]) -> str:
    told: list[str] = []
    for text in dict.fromkeys(texts):
        times = texts.count(text)
        told.append(f"{text} ×\u00a0{times}" if times > 1 else text)
    return " · ".join(told)


def mark_text(mark: Mark) -> str:
    """What the user (or a rescue) did, in a word or two."""
    match mark.action:
        case "decay":
            factor = 1 / mark.value if mark.value else 10
            return translate("Curve", "rate ÷ {factor}").format(factor=f"{factor:.3g}")
        case "set_rate":
            return translate("Curve", "rate {rate}").format(rate=words.small(mark.value) if mark.value else "?")
        case "pause":
            return translate("Curve", "paused")
        case "go_on":
            return translate("Curve", "went on")
        case "stop":
            return translate("Curve", "stopped")
        case "discard":
            return translate("Curve", "discarded")
        case "unfreeze":
            return translate("Curve", "unfrozen")
        case "snapshot":
            return translate("Curve", "snapshot")
        case "recover":
            return translate("Curve", "stepped back")
    return mark.action


class Marks:
    """Draws the marks of a `CurveData` into two panes above one another."""

    def __init__(self, above: pg.PlotItem, below: pg.PlotItem) -> None:
        self._panes = (above, below)
        self._lines: list[tuple[pg.InfiniteLine, pg.InfiniteLine]] = []
        self._names: list[pg.TextItem] = []
        self.shown: list[Name] = []

    def lay_out(self, data: CurveData, across: tuple[float, float], room: float) -> int:
        """Draw the lines and decide on the names; `across` are the epochs of `room` pixels. How many lanes it needs."""
        marks = [mark for mark in data.marks if mark.action != "go_on"]  # where it paused, it went on
        places = [data.place(mark) for mark in marks]
        self._draw_lines(marks, places)
        scale = room / max(across[1] - across[0], 1e-9)
        given = names([((at - across[0]) * scale, mark_text(mark)) for at, mark in zip(places, marks, strict=True)])
        font = theme.font(theme.CAPTION)
        self.shown = in_lanes(given, [paint.text_width(name.text, font) for name in given], room)
        return max((name.lane + 1 for name in self.shown), default=0)

    def place_names(self, across: tuple[float, float], room: float, top: float, lane: float) -> None:
        """Write the names below the height `top`, each lane `lane` high, both as the pane's axis counts."""
        with_room = [name for name in self.shown if name.lane >= 0]
        while len(self._names) < len(with_room):
            self._names.append(pg.TextItem())
            self._names[-1].setZValue(1)  # above the lines
            self._panes[0].addItem(self._names[-1], ignoreBounds=True)
        for item, name in zip(self._names, with_room, strict=False):
            item.setColor(theme.colour("text"))
            item.fill = pg.mkBrush(theme.colour("card"))  # a line behind it does not strike it through
            item.setFont(theme.font(theme.CAPTION))
            item.setText(name.text)
            item.setAnchor((1 if name.left else 0, 0.5))
            item.setPos(across[0] + name.x / room * (across[1] - across[0]), top - (name.lane + 0.5) * lane)
        for number, item in enumerate(self._names):
            item.setVisible(number < len(with_room))

    def _draw_lines(self, marks: Sequence[Mark], places: Sequence[float]) -> None:
        while len(self._lines) > len(marks):
            for pane, line in zip(self._panes, self._lines.pop(), strict=True):
                pane.removeItem(line)
        while len(self._lines) < len(marks):
            pair = (pg.InfiniteLine(angle=90), pg.InfiniteLine(angle=90))
            for pane, line in zip(self._panes, pair, strict=True):
                pane.addItem(line, ignoreBounds=True)
            self._lines.append(pair)
        pen = pg.mkPen(theme.colour("text", 0.55), width=1)
        for pair, mark, place in zip(self._lines, marks, places, strict=True):
            for line in pair:
                line.setPen(pen)
                line.setValue(place)
                line.setToolTip(
                    translate("Curve", "Epoch {epoch}: {act}").format(epoch=f"{place:.1f}", act=mark_text(mark))
                )

    @property
    def places(self) -> list[float]:
        """Where the lines stand, in epochs."""
        return [float(above.value()) for above, _ in self._lines]


class Best:
    """A line through the panes at the best state, the one that is kept, and a star on the line of validation."""

    WIDTH = 44  # pixels of its name

    def __init__(self, above: pg.PlotItem, below: pg.PlotItem) -> None:
        self._above = above
        self._lines = (pg.InfiniteLine(angle=90), pg.InfiniteLine(angle=90))
        self._star = pg.ScatterPlotItem(size=14, symbol="star")
        self._text = pg.TextItem()
        above.addItem(self._lines[0])
        below.addItem(self._lines[1])
        above.addItem(self._star)
        above.addItem(self._text, ignoreBounds=True)

    def dress(self) -> None:
        for line in self._lines:
            line.setPen(pg.mkPen(theme.colour("quiet", 0.6), width=1, style=Qt.PenStyle.DotLine))
        self._star.setBrush(theme.colour("validation"))
        self._star.setPen(pg.mkPen(theme.colour("card"), width=1))
        self._text.setColor(theme.colour("text"))
        self._text.setFont(theme.font(theme.CAPTION, strong=True, tabular=True))

    def put(self, epoch: float | None, accuracy: float) -> None:
        """Where it is; None where nothing was judged. At the left edge its name begins at the line."""
        judged = epoch is not None and math.isfinite(accuracy)
        for line in self._lines:
            line.setVisible(epoch is not None)
        self._star.setVisible(judged)
        self._text.setVisible(judged)
        if epoch is None:
            return
        for line in self._lines:
            line.setValue(epoch)
        if judged:
            self._star.setData([epoch], [accuracy])
            self._text.setText(translate("Curve", "best"))
            self._text.fill = pg.mkBrush(theme.colour("card"))  # no line strikes it through
            low, high = self._above.vb.viewRange()[0]
            pixels = (epoch - low) / (high - low) * self._above.vb.width()
            self._text.setAnchor((0.5 if pixels > self.WIDTH / 2 else 0, -0.2))
            self._text.setPos(epoch, accuracy)

    @property
    def place(self) -> float | None:
        """The epoch where it stands, while it is shown."""
        return float(self._lines[0].value()) if self._lines[0].isVisible() else None
