"""The left rail: the eight steps in order with their states, then what stands apart from them."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QVBoxLayout, QWidget

from gui import theme
from gui.steps import OTHERS, STEPS, StepState
from gui.widgets import icons
from gui.widgets.rail_item import RailItem

WIDTH, FOLDED_WIDTH = 224, 56


class _Brand(QAbstractButton):
    """The way home."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Graft, start page"))
        self.setToolTip(self.tr("Start page"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedHeight(56)

    def sizeHint(self) -> QSize:
        return QSize(theme.SPACE_32, 56)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        folded = self.width() < 100
        x = (self.width() - 24) / 2 if folded else 16
        if self.hasFocus():
            painter.setPen(theme.colour("accent"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(8.5, 8.5, -8.5, -8.5), 6, 6)
        icons.draw(painter, "graft", QRectF(x, 16, 24, 24), theme.colour("accent"))
        if not folded:
            painter.setPen(theme.colour("text"))
            painter.setFont(theme.font(theme.EMPHASIS, strong=True))
            place = QRectF(48, 0, self.width() - 48, 56)
            painter.drawText(place, Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignVCenter, "Graft")
        painter.end()


class Rail(QWidget):
    """`chosen(page)` when an entry is pressed, `refused(page)` when it cannot be entered."""

    chosen = Signal(str)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Steps"))
        self._items: dict[str, RailItem] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, theme.SPACE_8)
        column.setSpacing(0)
        self._home = _Brand()
        self._home.clicked.connect(lambda: self.chosen.emit("start"))
        column.addWidget(self._home)
        names = self._names()
        for number, page in enumerate(STEPS, 1):
            column.addWidget(self._item(page, names[page], number))
        column.addStretch(1)
        line = QFrame()
        line.setObjectName("rule")
        column.addWidget(line)
        for page in OTHERS:
            column.addWidget(self._item(page, names[page], 0))
        self.set_folded(False)

    def _names(self) -> Mapping[str, str]:
        return {
            "data": self.tr("Data"),
            "backbone": self.tr("Backbone"),
            "strategy": self.tr("Strategy"),
            "augment": self.tr("Augment"),
            "train": self.tr("Train"),
            "evaluate": self.tr("Evaluate"),
            "predict": self.tr("Predict"),
            "export": self.tr("Export"),
            "runs": self.tr("Runs"),
            "learn": self.tr("Learn"),
            "settings": self.tr("Settings"),
        }

    def _item(self, page: str, name: str, number: int) -> RailItem:
        item = RailItem(page, name, number)
        item.clicked.connect(lambda: (self.refused if item.locked else self.chosen).emit(page))
        item.arrow.connect(lambda step: self._step_focus(item, step))
        self._items[page] = item
        return item

    def item(self, page: str) -> RailItem:
        return self._items[page]

    def set_states(self, states: Mapping[str, StepState]) -> None:
        for page, state in states.items():
            if self._items[page].state != state:
                self._items[page].set_state(state)

    def set_current(self, page: str) -> None:
        for name, item in self._items.items():
            item.setChecked(name == page)

    @property
    def folded(self) -> bool:
        return self.width() == FOLDED_WIDTH

    def set_folded(self, folded: bool) -> None:
        """Icons alone."""
        self.setFixedWidth(FOLDED_WIDTH if folded else WIDTH)
        for item in self._items.values():
            item.set_folded(folded)

    def _step_focus(self, item: RailItem, step: int) -> None:
        items = list(self._items.values())
        items[(items.index(item) + step) % len(items)].setFocus(Qt.FocusReason.TabFocusReason)
