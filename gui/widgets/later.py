"""A widget whose libraries take a second to import: they are imported in a thread, and the window goes on."""

import importlib
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.background import Background
from gui.widgets import text as labels

W = TypeVar("W", bound=QWidget)


class Later(QWidget, Generic[W]):
    """`make` is called in the window's thread once `modules` are there; what is asked by `then` waits until then."""

    def __init__(self, make: Callable[[], W], modules: tuple[str, ...] = ("numpy", "pyqtgraph")) -> None:
        super().__init__()
        self._make = make
        self._waiting: list[Callable[[W], object]] = []
        self.widget: W | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._note = labels.quiet(self.tr("Getting the drawing ready…"))
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(self._note)
        self._thread = Background(self)
        self._thread.run(lambda: [importlib.import_module(name) for name in modules], lambda _: self._come())

    def then(self, act: Callable[[W], object]) -> None:
        """Do it with the widget, now or as soon as it is there; in order."""
        if self.widget is None:
            self._waiting.append(act)
        else:
            act(self.widget)

    def _come(self) -> None:
        self.widget = self._make()
        self._note.hide()
        self._column.addWidget(self.widget)
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act(self.widget)
