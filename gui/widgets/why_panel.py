"""The right-hand panel: plain words for what has the focus, or else for the page."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from gui import theme
from gui.why import Why
from gui.widgets import buttons, scrolling
from gui.widgets import text as labels
from gui.widgets.drawing import Drawing

WIDTH = 272


class WhyPanel(QWidget):
    link_pressed = Signal(str)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("why")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Why"))
        self.setFixedWidth(WIDTH)
        self.why: Why | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.SPACE_16 + 1, theme.SPACE_16, theme.SPACE_8, theme.SPACE_8)
        outer.setSpacing(theme.SPACE_8)
        head = QHBoxLayout()
        head.addWidget(labels.caption(self.tr("Why")), 1)
        fold = buttons.icon_button("close", self.tr("Fold this panel away"), self.tr("Fold away (Ctrl+I)"))
        fold.clicked.connect(self.closed)
        head.addWidget(fold)
        outer.addLayout(head)
        self._title = labels.heading()
        self._paragraphs = QVBoxLayout()
        self._paragraphs.setSpacing(12)
        self._drawing = Drawing()
        self._link = buttons.link_button("")
        self._link.clicked.connect(self._follow)
        outer.addWidget(self._scrolled(), 1)

    def _scrolled(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, theme.SPACE_8, 0)
        column.setSpacing(12)
        column.addWidget(self._drawing)
        column.addWidget(self._title)
        column.addLayout(self._paragraphs)
        column.addWidget(self._link, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        area = scrolling.scroller(inside)
        area.setObjectName("clear")
        inside.setObjectName("clear")
        return area

    def say(self, why: Why) -> None:
        """Show these words instead of those that stand there."""
        if why == self.why:
            return
        self.why = why
        self._title.setText(why.title)
        self._drawing.show_drawing(why.drawing)
        while (item := self._paragraphs.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for paragraph in why.text.split("\n\n"):
            if paragraph:
                self._paragraphs.addWidget(labels.body(paragraph))
        self._link.setText(f"{why.link_text} ›")
        self._link.setVisible(bool(why.link_text))
        self.setAccessibleDescription(f"{why.title}. {why.text}")

    def _follow(self) -> None:
        if self.why is not None:
            self.link_pressed.emit(self.why.link_page)
