"""Names at the ends of the curve's lines, each with its last value: no legend to look up."""

from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication

from gui import theme, words
from gui.widgets.curve_pane import spread

PARTS: Mapping[str, str] = {"train": "train", "val": "validation", "average": "good"}  # with the role of its colour
HEIGHT = 15  # pixels of a name


class Ends:
    """`panes` by what they show; the lines are called after part and pane, such as `val_accuracy`."""

    def __init__(self, panes: Mapping[str, pg.PlotItem]) -> None:
        self._panes = panes
        self.names = {f"{part}_{what}": pg.TextItem(anchor=(0, 0.5)) for part in PARTS for what in panes}
        for name, item in self.names.items():
            panes[name.partition("_")[2]].addItem(item, ignoreBounds=True)

    def dress(self) -> None:
        for name, item in self.names.items():
            item.setColor(theme.colour(PARTS[name.partition("_")[0]]))
            item.setFont(theme.font(theme.CAPTION, strong=True, tabular=True))

    def put(self, name: str, end: tuple[float, float] | None) -> None:
        """The line ends there; None where there is none."""
        item = self.names[name]
        item.setVisible(end is not None)
        if end is None:
            return
        value = words.percent(end[1]) if name.endswith("accuracy") else f"{end[1]:.2f}"
        item.setText(f"\u2009{_part(name)} {value}")
        item.setPos(*end)

    def part(self) -> None:
        """Names at nearly the same height are pushed apart until all can be read."""
        for what, pane in self._panes.items():
            ends = [self.names[f"{part}_{what}"] for part in PARTS]
            shown = sorted((item for item in ends if item.isVisible()), key=lambda item: float(item.pos().y()))
            height = pane.vb.height()
            low, high = pane.vb.viewRange()[1]
            if height < 40 or not shown:
                continue
            apart = HEIGHT * (high - low) / height
            heights = spread([item.pos().y() for item in shown], apart, low + apart / 2)
            for item, y in zip(shown, heights, strict=True):
                item.setPos(item.pos().x(), y)


def _part(name: str) -> str:
    match name.partition("_")[0]:
        case "train":
            return QCoreApplication.translate("Curve", "training")
        case "val":
            return QCoreApplication.translate("Curve", "validation")
    return QCoreApplication.translate("Curve", "average")
