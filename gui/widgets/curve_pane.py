"""One pane of the curve in the theme's dress, and the words for what the user did to a training."""

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QWheelEvent

from gui import theme
from gui.widgets.curve_data import Mark

AXIS_WIDTH = 66


class Pane(pg.PlotItem):  # type: ignore[misc]
    """One plot in the theme's dress: left axis, faint horizontal lines, nothing to drag."""

    def __init__(self, title: str, percent: bool = False) -> None:
        super().__init__(enableMenu=False)
        self.hideButtons()
        self.percent = percent
        self.setMouseEnabled(x=False, y=False)
        left = self.getAxis("left")
        left.setWidth(AXIS_WIDTH)
        left.enableAutoSIPrefix(False)
        left.setStyle(tickLength=0, maxTextLevel=0)
        self.getAxis("bottom").setStyle(tickLength=0, showValues=False)
        self.title = title

    def dress(self) -> None:
        font, line, quiet = theme.font(theme.CAPTION, tabular=True), theme.colour("line"), theme.colour("quiet")
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setTickFont(font)
            axis.setPen(pg.mkPen(line))
            axis.setTextPen(quiet)
        self.getAxis("left").setLabel(self.title, color=theme.colours().quiet, **{"font-size": f"{theme.CAPTION}px"})
        self.showGrid(y=True, alpha=0.25)


class View(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """The panes' sheet. The wheel scrolls the page it lies on, not the drawing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Curve", text)


def mark_text(mark: Mark) -> str:
    """What the user (or a rescue) did, in a word or two."""
    match mark.action:
        case "decay":
            factor = 1 / mark.value if mark.value else 10
            return _tr("rate ÷ {factor}").format(factor=f"{factor:.3g}")
        case "set_rate":
            return _tr("rate {rate}").format(rate=f"{mark.value:.2g}" if mark.value else "?")
        case "pause":
            return _tr("paused")
        case "go_on":
            return _tr("went on")
        case "stop":
            return _tr("stopped")
        case "unfreeze":
            return _tr("unfrozen")
        case "snapshot":
            return _tr("snapshot")
        case "recover":
            return _tr("stepped back")
    return mark.action
