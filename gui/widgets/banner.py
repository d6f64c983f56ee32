"""What a page has to say about itself: one line with a glyph, perhaps one button, and a cross to put it away."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from gui import theme
from gui.widgets import buttons, icons
from gui.widgets import text as labels

_GLYPHS = {"info": "info", "good": "ready", "careful": "alert", "bad": "alert"}
_ROLES = {"info": "accent", "good": "good", "careful": "careful", "bad": "bad"}


class Banner(QFrame):
    """`kind` is info, good, careful or bad."""

    closed = Signal()

    def __init__(self, kind: str, text: str, action: str = "", on_action: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("kind", kind)
        self.setAccessibleName(text)
        self.kind, self.text = kind, text
        row = QHBoxLayout(self)
        row.setContentsMargins(12, theme.SPACE_8, theme.SPACE_8, theme.SPACE_8)
        row.setSpacing(12)
        self._glyph = QLabel()
        row.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(labels.body(text), 1)
        self.action = buttons.plain_button(action)
        self.action.setVisible(bool(action))
        if on_action is not None:
            self.action.clicked.connect(lambda: on_action())
        row.addWidget(self.action)
        close = buttons.icon_button("close", self.tr("Put this message away"))
        close.clicked.connect(self.closed)
        row.addWidget(close)
        theme.watcher().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._glyph.setPixmap(icons.pixmap(_GLYPHS[self.kind], 20, _ROLES[self.kind]))
